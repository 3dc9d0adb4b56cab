#include "base/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace greenroom {
namespace {

namespace fs = std::filesystem;
constexpr int kMaxDepth = 40;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { if (fd_ >= 0) ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<void> WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(path, errno, "writing");
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

Result<void> SyncFolderOf(const std::string& path) {
  std::string folder = fs::path(path).parent_path().string();
  Descriptor fd(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return FileError(path, errno, "syncing the folder of");
  return {};
}

Result<void> WriteAndSync(const std::string& path, std::string_view bytes) {
  Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (fd.get() < 0) return FileError(path, errno, "creating");
  GR_TRY(WriteAll(fd.get(), bytes, path));
  if (::fsync(fd.get()) != 0) return FileError(path, errno, "syncing");
  return {};
}

void Collect(const fs::path& folder, const std::string& prefix, int depth, std::vector<std::string>& out) {
  std::error_code error;
  if (depth > kMaxDepth) return;
  for (const auto& entry : fs::directory_iterator(folder, fs::directory_options::skip_permission_denied, error)) {
    std::string name = prefix + entry.path().filename().string();
    if (entry.is_directory(error)) Collect(entry.path(), name + "/", depth + 1, out);
    if (entry.is_regular_file(error)) out.push_back(name);
  }
}

std::pair<ErrorCode, const char*> Classify(int error_number) {
  switch (error_number) {
    case ENOENT: case ENOTDIR: return {ErrorCode::kNotFound, "file_missing"};
    case EACCES: case EPERM: case EROFS: return {ErrorCode::kPermissionDenied, "permission_denied"};
    case ENOSPC: case EDQUOT: case EFBIG: return {ErrorCode::kExhausted, "no_space"};
    case EISDIR: return {ErrorCode::kInvalidArgument, "not_a_file"};
    default: return {ErrorCode::kInternal, "file_io"};
  }
}

}  // namespace

Error FileError(const std::string& path, int error_number, std::string_view doing) {
  auto [code, reason] = Classify(error_number);
  return {code, reason, std::string(doing) + " `" + path + "`: " + std::strerror(error_number)};
}

Result<std::string> ReadFile(const std::string& path, size_t limit) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return FileError(path, errno, "opening");
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return FileError(path, errno, "reading");
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::kInvalidArgument, "not_a_file", "`" + path + "` is no regular file"};
  if (static_cast<size_t>(status.st_size) > limit) {
    return Error{ErrorCode::kInvalidArgument, "file_too_large", "`" + path + "` is larger than " + std::to_string(limit) + " bytes"};
  }
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t count = ::read(fd.get(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(path, errno, "reading");
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

Result<void> WriteFileDurably(const std::string& path, std::string_view bytes) {
  std::string aside = path + ".partial";
  if (auto written = WriteAndSync(aside, bytes); !written) {
    ::unlink(aside.c_str());
    return written;
  }
  if (::rename(aside.c_str(), path.c_str()) != 0) {
    Error error = FileError(path, errno, "renaming to");
    ::unlink(aside.c_str());
    return error;
  }
  return SyncFolderOf(path);
}

Result<std::vector<std::string>> ListFiles(const std::string& root) {
  if (!IsDirectory(root)) return Error{ErrorCode::kNotFound, "file_missing", "there is no folder `" + root + "`"};
  std::vector<std::string> files;
  Collect(root, "", 0, files);
  std::sort(files.begin(), files.end());
  return files;
}

Result<void> RemoveFile(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return FileError(path, errno, "removing");
  return {};
}

Result<void> CreateDirectories(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return FileError(path, error.value(), "creating the folder");
  return {};
}

Result<uint64_t> FileSize(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return FileError(path, errno, "reading");
  return static_cast<uint64_t>(status.st_size);
}

bool FileExists(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool IsDirectory(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

Result<std::shared_ptr<const MappedFile>> MappedFile::Open(const std::string& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return FileError(path, errno, "opening");
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return FileError(path, errno, "reading");
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::kInvalidArgument, "not_a_file", "`" + path + "` is no regular file"};
  auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return std::shared_ptr<const MappedFile>(new MappedFile(nullptr, 0));
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (data == MAP_FAILED) return FileError(path, errno, "mapping");
  return std::shared_ptr<const MappedFile>(new MappedFile(static_cast<const char*>(data), size));
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<char*>(data_), size_);
}

}  // namespace greenroom

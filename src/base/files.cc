#include "base/files.h"

#include <fcntl.h>
#include <sys/file.h>
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
constexpr size_t kMaxDepth = 40;
constexpr size_t kMaxListed = 1'000'000;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
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

bool IsOpened(int fd, const std::string& path) {
  struct stat opened{}, named{};
  return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

// Two writers of one path take turns: the second waits until the first has renamed its file, and begins a new one.
// The name stays the same, so that the rest of a killed writer is found and written over.
Result<int> OpenAside(const std::string& path) {
  while (true) {
    int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0644);
    if (fd < 0) return FileError(path, errno, "creating");
    while (::flock(fd, LOCK_EX) != 0 && errno == EINTR) {
    }
    if (IsOpened(fd, path)) return fd;
    ::close(fd);
  }
}

Result<void> WriteAndSync(int fd, std::string_view bytes, const std::string& path) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return FileError(path, errno, "writing");
  if (S_ISREG(status.st_mode) && ::ftruncate(fd, 0) != 0) return FileError(path, errno, "writing");
  GR_TRY(WriteAll(fd, bytes, path));
  if (::fsync(fd) != 0) return FileError(path, errno, "syncing");
  return {};
}

std::pair<ErrorCode, const char*> Classify(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return {ErrorCode::kNotFound, "file_missing"};
    case EACCES:
    case EPERM:
    case EROFS:
      return {ErrorCode::kPermissionDenied, "permission_denied"};
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return {ErrorCode::kExhausted, "no_space"};
    case EISDIR:
      return {ErrorCode::kInvalidArgument, "not_a_file"};
    default:
      return {ErrorCode::kInternal, "file_io"};
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
  if (!S_ISREG(status.st_mode))
    return Error{ErrorCode::kInvalidArgument, "not_a_file", "`" + path + "` is no regular file"};
  if (static_cast<size_t>(status.st_size) > limit) {
    return Error{ErrorCode::kInvalidArgument, "file_too_large",
                 "`" + path + "` is larger than " + std::to_string(limit) + " bytes"};
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
  GR_ASSIGN(int opened, OpenAside(aside));
  Descriptor locked(opened);  // until it has its name
  if (auto written = WriteAndSync(locked.get(), bytes, aside); !written) {
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

namespace {

// Walks a tree through links. A folder that is its own ancestor is not entered again.
class Walk {
 public:
  Result<void> Enter(const fs::path& folder, const std::string& prefix) {
    struct stat status{};
    if (::stat(folder.c_str(), &status) != 0) return FileError(folder.string(), errno, "listing");
    std::pair identity{status.st_dev, status.st_ino};
    if (std::find(ancestors_.begin(), ancestors_.end(), identity) != ancestors_.end()) return {};
    if (ancestors_.size() == kMaxDepth || files_.size() > kMaxListed) {
      return Error{ErrorCode::kExhausted, "file_io",
                   "the folder `" + folder.string() + "` is nested too deep or holds too many files"};
    }
    ancestors_.push_back(identity);
    GR_TRY(List(folder, prefix));
    ancestors_.pop_back();
    return {};
  }

  std::vector<std::string> Take() {
    std::sort(files_.begin(), files_.end());
    return std::move(files_);
  }

 private:
  Result<void> List(const fs::path& folder, const std::string& prefix) {
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
      std::string name = prefix + entries->path().filename().string();
      std::error_code ignored;
      if (entries->is_directory(ignored))
        GR_TRY(Enter(entries->path(), name + "/"));
      else
        files_.push_back(name);
    }
    if (error) return FileError(folder.string(), error.value(), "listing");
    return {};
  }

  std::vector<std::pair<dev_t, ino_t>> ancestors_;
  std::vector<std::string> files_;
};

}  // namespace

Result<std::vector<std::string>> ListFiles(const std::string& root) {
  if (!IsDirectory(root)) return Error{ErrorCode::kNotFound, "file_missing", "there is no folder `" + root + "`"};
  Walk walk;
  GR_TRY(walk.Enter(root, ""));
  return walk.Take();
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
  if (!S_ISREG(status.st_mode))
    return Error{ErrorCode::kInvalidArgument, "not_a_file", "`" + path + "` is no regular file"};
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

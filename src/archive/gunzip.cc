#include "archive/gunzip.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <vector>

#include "base/files.h"

namespace greenroom {
namespace {

constexpr size_t kChunk = 64u << 10;
constexpr int kGzipOnly = 16 + MAX_WBITS;

Error Refused(const char* reason, std::string message) {
  return {ErrorCode::kInvalidArgument, reason, std::move(message)};
}
Error TooMuch(const char* reason, std::string message) { return {ErrorCode::kExhausted, reason, std::move(message)}; }

class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd), buffer_(kChunk) {}
  ~OpenFile() { ::close(fd_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  Result<std::string_view> Next(const std::string& path) {
    while (true) {
      ssize_t count = ::read(fd_, buffer_.data(), buffer_.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return FileError(path, errno, "reading");
      return std::string_view(buffer_.data(), static_cast<size_t>(count));
    }
  }

 private:
  int fd_;
  std::vector<char> buffer_;
};

class ZlibGunzip final : public Gunzip {
 public:
  ZlibGunzip(ChunkSource source, const ArchiveLimits& limits) : source_(std::move(source)), limits_(limits) {
    ready_ = ::inflateInit2(&stream_, kGzipOnly) == Z_OK;
  }
  ~ZlibGunzip() override {
    if (ready_) ::inflateEnd(&stream_);
  }

  Result<size_t> Read(char* out, size_t size) override {
    if (!ready_) return Error{ErrorCode::kExhausted, "out_of_memory", "there is no memory to unpack the archive"};
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out > 0 && !ended_) {
      if (stream_.avail_in == 0) GR_TRY(Refill());
      GR_TRY(Inflate());
    }
    return size - stream_.avail_out;
  }

  Result<void> ExpectEnd() override {
    if (stream_.avail_in == 0) {
      GR_ASSIGN(std::string_view rest, source_());
      if (rest.empty()) return {};
    }
    return Refused("trailing_data", "there is something behind the end of the archive");
  }

  uint64_t unpacked() const override { return unpacked_; }

 private:
  Result<void> Refill() {
    GR_ASSIGN(std::string_view chunk, source_());
    if (chunk.empty() && packed_ == 0) return Refused("model_not_an_archive", "the file is empty");
    if (chunk.empty()) return Refused("model_truncated", "the archive ends in the middle");
    // Two bytes decide what it is, so that other formats are named as such rather than as damage.
    if (packed_ == 0 && !(chunk.starts_with('\x1f') && (chunk.size() == 1 || chunk[1] == '\x8b')))
      return Refused("model_not_an_archive", "the file is no .tar.gz archive");
    packed_ += chunk.size();
    if (packed_ > limits_.packed) return TooMuch("model_too_large", "the archive is larger than the limit");
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(chunk.data()));
    stream_.avail_in = static_cast<uInt>(chunk.size());
    return {};
  }

  Result<void> Inflate() {
    uInt before = stream_.avail_out;
    int outcome = ::inflate(&stream_, Z_NO_FLUSH);
    unpacked_ += before - stream_.avail_out;
    if (outcome == Z_STREAM_END) ended_ = true;
    if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR)
      return Refused("archive_corrupt", "the archive is damaged");
    if (unpacked_ > limits_.unpacked) return TooMuch("model_too_large", "the archive unpacks to more than the limit");
    uint64_t used = packed_ - stream_.avail_in;
    if (unpacked_ > limits_.ratio_free && unpacked_ / limits_.ratio > used)
      return TooMuch("compression_ratio",
                     "the archive unpacks to more than " + std::to_string(limits_.ratio) + " times its size");
    return {};
  }

  ChunkSource source_;
  const ArchiveLimits limits_;
  z_stream stream_{};
  bool ready_ = false, ended_ = false;
  uint64_t packed_ = 0, unpacked_ = 0;
};

}  // namespace

ChunkSource ChunksOf(std::string_view bytes) {
  return [bytes]() mutable -> Result<std::string_view> {
    std::string_view chunk = bytes.substr(0, kChunk);
    bytes.remove_prefix(chunk.size());
    return chunk;
  };
}

Result<ChunkSource> ChunksOfFile(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return FileError(path, errno, "opening");
  auto file = std::make_shared<OpenFile>(fd);
  struct stat status{};
  if (::fstat(fd, &status) != 0) return FileError(path, errno, "reading");
  if (!S_ISREG(status.st_mode)) return Refused("not_a_file", "`" + path + "` is no regular file");
  return ChunkSource([file, path] { return file->Next(path); });
}

std::unique_ptr<Gunzip> Gunzip::Create(ChunkSource source, const ArchiveLimits& limits) {
  return std::make_unique<ZlibGunzip>(std::move(source), limits);
}

}  // namespace greenroom

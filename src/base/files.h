// Files: reading with bounds, durable writing (aside, sync, rename), mapping. Errors name the path and the reason:
// file_missing, permission_denied, no_space, not_a_file, file_too_large, file_io.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace greenroom {

// Never blocks on pipes: anything but a regular file is refused.
Result<std::string> ReadFile(const std::string& path, size_t limit = 1u << 30);
// Readers see the old content or the new one, never a part; on disk when it returns. Writers of one path, in this
// process or others, take turns.
Result<void> WriteFileDurably(const std::string& path, std::string_view bytes);
// Everything below `root` that is no folder, relative, sorted. Links are followed, but no folder is entered inside
// itself; pipes and dangling links are listed too, so that reading them says what is wrong. Folders that may not be
// read are an error, never skipped.
Result<std::vector<std::string>> ListFiles(const std::string& root);
Result<void> RemoveFile(const std::string& path);
Result<void> CreateDirectories(const std::string& path);
Result<uint64_t> FileSize(const std::string& path);
bool FileExists(const std::string& path);
bool IsDirectory(const std::string& path);
// The error of a failed system call on a path, from errno.
Error FileError(const std::string& path, int error_number, std::string_view doing);

// A file mapped for reading. The bytes stay valid as long as the object lives.
class MappedFile {
 public:
  static Result<std::shared_ptr<const MappedFile>> Open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::string_view bytes() const { return {data_, size_}; }

 private:
  MappedFile(const char* data, size_t size) : data_(data), size_(size) {}
  const char* data_;
  size_t size_;
};

}  // namespace greenroom

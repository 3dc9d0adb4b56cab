#include "app/secret_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/files.h"

namespace greenroom {
namespace {

// Aside and renamed, so that a killed start leaves no half key; never readable for others, not even for a moment.
Result<void> WriteKey(const std::string& path, const std::string& key) {
  std::string aside = path + ".partial";
  ::unlink(aside.c_str());
  int file = ::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return FileError(aside, errno, "creating");
  bool written = ::write(file, key.data(), key.size()) == static_cast<ssize_t>(key.size()) && ::fsync(file) == 0;
  int failure = errno;
  ::close(file);
  if (!written) return FileError(aside, failure, "writing");
  if (std::rename(aside.c_str(), path.c_str()) != 0) return FileError(path, errno, "renaming to");
  return {};
}

}  // namespace

Result<SecretBox> OpenSecretFile(const std::string& path) {
  if (!FileExists(path)) GR_TRY(WriteKey(path, SecretBox::NewKey()));
  GR_ASSIGN(std::string key, ReadFile(path, 4096));
  return SecretBox::Create(std::move(key));
}

}  // namespace greenroom

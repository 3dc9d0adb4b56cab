#include "api/upload_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"
#include "base/random.h"
#include "base/text.h"

namespace greenroom {
namespace {

Error BadDigest(const char* header) {
  return {ErrorCode::kInvalidArgument, "bad_request", std::string("the header ") + header + " holds no SHA-256"};
}

bool IsHexDigest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// "SHA-256=<base 64>" (RFC 3230) or "sha-256=:<base 64>:" (RFC 9530), one of a list.
Result<std::optional<std::string>> DigestIn(std::string_view list, const char* header) {
  for (const std::string& raw : Split(list, ',')) {
    std::string_view item = Trim(raw);
    size_t equals = item.find('=');
    if (equals == std::string_view::npos || !EqualsIgnoringCase(item.substr(0, equals), "sha-256")) continue;
    std::string_view value = item.substr(equals + 1);
    if (value.size() >= 2 && value.front() == ':' && value.back() == ':') value = value.substr(1, value.size() - 2);
    auto bytes = Base64Decode(value);
    if (!bytes || bytes->size() != 32) return BadDigest(header);
    return std::optional<std::string>(HexEncode(*bytes));
  }
  return std::optional<std::string>();
}

}  // namespace

Result<void> WriteFully(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(path, errno, "writing");
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return {};
}

Result<std::optional<std::string>> AnnouncedDigest(const HttpHeaders& headers) {
  if (const std::string* hex = headers.Find("X-Content-SHA256")) {
    std::string digest = LowerCase(Trim(*hex));
    if (!IsHexDigest(digest)) return BadDigest("X-Content-SHA256");
    return std::optional<std::string>(digest);
  }
  for (const char* name : {"Content-Digest", "Repr-Digest", "Digest"}) {
    const std::string* list = headers.Find(name);
    if (!list) continue;
    GR_ASSIGN(std::optional<std::string> digest, DigestIn(*list, name));
    if (digest) return digest;
  }
  return std::optional<std::string>();
}

Result<std::shared_ptr<BodySink>> UploadFile::Open(const std::string& folder, size_t limit, const HttpRequest& head) {
  std::optional<MultipartFile> form;
  std::string_view type = head.headers.Get("Content-Type");
  if (MultipartFile::Is(type)) {
    GR_ASSIGN(form, MultipartFile::Create(type, "model"));
  }
  std::string path = folder + "/.upload-" + NewId() + ".partial";
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return FileError(path, errno, "creating");
  return std::shared_ptr<BodySink>(new UploadFile(std::move(path), fd, limit, std::move(form)));
}

UploadFile::~UploadFile() {
  ::close(fd_);
  Discard();
}

void UploadFile::Discard() {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
}

Result<void> UploadFile::Write(std::string_view bytes) {
  if (!form_) return Append(bytes);
  return form_->Write(bytes, [this](std::string_view content) { return Append(content); });
}

Result<void> UploadFile::Append(std::string_view bytes) {
  bytes_ += bytes.size();
  if (bytes_ > limit_) return Error{ErrorCode::kExhausted, "model_too_large", "the model is larger than the limit"};
  hash_.Update(bytes);
  return WriteFully(fd_, bytes, path_);
}

Result<void> UploadFile::Finish(const HttpHeaders& headers) {
  if (form_) GR_TRY(form_->Finish());
  sha256_ = hash_.HexDigest();
  GR_ASSIGN(std::optional<std::string> announced, AnnouncedDigest(headers));
  if (announced && *announced != sha256_) {
    return Error{ErrorCode::kInvalidArgument, "hash_mismatch",
                 "what arrived is not what was announced: its SHA-256 is " + sha256_, "send the file again"};
  }
  if (::fsync(fd_) != 0) return FileError(path_, errno, "syncing");
  return {};
}

}  // namespace greenroom

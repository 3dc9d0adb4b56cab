// UploadFile: takes the body of an upload into a file aside, counted and hashed as it comes in. A form's file and a
// plain body end up the same. Whatever happens before somebody takes the file, it goes away with the object.
//
//   route.body_sink = [=](const HttpRequest& head) { return UploadFile::Open(directory, limit, head); };
//   GR_TRY(upload->Finish(request.headers));      // in the handler: complete, as announced, on disk
//   Rename(upload->path(), ...); upload->Release();
//
// Errors: model_too_large (413), no_space (507), hash_mismatch, those of http/multipart.h.
// Thread rules: one owner at a time.
#pragma once

#include <optional>
#include <string>

#include "base/digest.h"
#include "http/message.h"
#include "http/multipart.h"

namespace greenroom {

class UploadFile final : public BodySink {
 public:
  // A new file `.upload-*.partial` in the folder; `limit` in bytes of the file.
  static Result<std::shared_ptr<BodySink>> Open(const std::string& folder, size_t limit, const HttpRequest& head);
  ~UploadFile() override;

  Result<void> Write(std::string_view bytes) override;
  // Checks the end of a form and a digest that the headers announce, and syncs. Call once.
  Result<void> Finish(const HttpHeaders& headers);
  // The file was moved: leave what is at path() alone.
  void Release() { path_.clear(); }
  // Removes the file now rather than with the object, which may live longer than the answer takes to arrive.
  void Discard();

  const std::string& path() const { return path_; }
  size_t bytes() const { return bytes_; }
  const std::string& sha256() const { return sha256_; }  // after Finish
  // The file's name as the client calls it, for forms; else "".
  std::string client_name() const { return form_ ? form_->file_name() : std::string(); }

 private:
  UploadFile(std::string path, int fd, size_t limit, std::optional<MultipartFile> form)
      : path_(std::move(path)), fd_(fd), limit_(limit), form_(std::move(form)) {}
  Result<void> Append(std::string_view bytes);

  std::string path_;
  int fd_;
  size_t limit_;
  std::optional<MultipartFile> form_;
  size_t bytes_ = 0;
  Sha256 hash_;
  std::string sha256_;
};

// Writes all of it, at the file's own position. Errors: those of files.h.
Result<void> WriteFully(int fd, std::string_view bytes, const std::string& path);

// What the headers say the SHA-256 of the file is, as 64 hex digits: X-Content-SHA256 (hex), Content-Digest,
// Repr-Digest or Digest (sha-256 in base 64; other algorithms are passed over). nullopt when they say nothing. Error:
// bad_request.
Result<std::optional<std::string>> AnnouncedDigest(const HttpHeaders& headers);

}  // namespace greenroom

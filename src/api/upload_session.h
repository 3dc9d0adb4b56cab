// Uploads that may be interrupted: a description and the bytes until now, as two files below `uploads/` of the data
// directory. Nothing of them is a model before the last byte came and the whole has the digest that was announced at
// the start; so bytes that a crash of the machine left wrong are found out.
//
//   GR_ASSIGN(UploadPlan plan, StartUpload(home, {.name = "spring", .bytes = 1000, .sha256 = "..."}));
//   GR_ASSIGN(auto piece, UploadPiece::Open(home, plan.id, head));      // a body sink: appends at the announced offset
//   piece->received() == plan.bytes                                     // complete
//
// Errors: upload_not_found, upload_busy and wrong_offset (409), too_many_uploads (429), bad_request, model_too_large,
// hash_mismatch. Thread rules: safe from any thread; one piece of an upload at a time holds its file, by a file lock.
#pragma once

#include <string>

#include "http/message.h"

namespace greenroom {

struct UploadPlan {
  std::string id = {};  // unguessable
  std::string assistant = "default";
  std::string name = {};  // of the model; "" = what it calls itself
  uint64_t bytes = 0;
  std::string sha256 = {};
};

constexpr size_t kMaxUploads = 100;        // at a time
constexpr double kUploadSeconds = 86'400;  // without a byte, then an upload is forgotten

Result<UploadPlan> StartUpload(const std::string& home, UploadPlan plan);
Result<UploadPlan> FindUpload(const std::string& home, const std::string& id);
// Bytes that are there.
Result<uint64_t> ReceivedBytes(const std::string& home, const std::string& id);
Result<void> RemoveUpload(const std::string& home, const std::string& id);
// Forgets uploads that nobody goes on with. Call before serving.
Result<void> RemoveOldUploads(const std::string& home, double now);

// One piece on its way to the file. What was written stays when the client goes away.
class UploadPiece final : public BodySink {
 public:
  // Takes the lock. The header `Content-Range: bytes 0-499/1000` says where the piece belongs.
  static Result<std::shared_ptr<BodySink>> Open(const std::string& home, const std::string& id,
                                                const HttpRequest& head);
  ~UploadPiece() override;
  Result<void> Write(std::string_view bytes) override;
  // Syncs, and checks the digest of the whole when it is complete.
  Result<void> Finish();
  // Lets go of the lock. Before the answer, so that the next piece may follow at once.
  void Release();

  const UploadPlan& plan() const { return plan_; }
  const std::string& path() const { return path_; }
  uint64_t received() const { return at_; }

 private:
  UploadPiece(UploadPlan plan, std::string path, int fd) : plan_(std::move(plan)), path_(std::move(path)), fd_(fd) {}
  Result<void> Place(std::string_view range);

  UploadPlan plan_;
  std::string path_;
  int fd_;
  uint64_t at_ = 0, end_ = 0;  // of the file; behind the last byte of the piece
};

}  // namespace greenroom

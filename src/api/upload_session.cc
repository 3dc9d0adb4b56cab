#include "api/upload_session.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <set>

#include "api/upload_file.h"
#include "archive/gunzip.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/random.h"
#include "base/text.h"

namespace greenroom {
namespace {

namespace fs = std::filesystem;

std::string Folder(const std::string& home) { return home + "/uploads"; }
std::string PlanPath(const std::string& home, const std::string& id) { return Folder(home) + "/" + id + ".json"; }
std::string DataPath(const std::string& home, const std::string& id) { return Folder(home) + "/" + id + ".data"; }

bool IsId(std::string_view id) {
  return id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Error NotFound() {
  return {ErrorCode::kNotFound, "upload_not_found", "there is no such upload",
          "it may be complete, or was forgotten after a day: look at the model list, then start again"};
}

Error Malformed(const char* what) {
  return {ErrorCode::kInvalidArgument, "bad_request", what, "send Content-Range: bytes FIRST-LAST/TOTAL"};
}

struct Range {
  uint64_t first = 0, last = 0, total = 0;
};

Result<Range> ParseRange(std::string_view text) {
  Range range;
  if (!text.starts_with("bytes ")) return Malformed("the header Content-Range is missing or malformed");
  const char* at = text.data() + 6;
  const char* end = text.data() + text.size();
  for (auto [number, mark] :
       {std::pair{&range.first, '-'}, std::pair{&range.last, '/'}, std::pair{&range.total, '\0'}}) {
    auto [next, problem] = std::from_chars(at, end, *number);
    bool marked = mark == '\0' ? next == end : next != end && *next == mark;
    if (problem != std::errc() || !marked) return Malformed("the header Content-Range is missing or malformed");
    at = next + (mark != '\0');
  }
  if (range.first > range.last || range.last >= range.total) return Malformed("the Content-Range is impossible");
  return range;
}

// Ids of the uploads in the folder.
std::set<std::string> Ids(const std::string& home) {
  std::set<std::string> ids;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(Folder(home), error)) {
    std::string id = entry.path().stem().string();
    if (IsId(id)) ids.insert(id);
  }
  return ids;
}

Result<std::string> DigestOfFile(const std::string& path) {
  GR_ASSIGN(ChunkSource chunks, ChunksOfFile(path));
  Sha256 hash;
  while (true) {
    GR_ASSIGN(std::string_view chunk, chunks());
    if (chunk.empty()) return hash.HexDigest();
    hash.Update(chunk);
  }
}

}  // namespace

Result<UploadPlan> StartUpload(const std::string& home, UploadPlan plan) {
  GR_TRY(CreateDirectories(Folder(home)));
  if (Ids(home).size() >= kMaxUploads) {
    return Error{ErrorCode::kExhausted, "too_many_uploads", "there are too many unfinished uploads",
                 "finish or remove some"};
  }
  plan.id = NewId();
  GR_TRY(WriteFileDurably(DataPath(home, plan.id), ""));
  GR_TRY(WriteFileDurably(
      PlanPath(home, plan.id),
      Json::Object({{"assistant", plan.assistant}, {"name", plan.name}, {"bytes", plan.bytes}, {"sha256", plan.sha256}})
          .Dump()));
  return plan;
}

Result<UploadPlan> FindUpload(const std::string& home, const std::string& id) {
  // The id becomes part of a path: nothing but an id may.
  if (!IsId(id)) return NotFound();
  auto text = ReadFile(PlanPath(home, id), 64u << 10);
  if (!text) return NotFound();
  GR_ASSIGN(Json json, ParseJson(*text));
  return UploadPlan{.id = id,
                    .assistant = json["assistant"].AsString(),
                    .name = json["name"].AsString(),
                    .bytes = static_cast<uint64_t>(json["bytes"].AsInt()),
                    .sha256 = json["sha256"].AsString()};
}

Result<uint64_t> ReceivedBytes(const std::string& home, const std::string& id) {
  if (!IsId(id)) return NotFound();
  auto size = FileSize(DataPath(home, id));
  return size ? size : Result<uint64_t>(NotFound());
}

Result<void> RemoveUpload(const std::string& home, const std::string& id) {
  GR_ASSIGN(UploadPlan plan, FindUpload(home, id));
  // The description goes first: without it the rest is nothing.
  GR_TRY(RemoveFile(PlanPath(home, plan.id)));
  ::unlink(DataPath(home, plan.id).c_str());
  return {};
}

Result<void> RemoveOldUploads(const std::string& home, double now) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(Folder(home), error)) {
    if (entry.path().extension() == ".partial") fs::remove(entry.path(), error);
  }
  for (const std::string& id : Ids(home)) {
    struct stat status{};
    bool there = ::stat(DataPath(home, id).c_str(), &status) == 0 && FileExists(PlanPath(home, id));
    if (there && now - static_cast<double>(status.st_mtime) < kUploadSeconds) continue;
    ::unlink(PlanPath(home, id).c_str());
    ::unlink(DataPath(home, id).c_str());
  }
  return {};
}

Result<std::shared_ptr<BodySink>> UploadPiece::Open(const std::string& home, const std::string& id,
                                                    const HttpRequest& head) {
  GR_ASSIGN(UploadPlan plan, FindUpload(home, id));
  std::string path = DataPath(home, id);
  int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) return NotFound();
  std::shared_ptr<UploadPiece> piece(new UploadPiece(std::move(plan), std::move(path), fd));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return Error{ErrorCode::kConflict, "upload_busy", "a piece of this upload is on its way already",
                 "ask for the offset and go on from there"};
  }
  // Complete and taken away between opening and locking?
  if (!FileExists(PlanPath(home, id))) return NotFound();
  GR_TRY(piece->Place(head.headers.Get("Content-Range")));
  return std::shared_ptr<BodySink>(std::move(piece));
}

UploadPiece::~UploadPiece() { Release(); }

void UploadPiece::Release() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<void> UploadPiece::Place(std::string_view text) {
  GR_ASSIGN(Range range, ParseRange(text));
  struct stat status{};
  if (::fstat(fd_, &status) != 0) return FileError(path_, errno, "reading");
  at_ = static_cast<uint64_t>(status.st_size);
  end_ = range.last + 1;
  if (range.total != plan_.bytes) return Malformed("the total is not the one of the start");
  if (range.first == at_) return {};
  return Error{ErrorCode::kConflict, "wrong_offset",
               "the upload goes on at byte " + std::to_string(at_) + ", not at " + std::to_string(range.first)};
}

Result<void> UploadPiece::Write(std::string_view bytes) {
  if (at_ + bytes.size() > end_) return Malformed("the body is longer than its Content-Range");
  GR_TRY(WriteFully(fd_, bytes, path_));
  at_ += bytes.size();
  return {};
}

Result<void> UploadPiece::Finish() {
  if (at_ < end_) return Malformed("the body is shorter than its Content-Range");
  if (::fsync(fd_) != 0) return FileError(path_, errno, "syncing");
  if (at_ < plan_.bytes) return {};
  GR_ASSIGN(std::string digest, DigestOfFile(path_));
  if (digest == plan_.sha256) return {};
  return Error{ErrorCode::kInvalidArgument, "hash_mismatch",
               "what arrived is not what was announced: its SHA-256 is " + digest, "start again"};
}

}  // namespace greenroom

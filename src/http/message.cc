#include "http/message.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace greenroom {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Reads a file in pieces that fit a socket buffer well.
class FileSource final : public BodySource {
 public:
  static constexpr size_t kPiece = 128u << 10;

  FileSource(std::FILE* file, uint64_t size) : file_(file, &std::fclose), size_(size), left_(size) {}

  uint64_t size() const override { return size_; }

  Result<std::string> Next() override {
    std::string piece(static_cast<size_t>(std::min<uint64_t>(kPiece, left_)), '\0');
    const size_t count = std::fread(piece.data(), 1, piece.size(), file_.get());
    if (count != piece.size()) {
      return Error{ErrorCode::kDataLoss, "file_io", "the file became shorter while it was sent"};
    }
    left_ -= count;
    return piece;
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  uint64_t size_;
  uint64_t left_;
};

}  // namespace

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return Lower(x) == Lower(y); });
}

void HttpHeaders::Add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }

void HttpHeaders::Set(std::string name, std::string value) {
  Remove(name);
  Add(std::move(name), std::move(value));
}

void HttpHeaders::Remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return EqualsIgnoringCase(field.first, name); });
}

const std::string* HttpHeaders::Find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (EqualsIgnoringCase(field.first, name)) return &field.second;
  }
  return nullptr;
}

std::string_view HttpHeaders::Get(std::string_view name) const {
  const std::string* value = Find(name);
  return value ? std::string_view(*value) : std::string_view();
}

size_t HttpHeaders::Count(std::string_view name) const {
  return static_cast<size_t>(std::count_if(fields_.begin(), fields_.end(),
                                           [&](const Field& field) { return EqualsIgnoringCase(field.first, name); }));
}

const std::string* HttpRequest::Query(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return &value;
  }
  return nullptr;
}

size_t HttpRequest::QueryCount(std::string_view name) const {
  return static_cast<size_t>(
      std::count_if(query.begin(), query.end(), [&](const auto& entry) { return entry.first == name; }));
}

const std::string& HttpRequest::Param(std::string_view name) const {
  static const std::string kNone;
  const auto found = params.find(name);
  return found == params.end() ? kNone : found->second;
}

bool ResponseStream::Write(std::string_view chunk) {
  std::function<void()> wake;
  bool accepted = true;
  {
    MutexLock lock(mutex_);
    if (closed_ || abandoned_ || overflow_) return false;
    const bool was_empty = buffer_.empty();
    if (buffer_.size() + chunk.size() > kBufferLimit) {
      overflow_ = true;
      accepted = false;
    } else {
      buffer_.append(chunk);
    }
    // A wake-up for earlier bytes is still under way when there are some.
    if (was_empty || overflow_) wake = wake_;
  }
  if (wake) wake();
  return accepted;
}

void ResponseStream::Close() {
  std::function<void()> wake;
  std::vector<std::function<void()>> callbacks;
  {
    MutexLock lock(mutex_);
    if (closed_ || abandoned_) return;
    closed_ = true;
    wake = wake_;
    callbacks.swap(on_closed_);
  }
  for (const auto& callback : callbacks) callback();
  if (wake) wake();
}

void ResponseStream::OnClosed(std::function<void()> callback) {
  {
    MutexLock lock(mutex_);
    if (!closed_ && !abandoned_) {
      on_closed_.push_back(std::move(callback));
      return;
    }
  }
  callback();
}

bool ResponseStream::closed() const {
  MutexLock lock(mutex_);
  return closed_ || abandoned_ || overflow_;
}

bool ResponseStream::overflowed() const {
  MutexLock lock(mutex_);
  return overflow_;
}

ResponseStream::Pending ResponseStream::Take() {
  MutexLock lock(mutex_);
  Pending pending{std::move(buffer_), closed_, overflow_};
  buffer_.clear();
  return pending;
}

void ResponseStream::Attach(std::function<void()> wake) {
  MutexLock lock(mutex_);
  wake_ = std::move(wake);
}

void ResponseStream::Abandon() {
  std::function<void()> released;
  std::vector<std::function<void()>> callbacks;
  {
    MutexLock lock(mutex_);
    if (abandoned_) return;
    abandoned_ = true;
    buffer_.clear();
    released.swap(wake_);
    callbacks.swap(on_closed_);
  }
  for (const auto& callback : callbacks) callback();
}

HttpResponse HttpResponse::Json(int status, const greenroom::Json& value) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", "application/json");
  value.DumpTo(response.body);
  return response;
}

HttpResponse HttpResponse::Text(int status, std::string text, std::string content_type) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", std::move(content_type));
  response.body = std::move(text);
  return response;
}

HttpResponse HttpResponse::Stream(int status, std::string content_type, std::shared_ptr<ResponseStream> stream) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", std::move(content_type));
  response.headers.Add("Cache-Control", "no-store");
  response.stream = std::move(stream);
  return response;
}

Result<HttpResponse> HttpResponse::File(const std::string& path, std::string content_type) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return Error{ErrorCode::kNotFound, "file_missing", "cannot open " + path};
  if (std::fseek(file, 0, SEEK_END) != 0 || std::ftell(file) < 0) {
    std::fclose(file);
    return Error{ErrorCode::kNotFound, "file_missing", "cannot read " + path};
  }
  const auto size = static_cast<uint64_t>(std::ftell(file));
  std::fseek(file, 0, SEEK_SET);
  HttpResponse response;
  response.headers.Add("Content-Type", std::move(content_type));
  response.source = std::make_shared<FileSource>(file, size);
  return response;
}

int HttpStatus(const Error& error) {
  if (error.reason == "no_space") return 507;
  if (error.reason == "not_acceptable") return 406;
  for (const std::string_view reason : {"model_too_large", "compression_ratio", "too_many_members", "message_too_long",
                                        "metadata_too_large", "too_many_events"})
    if (error.reason == reason) return 413;
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kUnauthenticated:
      return 401;
    case ErrorCode::kPermissionDenied:
      return 403;
    case ErrorCode::kExhausted:
      return 429;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kDeadlineExceeded:
      return 504;
    case ErrorCode::kCancelled:
      return 499;
    case ErrorCode::kDataLoss:
    case ErrorCode::kInternal:
      break;
  }
  return 500;
}

std::string_view HttpReasonPhrase(int status) {
  static constexpr std::pair<int, std::string_view> kPhrases[] = {{200, "OK"},
                                                                  {201, "Created"},
                                                                  {202, "Accepted"},
                                                                  {204, "No Content"},
                                                                  {206, "Partial Content"},
                                                                  {301, "Moved Permanently"},
                                                                  {302, "Found"},
                                                                  {303, "See Other"},
                                                                  {304, "Not Modified"},
                                                                  {307, "Temporary Redirect"},
                                                                  {308, "Permanent Redirect"},
                                                                  {400, "Bad Request"},
                                                                  {401, "Unauthorized"},
                                                                  {403, "Forbidden"},
                                                                  {404, "Not Found"},
                                                                  {405, "Method Not Allowed"},
                                                                  {406, "Not Acceptable"},
                                                                  {408, "Request Timeout"},
                                                                  {409, "Conflict"},
                                                                  {410, "Gone"},
                                                                  {411, "Length Required"},
                                                                  {412, "Precondition Failed"},
                                                                  {413, "Content Too Large"},
                                                                  {414, "URI Too Long"},
                                                                  {415, "Unsupported Media Type"},
                                                                  {416, "Range Not Satisfiable"},
                                                                  {417, "Expectation Failed"},
                                                                  {422, "Unprocessable Content"},
                                                                  {425, "Too Early"},
                                                                  {428, "Precondition Required"},
                                                                  {429, "Too Many Requests"},
                                                                  {431, "Request Header Fields Too Large"},
                                                                  {499, "Client Closed Request"},
                                                                  {500, "Internal Server Error"},
                                                                  {501, "Not Implemented"},
                                                                  {502, "Bad Gateway"},
                                                                  {503, "Service Unavailable"},
                                                                  {504, "Gateway Timeout"},
                                                                  {505, "HTTP Version Not Supported"},
                                                                  {507, "Insufficient Storage"}};
  for (const auto& [known, phrase] : kPhrases) {
    if (known == status) return phrase;
  }
  return "Status";
}

std::string WireReason(std::string_view snake_case) {
  std::string reason;
  bool word_start = true;
  for (const char c : snake_case) {
    if (c == '_') {
      word_start = true;
      continue;
    }
    reason += word_start ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    word_start = false;
  }
  return reason;
}

HttpResponse FailureResponse(const HttpFailure& failure, std::string_view version, std::string_view request_id) {
  HttpResponse response = HttpResponse::Json(failure.status, Json::Object({{"version", version},
                                                                           {"status", "failure"},
                                                                           {"reason", WireReason(failure.reason)},
                                                                           {"message", failure.message},
                                                                           {"code", failure.status},
                                                                           {"request_id", request_id}}));
  if (failure.status == 401) response.headers.Set("WWW-Authenticate", "Bearer");
  return response;
}

HttpResponse FailureResponse(const Error& error, std::string_view version, std::string_view request_id) {
  return FailureResponse(HttpFailure{HttpStatus(error), error.reason, error.message}, version, request_id);
}

}  // namespace greenroom

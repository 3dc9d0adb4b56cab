#include "http/multipart.h"

#include "base/text.h"
#include "http/message.h"

namespace greenroom {
namespace {

constexpr size_t kMaxBoundary = 70;
constexpr size_t kMaxHead = 8u << 10;

Error Bad(const char* what) {
  return {ErrorCode::kInvalidArgument, "bad_multipart", std::string("the form is malformed: ") + what};
}

// Takes a token or a quoted text off the front.
std::string TakeValue(std::string_view& text) {
  std::string value;
  if (!text.starts_with('"')) {
    size_t end = std::min(text.find_first_of("; \t"), text.size());
    value = text.substr(0, end);
    text.remove_prefix(end);
    return value;
  }
  text.remove_prefix(1);
  while (!text.empty() && text.front() != '"') {
    // Browsers send backslashes of paths as they are; only an escaped quote or backslash is one.
    if (text.size() > 1 && text[0] == '\\' && (text[1] == '"' || text[1] == '\\')) text.remove_prefix(1);
    value += text.front();
    text.remove_prefix(1);
  }
  if (!text.empty()) text.remove_prefix(1);
  return value;
}

}  // namespace

std::string HeaderParameter(std::string_view header, std::string_view name) {
  std::string_view rest = header;
  rest.remove_prefix(std::min(rest.find(';'), rest.size()));
  while (!rest.empty()) {
    rest.remove_prefix(1);
    rest = Trim(rest);
    size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return "";
    std::string_view key = Trim(rest.substr(0, equals));
    rest = Trim(rest.substr(equals + 1));
    std::string value = TakeValue(rest);
    if (EqualsIgnoringCase(key, name)) return value;
    rest.remove_prefix(std::min(rest.find(';'), rest.size()));
  }
  return "";
}

bool MultipartFile::Is(std::string_view content_type) {
  return EqualsIgnoringCase(Trim(content_type.substr(0, content_type.find(';'))), "multipart/form-data");
}

Result<MultipartFile> MultipartFile::Create(std::string_view content_type, std::string field) {
  std::string boundary = HeaderParameter(content_type, "boundary");
  if (!Is(content_type) || boundary.empty()) return Bad("there is no boundary");
  if (boundary.size() > kMaxBoundary) return Bad("the boundary is longer than 70 bytes");
  for (char c : boundary) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) return Bad("the boundary");
  }
  return MultipartFile("\r\n--" + boundary, std::move(field));
}

Result<void> MultipartFile::Write(std::string_view bytes, const Content& content) {
  rest_.append(bytes);
  while (true) {
    GR_ASSIGN(bool more, Step(content));
    if (!more) return {};
  }
}

Result<void> MultipartFile::Finish() const {
  if (state_ != State::kEnd) return Bad("it has no end");
  if (seen_) return {};
  return Error{ErrorCode::kInvalidArgument, "missing_part", "the form has no file named `" + field_ + "`",
               "curl -F " + field_ + "=@FILE"};
}

Result<bool> MultipartFile::Step(const Content& content) {
  switch (state_) {
    case State::kContent:
      return TakeContent(content);
    case State::kAfterDelimiter:
      return TakeDelimiterEnd();
    case State::kHead:
      return TakeHead();
    case State::kEnd:
      rest_.clear();  // the epilogue, which nobody sends
  }
  return false;
}

Result<bool> MultipartFile::TakeContent(const Content& content) {
  size_t found = rest_.find(delimiter_);
  // The last bytes may be the begin of a delimiter.
  size_t sure = found != std::string::npos ? found : rest_.size() - std::min(rest_.size(), delimiter_.size() - 1);
  if (inside_ && sure > 0) GR_TRY(content(std::string_view(rest_).substr(0, sure)));
  if (found == std::string::npos) {
    rest_.erase(0, sure);
    return false;
  }
  rest_.erase(0, found + delimiter_.size());
  state_ = State::kAfterDelimiter;
  inside_ = false;
  return true;
}

Result<bool> MultipartFile::TakeDelimiterEnd() {
  if (rest_.size() < 2) return false;
  if (rest_.starts_with("--")) {
    state_ = State::kEnd;
    return true;
  }
  size_t text = rest_.find_first_not_of(" \t");
  if (text == std::string::npos || rest_.size() < text + 2) {
    if (rest_.size() > kMaxHead) return Bad("spaces behind the boundary");
    return false;
  }
  if (rest_.compare(text, 2, "\r\n") != 0) return Bad("something behind the boundary");
  rest_.erase(0, text);  // the line break stays: a part without a head begins with two
  state_ = State::kHead;
  return true;
}

Result<bool> MultipartFile::TakeHead() {
  size_t end = rest_.find("\r\n\r\n");
  if (end == std::string::npos ? rest_.size() > kMaxHead : end > kMaxHead) return Bad("the head of a part is too long");
  if (end == std::string::npos) return false;
  std::string disposition;
  for (const std::string& raw : Split(std::string_view(rest_).substr(0, end), '\n')) {
    std::string_view line = Trim(raw);
    size_t colon = line.find(':');
    if (colon != std::string_view::npos && EqualsIgnoringCase(line.substr(0, colon), "Content-Disposition"))
      disposition = Trim(line.substr(colon + 1));
  }
  if (disposition.empty()) return Bad("a part has no name");
  rest_.erase(0, end + 4);
  state_ = State::kContent;
  inside_ = HeaderParameter(disposition, "name") == field_;
  if (!inside_) return true;
  if (seen_)
    return Error{ErrorCode::kInvalidArgument, "duplicate_part", "the form has two files named `" + field_ + "`"};
  seen_ = true;
  file_name_ = HeaderParameter(disposition, "filename");
  return true;
}

}  // namespace greenroom

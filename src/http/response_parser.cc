#include "http/response_parser.h"

#include <algorithm>

#include "http/internal/syntax.h"

namespace greenroom {
namespace {

constexpr size_t kHeadLimit = 64u << 10;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

void ResponseParser::Fail(ErrorCode code, std::string_view reason, std::string_view message) {
  state_ = State::kFailed;
  keep_alive_ = false;
  error_ = Error{code, std::string(reason), std::string(message)};
}

size_t ResponseParser::Feed(std::string_view bytes) {
  size_t used = 0;
  if (state_ == State::kHead) used = FeedHead(bytes);
  if (state_ != State::kBody) return used;
  const std::string_view rest = bytes.substr(used);
  if (framing_ == Framing::kChunked) return used + FeedChunked(rest);
  const size_t take =
      framing_ == Framing::kUntilClose ? rest.size() : static_cast<size_t>(std::min<uint64_t>(left_, rest.size()));
  TakeBody(rest.substr(0, take));
  if (framing_ == Framing::kLength && state_ == State::kBody) {
    left_ -= take;
    if (left_ == 0) state_ = State::kComplete;
  }
  return used + take;
}

void ResponseParser::FinishAtEnd() {
  if (state_ == State::kComplete || state_ == State::kFailed) return;
  keep_alive_ = false;
  if (state_ == State::kBody && framing_ == Framing::kUntilClose) {
    state_ = State::kComplete;
    return;
  }
  Fail(ErrorCode::kUnavailable, "bad_response", "the server closed the connection before its answer was complete");
}

size_t ResponseParser::FeedHead(std::string_view bytes) {
  size_t used = 0;
  while (state_ == State::kHead && used < bytes.size()) {
    const Line line = FindLine(bytes.substr(used), Alphabet::kHeaderLine, kHeadLimit - head_bytes_);
    if (line.state == LineState::kPartial) break;
    if (line.state != LineState::kWhole) {
      Fail(ErrorCode::kUnavailable, "bad_response", "the head of the answer is malformed or too large");
      break;
    }
    used += line.text.size() + 2;
    head_bytes_ = std::min(head_bytes_ + line.text.size() + 2, kHeadLimit);
    if (have_status_line_)
      FeedHeaderLine(line.text);
    else
      FeedStatusLine(line.text);
  }
  return used;
}

void ResponseParser::FeedStatusLine(std::string_view line) {
  have_status_line_ = true;
  const bool shaped = line.size() >= 12 && (line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ")) &&
                      IsDigit(line[9]) && IsDigit(line[10]) && IsDigit(line[11]) &&
                      (line.size() == 12 || line[12] == ' ');
  if (!shaped) return Fail(ErrorCode::kUnavailable, "bad_response", "the answer is not HTTP/1.1");
  if (line[7] == '0') keep_alive_ = false;
  response_.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
}

void ResponseParser::FeedHeaderLine(std::string_view line) {
  if (line.empty()) return FinishHead();
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
    return Fail(ErrorCode::kUnavailable, "bad_response", "a header of the answer is malformed");
  }
  response_.headers.Add(std::string(line.substr(0, colon)), std::string(TrimBlanks(line.substr(colon + 1))));
}

void ResponseParser::FinishHead() {
  HttpHeaders& headers = response_.headers;
  if (response_.status < 200) {
    if (response_.status == 101) return Fail(ErrorCode::kUnavailable, "bad_response", "an upgrade nobody asked for");
    headers = {};
    have_status_line_ = false;
    return;
  }
  if (ListHas(headers.Get("Connection"), "close")) keep_alive_ = false;
  const std::string* coding = headers.Find("Transfer-Encoding");
  const std::string* length = headers.Find("Content-Length");
  state_ = State::kBody;
  if (options_.head_request || response_.status == 204 || response_.status == 304) {
    state_ = State::kComplete;
  } else if (coding) {
    if (!EqualsIgnoringCase(*coding, "chunked") || length) {
      return Fail(ErrorCode::kUnavailable, "bad_response", "the answer's framing is ambiguous");
    }
    framing_ = Framing::kChunked;
  } else if (length) {
    const bool plain = !length->empty() && length->size() <= 18 && std::all_of(length->begin(), length->end(), IsDigit);
    if (!plain || headers.Count("Content-Length") > 1) {
      return Fail(ErrorCode::kUnavailable, "bad_response", "the answer's Content-Length is malformed");
    }
    framing_ = Framing::kLength;
    left_ = std::stoull(*length);
    const bool streamed = options_.on_body && response_.status / 100 == 2;
    if (!streamed && left_ > options_.max_body) {
      return Fail(ErrorCode::kExhausted, "response_too_large", "the answer is larger than allowed");
    }
    if (left_ == 0) state_ = State::kComplete;
  } else {
    keep_alive_ = false;
  }
}

void ResponseParser::TakeBody(std::string_view bytes) {
  if (bytes.empty()) return;
  if (options_.on_body && response_.status / 100 == 2) {
    if (!options_.on_body(bytes)) Fail(ErrorCode::kCancelled, "aborted", "the receiver of the answer stopped");
    return;
  }
  received_ += bytes.size();
  if (received_ > options_.max_body) {
    return Fail(ErrorCode::kExhausted, "response_too_large", "the answer is larger than allowed");
  }
  response_.body.append(bytes);
}

size_t ResponseParser::FeedChunked(std::string_view bytes) {
  using Kind = ChunkDecoder::Kind;
  size_t used = 0;
  while (state_ == State::kBody) {
    const ChunkDecoder::Step step = chunks_.Next(bytes.substr(used));
    used += step.used;
    if (step.kind == Kind::kPartial) break;
    if (step.kind == Kind::kData)
      TakeBody(step.data);
    else if (step.kind == Kind::kEnd)
      state_ = State::kComplete;
    else if (step.kind != Kind::kSize && step.kind != Kind::kSkipped)
      Fail(ErrorCode::kUnavailable, "bad_response", "the answer's chunks are malformed");
  }
  return used;
}

}  // namespace greenroom

#include "http/request_parser.h"

#include <algorithm>

#include "http/internal/syntax.h"

namespace greenroom {
namespace {

constexpr size_t kMethodLimit = 32;

bool IsHost(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._~:[]%").find(c) != std::string_view::npos;
  });
}

// Fields that carry one value; a second one would let two readers see different requests.
constexpr std::string_view kSingletons[] = {"Authorization", "Content-Type", "Expect", "Content-Encoding"};

}  // namespace

size_t RequestParser::Feed(std::string_view bytes) {
  if (state_ == State::kHead) return FeedHead(bytes);
  if (state_ != State::kBody) return 0;
  return chunked_ ? FeedChunked(bytes) : FeedFixedBody(bytes);
}

void RequestParser::Reset() {
  if (!request_)
    request_ = std::make_shared<HttpRequest>();
  else
    *request_ = HttpRequest{};
  sink_.reset();
  failure_ = {};
  state_ = State::kHead;
  started_ = have_request_line_ = http10_ = http10_keep_alive_ = skipped_blank_ = expects_continue_ = chunked_ = false;
  content_length_ = body_received_ = 0;
  header_bytes_ = body_limit_ = 0;
  chunks_ = {};
}

void RequestParser::Fail(int status, std::string_view reason, std::string_view message) {
  state_ = State::kFailed;
  failure_ = {status, std::string(reason), std::string(message)};
}

size_t RequestParser::FeedHead(std::string_view bytes) {
  size_t used = 0;
  while (state_ == State::kHead && used < bytes.size()) {
    started_ = true;
    const size_t room = limits_.headers > header_bytes_ + 2 ? limits_.headers - header_bytes_ - 2 : 0;
    const Line line = have_request_line_ ? FindLine(bytes.substr(used), Alphabet::kHeaderLine, room)
                                         : FindLine(bytes.substr(used), Alphabet::kRequestLine, limits_.request_line);
    if (line.state == LineState::kPartial) break;
    if (line.state == LineState::kBadByte) {
      Fail(400, "bad_request", "a byte that is not allowed in a request head");
    } else if (line.state == LineState::kTooLong && !have_request_line_) {
      Fail(414, "target_too_long", "the request line is too long");
    } else if (line.state == LineState::kTooLong) {
      Fail(431, "headers_too_large", "the header fields are too large");
    } else {
      used += line.text.size() + 2;
      if (have_request_line_)
        FeedHeaderLine(line.text);
      else
        FeedRequestLine(line.text);
    }
  }
  return used;
}

void RequestParser::FeedRequestLine(std::string_view line) {
  if (line.empty() && !skipped_blank_) {
    skipped_blank_ = true;  // a leftover of a client that ends its body with a line end: RFC 9112, 2.2
    return;
  }
  have_request_line_ = true;
  const size_t first = line.find(' ');
  const size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || line.find(' ', second + 1) != std::string_view::npos) {
    return Fail(400, "bad_request", "the request line needs a method, a target and a version");
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() != 8 || !version.starts_with("HTTP/") || !digit(version[5]) || version[6] != '.' ||
      !digit(version[7])) {
    return Fail(400, "bad_request", "the request line has no HTTP version");
  }
  if (!IsToken(method)) return Fail(400, "bad_request", "the method is not a token");
  if (target.empty()) return Fail(400, "bad_request", "the target is empty");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Fail(505, "version_not_supported", "only HTTP/1.1 and HTTP/1.0 are spoken here");
  }
  const bool known_form =
      std::all_of(method.begin(), method.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
  if (!known_form || method.size() > kMethodLimit) return Fail(501, "method_not_implemented", "unknown method");
  http10_ = version == "HTTP/1.0";
  request_->method = method;
  request_->target = target;
}

void RequestParser::FeedHeaderLine(std::string_view line) {
  if (line.empty()) return FinishHead();
  header_bytes_ += line.size() + 2;
  if (request_->headers.size() >= limits_.header_count) {
    return Fail(431, "too_many_headers", "too many header fields");
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
    return Fail(400, "bad_header",
                "a header line needs a name, a colon directly after it, and a value on the same line");
  }
  request_->headers.Add(std::string(line.substr(0, colon)), std::string(TrimBlanks(line.substr(colon + 1))));
}

void RequestParser::FinishHead() {
  CheckHost();
  if (state_ == State::kFailed) return;
  CheckFraming();
  if (state_ == State::kFailed) return;
  const HttpHeaders& headers = request_->headers;
  for (const std::string_view name : kSingletons) {
    if (headers.Count(name) > 1) return Fail(400, "bad_header", std::string(name) + " is given twice");
  }
  if (const std::string_view coding = headers.Get("Content-Encoding");
      !coding.empty() && !EqualsIgnoringCase(coding, "identity")) {
    return Fail(415, "unsupported_encoding", "bodies must not be compressed");
  }
  if (const std::string* expect = headers.Find("Expect"); expect && !http10_) {
    if (!EqualsIgnoringCase(*expect, "100-continue")) return Fail(417, "bad_expectation", "unknown expectation");
    expects_continue_ = true;
  }
  for (const auto& [name, value] : headers) {
    if (!EqualsIgnoringCase(name, "Connection")) continue;
    if (ListHas(value, "close"))
      request_->keep_alive = false;
    else if (http10_ && ListHas(value, "keep-alive"))
      http10_keep_alive_ = true;
  }
  if (http10_ && !http10_keep_alive_) request_->keep_alive = false;
  if (Result<void> decoded = DecodeTarget(*request_); !decoded.ok()) {
    return Fail(400, decoded.error().reason, decoded.error().message);
  }
  state_ = State::kHeadComplete;
}

void RequestParser::CheckHost() {
  const size_t count = request_->headers.Count("Host");
  if (count > 1 || (count == 0 && !http10_)) return Fail(400, "bad_host", "exactly one Host header is needed");
  const std::string_view host = request_->headers.Get("Host");
  if (!IsHost(host)) return Fail(400, "bad_host", "the Host header is malformed");
  std::string& target = request_->target;
  if (target[0] == '/' || (target == "*" && request_->method == "OPTIONS")) return;
  const size_t scheme = EqualsIgnoringCase(std::string_view(target).substr(0, 7), "http://")    ? 7
                        : EqualsIgnoringCase(std::string_view(target).substr(0, 8), "https://") ? 8
                                                                                                : 0;
  if (scheme == 0) return Fail(400, "bad_path", "the target must begin with a slash");
  const size_t slash = std::min(target.find_first_of("/?", scheme), target.size());
  if (!EqualsIgnoringCase(std::string_view(target).substr(scheme, slash - scheme), host)) {
    return Fail(400, "bad_host", "the target names another host than the Host header");
  }
  target = target.substr(slash);
  if (target.empty() || target[0] == '?') target.insert(0, "/");
}

void RequestParser::CheckFraming() {
  const HttpHeaders& headers = request_->headers;
  const size_t codings = headers.Count("Transfer-Encoding");
  const size_t lengths = headers.Count("Content-Length");
  if (codings > 0) {
    if (lengths > 0 || codings > 1 || http10_ || !EqualsIgnoringCase(headers.Get("Transfer-Encoding"), "chunked")) {
      return Fail(400, "bad_framing", "Transfer-Encoding must be `chunked`, alone, and without Content-Length");
    }
    chunked_ = true;
    return;
  }
  if (lengths == 0) return;
  const std::string_view digits = headers.Get("Content-Length");
  const bool plain = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (lengths > 1 || !plain || digits.empty() || digits.size() > 18) {
    return Fail(400, "bad_framing", "Content-Length must be one decimal number");
  }
  for (const char c : digits) content_length_ = content_length_ * 10 + static_cast<uint64_t>(c - '0');
}

void RequestParser::AcceptBody(size_t limit, std::shared_ptr<BodySink> sink) {
  body_limit_ = limit;
  sink_ = std::move(sink);
  request_->sink = sink_;
  if (!chunked_ && content_length_ == 0) {
    state_ = State::kComplete;
    return;
  }
  state_ = State::kBody;
  if (content_length_ > limit) return Fail(413, "body_too_large", "the body is larger than this route takes");
  if (!chunked_ && !sink_) request_->body.reserve(static_cast<size_t>(std::min<uint64_t>(content_length_, 64u << 10)));
}

void RequestParser::TakeBody(std::string_view bytes) {
  body_received_ += bytes.size();
  if (!sink_) {
    request_->body.append(bytes);
    return;
  }
  if (Result<void> written = sink_->Write(bytes); !written.ok()) {
    Fail(HttpStatus(written.error()), written.error().reason, written.error().message);
  }
}

size_t RequestParser::FeedFixedBody(std::string_view bytes) {
  const size_t take = static_cast<size_t>(std::min<uint64_t>(bytes.size(), content_length_ - body_received_));
  if (take > 0) TakeBody(bytes.substr(0, take));
  if (state_ == State::kBody && body_received_ == content_length_) state_ = State::kComplete;
  return take;
}

size_t RequestParser::FeedChunked(std::string_view bytes) {
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
    else if (step.kind == Kind::kBadLine)
      Fail(400, "bad_chunk", "the chunked body is malformed");
    else if (step.kind == Kind::kBadSize)
      Fail(400, "bad_chunk", "a chunk size must be a hex number within reason");
    else if (step.kind == Kind::kBadTrailer)
      Fail(400, "bad_chunk", "a trailer line is malformed");
    else if (step.size > body_limit_ - std::min<uint64_t>(body_received_, body_limit_))
      Fail(413, "body_too_large", "the body is larger than this route takes");
  }
  return used;
}

Result<HttpRequest> ParseRequestBytes(std::string_view bytes) {
  RequestParser parser{RequestLimits{}};
  bytes.remove_prefix(parser.Feed(bytes));
  if (parser.state() == RequestParser::State::kHeadComplete) {
    parser.AcceptBody(RequestLimits{}.body, nullptr);
    parser.Feed(bytes);
  }
  if (parser.state() == RequestParser::State::kComplete) return std::move(parser.request());
  if (parser.state() == RequestParser::State::kFailed) {
    return Error{ErrorCode::kInvalidArgument, parser.failure().reason, parser.failure().message};
  }
  return Error{ErrorCode::kInvalidArgument, "incomplete_request", "the request ends too early"};
}

}  // namespace greenroom

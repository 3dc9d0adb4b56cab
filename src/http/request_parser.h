// RequestParser: bytes to HttpRequest, strictly, without sockets. The server and the fuzz target use the same one.
//
//   RequestParser parser(limits);
//   size_t used = parser.Feed(bytes);                 // keep what is left and feed it again with more behind it
//   if (parser.state() == RequestParser::State::kHeadComplete) parser.AcceptBody(limit, sink);
//
// The outcome does not depend on how the bytes were cut: it works line by line, and errors are those of the first
// offending byte in order. Grammar: RFC 9112 and RFC 9110, without obs-fold, obs-text names, bare LF or whitespace
// leniency; chunk extensions up to 256 bytes and trailers up to 8 KiB are read and dropped.
// Thread rules: one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/internal/chunk_decoder.h"
#include "http/message.h"

namespace greenroom {

struct RequestLimits {
  size_t request_line = 8u << 10;  // bytes without the line end; beyond: 414
  size_t headers = 32u << 10;      // bytes of all header lines with their ends; beyond: 431
  size_t header_count = 100;       // beyond: 431
  size_t body = 1u << 20;          // beyond: 413
};

class RequestParser {
 public:
  enum class State {
    kHead,          // wants more of the head
    kHeadComplete,  // request() holds the head; call AcceptBody
    kBody,          // wants more of the body
    kComplete,      // request() is whole
    kFailed,        // failure() says why; the connection must be closed
  };

  explicit RequestParser(const RequestLimits& limits) : limits_(limits) {}

  // Returns how many bytes were used. Stops at kHeadComplete, kComplete and kFailed. Bytes not used must come again,
  // followed by more, in the next call.
  size_t Feed(std::string_view bytes);
  // Sets the bound of the body and where it goes (nullptr: into request().body).
  void AcceptBody(size_t limit, std::shared_ptr<BodySink> sink);
  // Ready for the next request of the connection.
  void Reset();

  State state() const { return state_; }
  const HttpFailure& failure() const { return failure_; }
  HttpRequest& request() { return *request_; }
  // Hands the request over; call Reset afterwards.
  std::shared_ptr<HttpRequest> TakeRequest() { return std::move(request_); }
  // The client waits for `100 Continue` before it sends its body.
  bool expects_continue() const { return expects_continue_; }
  bool has_body() const { return chunked_ || content_length_ > 0; }
  // The client speaks HTTP/1.0: no chunked answers, no keep-alive unless it asked.
  bool http10() const { return http10_; }
  // Body bytes taken so far.
  uint64_t body_received() const { return body_received_; }
  // The head has begun: the client is not idle.
  bool started() const { return started_; }

 private:
  size_t FeedHead(std::string_view bytes);
  size_t FeedFixedBody(std::string_view bytes);
  size_t FeedChunked(std::string_view bytes);
  void FeedRequestLine(std::string_view line);
  void FeedHeaderLine(std::string_view line);
  void FinishHead();
  void CheckHost();
  void CheckFraming();
  void TakeBody(std::string_view bytes);
  void Fail(int status, std::string_view reason, std::string_view message);

  RequestLimits limits_;
  State state_ = State::kHead;
  std::shared_ptr<HttpRequest> request_ = std::make_shared<HttpRequest>();
  std::shared_ptr<BodySink> sink_;
  HttpFailure failure_;
  bool started_ = false;
  bool have_request_line_ = false;
  bool http10_ = false;
  bool http10_keep_alive_ = false;
  bool skipped_blank_ = false;
  bool expects_continue_ = false;
  bool chunked_ = false;
  uint64_t content_length_ = 0;
  size_t header_bytes_ = 0;
  size_t body_limit_ = 0;
  uint64_t body_received_ = 0;
  ChunkDecoder chunks_;
};

// Parses one request that is complete in `bytes` (what follows it is ignored). Fails with the reason of the first
// violation, or incomplete_request. The HTTP status is dropped; see RequestParser::failure for it.
Result<HttpRequest> ParseRequestBytes(std::string_view bytes);

// Fills path, path_segments and query of `request` from its target (origin-form or `*`). Fails with bad_path:
// bad percent escapes, NUL, bytes that are not UTF-8 after decoding, dot segments.
Result<void> DecodeTarget(HttpRequest& request);

}  // namespace greenroom

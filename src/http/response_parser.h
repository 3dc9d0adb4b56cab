// ResponseParser: bytes of a server to an HttpClientResponse. As strict as RequestParser, without sockets.
//
//   ResponseParser parser({.max_body = 5u << 20, .head_request = false});
//   size_t used = parser.Feed(bytes);   // feed what is left again, with more behind it
//   parser.FinishAtEnd();               // the server closed
//
// Interim answers (1xx) are skipped. Errors: bad_response, response_too_large, aborted.
// Thread rules: one owner.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/client.h"
#include "http/internal/chunk_decoder.h"

namespace greenroom {

struct ResponseParserOptions {
  size_t max_body = 5u << 20;
  bool head_request = false;                           // the answer has no body, whatever it says
  std::function<bool(std::string_view)> on_body = {};  // takes the body of a 2xx answer; false aborts
};

class ResponseParser {
 public:
  enum class State { kHead, kBody, kComplete, kFailed };

  explicit ResponseParser(ResponseParserOptions options) : options_(std::move(options)) {}

  // Returns how many bytes were used. Stops at kComplete and kFailed.
  size_t Feed(std::string_view bytes);
  // Ends a body that lasts until the connection closes; anything else that is not complete fails.
  void FinishAtEnd();

  State state() const { return state_; }
  const Error& error() const { return error_; }
  HttpClientResponse& response() { return response_; }
  // The connection may carry another request after this answer.
  bool keep_alive() const { return keep_alive_; }

 private:
  enum class Framing { kLength, kChunked, kUntilClose };

  size_t FeedHead(std::string_view bytes);
  size_t FeedChunked(std::string_view bytes);
  void FeedStatusLine(std::string_view line);
  void FeedHeaderLine(std::string_view line);
  void FinishHead();
  void TakeBody(std::string_view bytes);
  void Fail(ErrorCode code, std::string_view reason, std::string_view message);

  ResponseParserOptions options_;
  State state_ = State::kHead;
  HttpClientResponse response_;
  Error error_;
  bool have_status_line_ = false;
  bool keep_alive_ = true;
  size_t head_bytes_ = 0;
  Framing framing_ = Framing::kUntilClose;
  ChunkDecoder chunks_;
  uint64_t left_ = 0;  // of a body with a length
  uint64_t received_ = 0;
};

}  // namespace greenroom

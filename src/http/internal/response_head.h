// The head of an answer as bytes. No sockets here.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace greenroom {

// How the end of the body is marked.
enum class BodyFraming { kNone, kLength, kChunked, kUntilClose };

struct ResponseHead {
  BodyFraming framing = BodyFraming::kLength;
  uint64_t length = 0;    // for kLength
  std::string_view date;  // "Tue, 24 Nov 2026 21:00:00 GMT"
  std::string_view request_id;
  enum class Connection { kUnsaid, kClose, kKeepAlive } connection = Connection::kUnsaid;
};

// Appends the status line and all fields. Fields of the response that describe framing or the connection are dropped:
// they are this function's business. Control characters in values become spaces, so that no value can add a field.
void AppendResponseHead(const HttpResponse& response, const ResponseHead& head, std::string& out);

// One chunk of the chunked coding; nothing for an empty one, which would end the body.
void AppendChunk(std::string_view bytes, std::string& out);

// Whether a client's X-Request-Id may be taken over: 1 to 128 letters, digits, '-', '_', '.'.
bool IsValidRequestId(std::string_view id);

// The Date header's form.
std::string HttpDate(int64_t unix_seconds);

}  // namespace greenroom

// The request parser must come to the same outcome however the bytes arrive: all at once, byte by byte, or cut at
// places that the input itself chooses.
#include <algorithm>
#include <cstdint>
#include <functional>

#include "base/check.h"
#include "http/request_parser.h"

namespace greenroom {
namespace {

struct Outcome {
  RequestParser::State state = RequestParser::State::kHead;
  std::string reason, method, target, body;
  size_t headers = 0;
  size_t used = 0;
  bool operator==(const Outcome&) const = default;
};

// `arrived` says how many bytes are there in the n-th round.
Outcome Parse(std::string_view bytes, const std::function<size_t(size_t)>& arrived) {
  constexpr RequestLimits kSmall = {.request_line = 256, .headers = 512, .header_count = 8, .body = 300};
  RequestParser parser(kSmall);
  size_t used = 0;
  for (size_t round = 1, end = 0; end < bytes.size(); ++round) {
    end = std::min(bytes.size(), arrived(round));
    for (bool moving = true; moving;) {
      const RequestParser::State before = parser.state();
      const size_t count = parser.Feed(bytes.substr(used, end - used));
      CHECK(count <= end - used, "the outcome does not depend on the cuts");
      used += count;
      if (parser.state() == RequestParser::State::kHeadComplete) parser.AcceptBody(kSmall.body, nullptr);
      moving = count > 0 || parser.state() != before;
      if (parser.state() == RequestParser::State::kComplete || parser.state() == RequestParser::State::kFailed) {
        end = bytes.size();
        moving = false;
      }
    }
  }
  Outcome outcome{.state = parser.state(), .used = used};
  if (parser.state() == RequestParser::State::kFailed)
    return {.state = parser.state(), .reason = parser.failure().reason};
  if (parser.state() != RequestParser::State::kComplete) return {.state = parser.state()};
  outcome.method = parser.request().method;
  outcome.target = parser.request().target;
  outcome.body = parser.request().body;
  outcome.headers = parser.request().headers.size();
  return outcome;
}

}  // namespace
}  // namespace greenroom

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace greenroom;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Result<HttpRequest> whole = ParseRequestBytes(bytes);
  if (whole.ok()) {
    CHECK(whole->headers.Count("host") <= 1, "the outcome does not depend on the cuts");
  }

  const size_t step = size == 0 ? 1 : 1 + data[size / 2] % 23;
  const Outcome at_once = Parse(bytes, [&](size_t) { return bytes.size(); });
  CHECK(at_once == Parse(bytes, [](size_t round) { return round; }), "the outcome does not depend on the cuts");
  CHECK(at_once == Parse(bytes, [&](size_t round) { return round * step; }), "the outcome does not depend on the cuts");
  return 0;
}

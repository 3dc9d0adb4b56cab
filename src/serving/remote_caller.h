// RemoteCaller: the port through which calls to the servers of remote environments go. Never blocks; answers by
// callback.
//
//   caller.Call({.url = "http://rasa-production:5005", .token = token, .target = "/status"}, [](RemoteAnswer answer) {
//     if (auto problem = ProblemOf(answer)) ...   // what to tell the client
//   });
//
// Only addresses of the configuration are called, redirects are not followed, and bytes that were sent once are never
// sent again: only a connection that could not be made is tried a second time.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace greenroom {

struct RemoteCall {
  std::string method = "GET";
  std::string url;         // of the server, as configured
  std::string token = {};  // sent as ?token=; "" = none
  std::string target;      // path and query, percent-encoded: "/conversations/ada/tracker?include_events=ALL"
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::chrono::milliseconds deadline = std::chrono::seconds(10);
  size_t max_answer = 5u << 20;  // bytes
};

struct RemoteAnswer {
  int status = 0;  // 0: there was no answer, see `failure`
  std::string content_type = {};
  std::string body = {};
  std::string failure = {};  // connect_failed, tls_failed, timeout, response_too_large, bad_response, ...
};

class RemoteCaller {
 public:
  virtual ~RemoteCaller() = default;
  // Runs `done` exactly once, on any thread; it must be short.
  virtual void Call(RemoteCall call, std::function<void(RemoteAnswer)> done) = 0;
};

// Why an answer cannot be passed on, as the client of the platform is told.
struct RemoteProblem {
  int status = 502;    // 502 it answered badly, 503 it is away, 504 it is too slow
  std::string reason;  // remote_unreachable, remote_timeout, remote_token_refused, ...
  std::string message;
  std::string help = {};
};

// nullopt: the answer may be passed on (2xx, and 4xx about the request itself). A refused token is our fault, not the
// client's, so it does not stay a 401. Pure.
std::optional<RemoteProblem> ProblemOf(const RemoteAnswer& answer);

}  // namespace greenroom

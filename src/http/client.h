// HttpClient: HTTP/1.1 calls to other servers, with deadlines, bounds and pooled connections. It never follows
// redirects and never repeats a call on its own, with one exception: an idempotent request (GET, HEAD, PUT, DELETE,
// OPTIONS, or any that carries an Idempotency-Key) that found its pooled connection closed before the first byte of
// an answer goes out once more on a new connection.
//
//   auto client = HttpClient::Create({});
//   client->Async({.method = "POST", .url = "http://localhost:5055/webhook", .body = text},
//                 [](Result<HttpClientResponse> answer) { ... });
//   Result<HttpClientResponse> answer = client->Send({.url = "https://example.org/"});
//
// Errors: bad_url, address_refused (invalid_argument); connect_failed, tls_failed (unavailable); timeout
// (deadline_exceeded); response_too_large (exhausted); bad_response (unavailable); client_stopped (cancelled). A status
// of 4xx or 5xx is an answer, not an error.
//
// Thread rules: Async and Send from any thread but not Send from a callback. Callbacks run on the client's own thread
// and must not block it long. Destroying the client ends open calls with client_stopped first.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace greenroom {

struct HttpClientRequest {
  std::string method = "GET";
  std::string url;           // http:// or https://
  HttpHeaders headers = {};  // Host, Content-Length and Connection are set by the client
  std::string body = {};
  std::string upload_file = {};  // when set, the body is this file, streamed
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(2);
  std::chrono::milliseconds total_timeout = std::chrono::seconds(10);  // queueing included; 0: none
  size_t max_response = 5u << 20;                                      // bytes of the body
  bool repeat = true;  // false: not even the one repetition that idempotent requests have
  // A host that turns out to have a link-local address is not called: clouds keep credentials of the machine at one.
  bool refuse_link_local = false;
  // When set, body pieces of a 2xx answer go here instead of into `body` and max_response does not apply to them.
  // Returning false ends the call with reason aborted (cancelled). Runs on the client's thread.
  std::function<bool(std::string_view)> on_body = {};
};

struct HttpClientResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;
};

struct HttpClientOptions {
  size_t connections_per_host = 64;  // further calls wait for a free one
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(30);
  std::string ca_file = {};  // trust these instead of the system's certificates
};

class HttpClient {
 public:
  using Options = HttpClientOptions;
  using Callback = std::function<void(Result<HttpClientResponse>)>;

  // Fails with bad_ca_file.
  static Result<std::unique_ptr<HttpClient>> Create(Options options);
  virtual ~HttpClient() = default;

  // `done` is called exactly once.
  virtual void Async(HttpClientRequest request, Callback done) = 0;

  // Blocks until the answer is there.
  Result<HttpClientResponse> Send(HttpClientRequest request);
  // Reads a line-based stream (server-sent events): `on_line` gets each line without its end; false stops, which is no
  // error. No total limit of time applies. Runs `on_line` on the client's thread while the caller waits.
  Result<HttpClientResponse> StreamLines(HttpClientRequest request, std::function<bool(std::string_view)> on_line);
  // Stores the body of a 2xx answer in a file (made aside and renamed when complete).
  Result<HttpClientResponse> Download(HttpClientRequest request, const std::string& path);
};

}  // namespace greenroom

// HTTP messages as values: what the server hands to a handler and what a handler answers with.
//
//   void Greet(std::shared_ptr<HttpRequest> request, Responder respond) {
//     respond(HttpResponse::Json(200, Json::Object({{"hello", request->Param("name")}})));
//   }
//
// No transport library shows here; every module above http/ sees only these types.
// Thread rules: requests and responses are plain values with one owner at a time. ResponseStream is safe from any
// thread. BodySink is used by one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/mutex.h"
#include "base/result.h"

namespace greenroom {

// True when both are equal but for the case of ASCII letters.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

// Header fields in the order of arrival. Names compare without regard to case.
class HttpHeaders {
 public:
  using Field = std::pair<std::string, std::string>;

  // Appends, even when the name is there already.
  void Add(std::string name, std::string value);
  // Replaces all fields of that name by one.
  void Set(std::string name, std::string value);
  void Remove(std::string_view name);
  // The first value, or nullptr when absent.
  const std::string* Find(std::string_view name) const;
  // The first value, or "" when absent.
  std::string_view Get(std::string_view name) const;
  size_t Count(std::string_view name) const;
  bool empty() const { return fields_.empty(); }
  size_t size() const { return fields_.size(); }
  std::vector<Field>::const_iterator begin() const { return fields_.begin(); }
  std::vector<Field>::const_iterator end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

// Takes a large request body piece by piece, on a transport thread. An error ends the request with the status of its
// code. The sink is destroyed without further notice when the client goes away: clean up in the destructor.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual Result<void> Write(std::string_view bytes) = 0;
};

struct HttpRequest {
  std::string method;                      // "GET"; as sent, case matters
  std::string target;                      // raw: "/conversations/a%2Fb/tracker?until=3"
  std::string path;                        // decoded once: "/conversations/a/b/tracker". For logs; route by segments
  std::vector<std::string> path_segments;  // each decoded once: {"conversations", "a/b", "tracker"}
  std::vector<std::pair<std::string, std::string>> query;  // decoded, '+' is a space, in order, repeats kept
  HttpHeaders headers;
  std::string body;                // empty when a sink took it
  std::shared_ptr<BodySink> sink;  // set when the body was streamed; the handler casts it to its own type
  std::string request_id;          // the client's X-Request-Id when valid, else a new one
  std::string remote_address;      // of the peer socket; forwarded headers are not believed
  std::map<std::string, std::string, std::less<>> params;  // filled by the router: {"conversation_id": "a/b"}
  std::chrono::steady_clock::time_point deadline = {};     // the answer is worthless after it
  std::shared_ptr<const void> caller = {};                 // who asks; opaque here, set by whoever checked it
  bool keep_alive = true;                                  // transport detail: the connection may serve another request

  // The first value of a query parameter; nullptr when absent.
  const std::string* Query(std::string_view name) const;
  // How often a query parameter was given.
  size_t QueryCount(std::string_view name) const;
  // A route parameter, or "" when the pattern has none of that name.
  const std::string& Param(std::string_view name) const;
};

// The open end of an answer whose body is written over time (server-sent events, logs). The handler makes one, puts it
// into the response, and keeps a pointer:
//
//   auto stream = std::make_shared<ResponseStream>();
//   respond(HttpResponse::Stream(200, "text/event-stream", stream));
//   stream->Write("data: {}\n\n");
//   stream->Close();
//
// All members are safe from any thread. Bytes written before the response is sent are kept. A client that does not
// read is cut off once kBufferLimit bytes wait for it.
class ResponseStream {
 public:
  static constexpr size_t kBufferLimit = 4u << 20;

  // False when the client is gone, was too slow, or Close was called: nothing more will be sent.
  bool Write(std::string_view chunk);
  // Ends the body in good order after what was written.
  void Close();
  // Called once when the stream ends for any reason; at once when it already has. Runs on the thread that noticed.
  void OnClosed(std::function<void()> callback);
  bool closed() const;

  // For the server: what waits, and how to learn of more. `wake` may run on any thread.
  struct Pending {
    std::string bytes;
    bool last = false;
    bool overflow = false;
  };
  Pending Take();
  bool overflowed() const;
  void Attach(std::function<void()> wake);
  void Abandon();

 private:
  mutable Mutex mutex_;
  std::string buffer_ GUARDED_BY(mutex_);
  std::function<void()> wake_ GUARDED_BY(mutex_);
  std::vector<std::function<void()>> on_closed_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;     // by the handler
  bool abandoned_ GUARDED_BY(mutex_) = false;  // by the transport
  bool overflow_ GUARDED_BY(mutex_) = false;
};

// A body that the server pulls as fast as the client reads (downloads). Used on a transport thread.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // Bytes in all.
  virtual uint64_t size() const = 0;
  // The next piece, "" at the end. An error cuts the connection, so the client sees a short body.
  virtual Result<std::string> Next() = 0;
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
  std::shared_ptr<ResponseStream> stream;  // when set, `body` is sent first and the stream follows
  std::shared_ptr<BodySource> source;      // when set, it is the body

  static HttpResponse Json(int status, const greenroom::Json& value);
  static HttpResponse Text(int status, std::string text, std::string content_type = "text/plain; charset=utf-8");
  static HttpResponse Empty(int status) {
    HttpResponse r;
    r.status = status;
    return r;
  }
  static HttpResponse Stream(int status, std::string content_type, std::shared_ptr<ResponseStream> stream);
  // A file of the disk; fails with file_missing when it cannot be opened.
  static Result<HttpResponse> File(const std::string& path, std::string content_type);
};

// Answers one request: call exactly once, from any thread. When every copy is destroyed without a call, the server
// answers 500 itself.
using Responder = std::function<void(HttpResponse)>;
using HttpHandler = std::function<void(std::shared_ptr<HttpRequest>, Responder)>;

// The status of an error, by its code: 400 404 409 409 401 403 429 503 504 499 500 500. Some reasons have one of their
// own, because trying again later would not help: no_space is 507; what is too large, too long or too many
// is 413.
int HttpStatus(const Error& error);
// "Not Found".
std::string_view HttpReasonPhrase(int status);
// "bad_path" -> "BadPath": reasons have this form on the wire.
std::string WireReason(std::string_view snake_case);

// The error body of the product: {"version", "status": "failure", "reason", "message", "code", "request_id"}.
// `reason` is given in snake_case.
struct HttpFailure {
  int status = 500;
  std::string reason = "internal";
  std::string message = {};
};
HttpResponse FailureResponse(const HttpFailure& failure, std::string_view version, std::string_view request_id);
// The same for an Error, with the status of its code.
HttpResponse FailureResponse(const Error& error, std::string_view version, std::string_view request_id);

}  // namespace greenroom

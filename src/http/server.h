// HttpServer: a strict HTTP/1.1 server. One event loop and one SO_REUSEPORT acceptor per transport thread; a connection
// never moves between loops; one sweep timer per loop enforces all time limits.
//
//   GR_ASSIGN(auto server, HttpServer::Start({.port = 0}, [](auto request, Responder respond) {
//     respond(HttpResponse::Text(200, "hello"));
//   }));
//   std::printf("listening on %d\n", server->port());
//   server->Drain(std::chrono::seconds(25));
//
// What it refuses follows RFC 9112 at its strictest: bare LF, folded lines, Content-Length next to
// Transfer-Encoding, doubled Host, spaces around names, bad chunks: status 400, JSON error body, connection closed.
// 404, 405 and HEAD routing are the router's; for HEAD the server itself leaves the body out.
// Bodies with a Content-Encoding are refused with 415.
//
// Thread rules: the handler, body_limit and body_sink run on transport threads and must not block; the Responder may be
// called from any thread, once, later. Start, Drain and Stop belong to the owner.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/message.h"

namespace greenroom {

// Returns nullptr for a body kept in memory, a sink to stream it, or an error to refuse the request before its body
// is read (authenticate uploads here).
using BodySinkFactory = std::function<Result<std::shared_ptr<BodySink>>(const HttpRequest& head)>;
// The number of body bytes a request may carry, decided from its head.
using BodyLimit = std::function<size_t(const HttpRequest& head)>;

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: any free one
  int io_threads = 1;
  std::string version = "0.1.0";  // shown in error bodies

  size_t request_line_limit = 8u << 10;  // beyond: 414
  size_t header_limit = 32u << 10;       // beyond: 431; bytes of all header lines
  size_t header_count_limit = 100;       // beyond: 431
  size_t body_limit = 1u << 20;          // beyond: 413; `body_limit_for` overrides it
  BodyLimit body_limit_for = {};
  BodySinkFactory body_sink_for = {};

  std::chrono::milliseconds header_timeout = std::chrono::seconds(10);      // 408
  std::chrono::milliseconds body_timeout = std::chrono::seconds(10);        // without a byte, or below the rate: 408
  size_t body_rate = 1024;                                                  // bytes per second, after body_timeout
  std::chrono::milliseconds keep_alive_timeout = std::chrono::seconds(75);  // closed in silence
  std::chrono::milliseconds write_timeout = std::chrono::seconds(30);       // without progress: closed
  std::chrono::milliseconds request_timeout = std::chrono::seconds(60);     // becomes HttpRequest::deadline
  std::chrono::milliseconds sweep_interval = std::chrono::seconds(1);

  size_t max_connections = 10'000;  // beyond: 503 and closed; fewer when the process may not open so many files
  size_t max_connections_per_address = 200;
  bool loopback_exempt = true;  // loopback peers have no limit per address
};

// Numbers for a metrics page; each is exact at some moment.
struct HttpServerCounters {
  uint64_t connections = 0;  // open now
  uint64_t running = 0;      // requests handed out and not answered yet
  uint64_t requests = 0;     // since the start
  uint64_t refused = 0;      // malformed, too large or too slow, since the start
};

class HttpServer {
 public:
  using Options = HttpServerOptions;

  // Fails with address_in_use or bind_failed.
  static Result<std::unique_ptr<HttpServer>> Start(Options options, HttpHandler handler);
  virtual ~HttpServer() = default;

  virtual uint16_t port() const = 0;
  virtual HttpServerCounters counters() const = 0;
  // Accepts no more, closes idle connections, marks answers `Connection: close`, and waits until all requests are
  // answered. True when they were within the time. Open event streams do not hold it up: they are closed.
  virtual bool Drain(std::chrono::milliseconds limit) = 0;
  // Closes everything and joins the threads; late Responder calls are ignored. The destructor calls it.
  virtual void Stop() = 0;
};

}  // namespace greenroom

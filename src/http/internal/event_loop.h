// What the connections of one server share, and the event loop that owns some of them.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "http/server.h"

namespace greenroom {

class Connection;

// Shared by all loops of one server. The handler may be called as long as a loop runs.
struct ServerState {
  HttpServerOptions options;
  HttpHandler handler;
  std::atomic<bool> draining = false;
  std::atomic<uint64_t> connections = 0;
  std::atomic<uint64_t> running = 0;
  std::atomic<uint64_t> requests = 0;
  std::atomic<uint64_t> refused = 0;
  Guarded<std::map<std::string, size_t>> per_address;

  // Signalled when a connection ends while draining.
  Mutex idle_mutex;
  ConditionVariable idle;
};

// Handlers capture `this`: they run only on the thread, which keeps the loop alive.
// One io_context with its thread, its acceptor and the connections it accepted. Everything but Deliver and the life
// cycle functions runs on the loop's thread.
class EventLoop : public std::enable_shared_from_this<EventLoop> {
 public:
  using Tcp = boost::asio::ip::tcp;

  explicit EventLoop(ServerState& state);
  ~EventLoop();

  // Life cycle, by the owner.
  Result<void> Listen(const Tcp::endpoint& endpoint, bool shared_port);
  uint16_t port() const { return acceptor_.local_endpoint().port(); }
  void Run();
  void Drain();
  void Stop();

  // Brings an answer to its connection; from any thread. Answers that arrive together share one wake-up.
  void Deliver(std::weak_ptr<Connection> connection, uint64_t serial, HttpResponse response);

  ServerState& state() { return state_; }
  boost::asio::io_context& io() { return io_; }
  const std::string& date() const { return date_; }
  std::string NextRequestId();
  // Drops the loop's reference.
  void Forget(const Connection* connection);

 private:
  struct Answer {
    std::weak_ptr<Connection> connection;
    uint64_t serial;
    HttpResponse response;
  };

  void Accept();
  void Admit(Tcp::socket socket);
  void AcceptBacklog();
  void DeliverWaiting();
  std::vector<std::shared_ptr<Connection>> All() const;
  void Sweep();
  void ScheduleSweep();

  ServerState& state_;
  boost::asio::io_context io_{1};
  Tcp::acceptor acceptor_{io_};
  boost::asio::steady_timer sweep_{io_};
  std::unordered_map<const Connection*, std::shared_ptr<Connection>> connections_;
  std::string date_;
  uint64_t id_state_;
  bool accepting_ = false;
  bool stopping_ = false;
  Guarded<std::vector<Answer>> answers_;
  std::thread thread_;
};

}  // namespace greenroom

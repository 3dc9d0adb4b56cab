#include "http/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <chrono>
#include <ctime>
#include <random>

#include "base/log.h"
#include "http/internal/connection.h"
#include "http/internal/event_loop.h"

namespace greenroom {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using ErrorCodeOf = boost::system::error_code;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\nRetry-After: 1\r\n\r\n";

// For the store, the log, models and calls to others: more than a server at rest has open.
constexpr size_t kOtherDescriptors = 48;

// Each connection takes a descriptor of the process. When those do not suffice it is connections that are refused,
// never a file of the store.
size_t ConnectionsThatFit(size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t needed = wanted + kOtherDescriptors;
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = std::min(needed, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= needed) return wanted;
  const size_t open = static_cast<size_t>(limit.rlim_cur);
  const size_t fit = open > kOtherDescriptors + 1 ? open - kOtherDescriptors : 1;
  Log(LogLevel::kWarning, "connections_limited",
      {{"connections", std::to_string(fit)},
       {"reason", "the process may open " + std::to_string(open) + " files (ulimit -n)"}});
  return fit;
}

Error BindError(const Tcp::endpoint& endpoint, const ErrorCodeOf& error) {
  const bool in_use = error == asio::error::address_in_use;
  return Error{ErrorCode::kUnavailable, in_use ? "address_in_use" : "bind_failed",
               "cannot listen on " + endpoint.address().to_string() + " port " + std::to_string(endpoint.port()) +
                   ": " + error.message(),
               in_use ? "choose another port, or stop the program that uses this one" : ""};
}

class Server final : public HttpServer {
 public:
  ~Server() override { Stop(); }

  Result<void> Open(Options options, HttpHandler handler);
  uint16_t port() const override { return port_; }
  HttpServerCounters counters() const override {
    return {state_->connections, state_->running, state_->requests, state_->refused};
  }
  bool Drain(std::chrono::milliseconds limit) override;
  void Stop() override;

 private:
  // Late responders keep loops alive, and loops refer to the state: see Stop.
  std::unique_ptr<ServerState> state_ = std::make_unique<ServerState>();
  std::vector<std::shared_ptr<EventLoop>> loops_;
  uint16_t port_ = 0;
};

// SO_REUSEPORT would let two servers share a port by accident, so the port is first taken without it.
Result<void> ProbePort(const Tcp::endpoint& endpoint) {
  asio::io_context io;
  Tcp::acceptor probe(io);
  ErrorCodeOf error;
  probe.open(endpoint.protocol(), error);
  if (!error) probe.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) probe.bind(endpoint, error);
  if (!error) probe.listen(1, error);
  if (error) return BindError(endpoint, error);
  return {};
}

Result<void> Server::Open(Options options, HttpHandler handler) {
  const std::string name = options.address == "localhost" ? "127.0.0.1" : options.address;
  ErrorCodeOf error;
  const auto address = asio::ip::make_address(name, error);
  if (error) return Error{ErrorCode::kInvalidArgument, "bind_failed", name + " is not an IP address"};
  Tcp::endpoint endpoint(address, options.port);
  const int threads = std::max(1, options.io_threads);
  state_->options = std::move(options);
  state_->options.max_connections = ConnectionsThatFit(state_->options.max_connections);
  state_->handler = std::move(handler);
  if (threads > 1 && endpoint.port() != 0) GR_TRY(ProbePort(endpoint));
  for (int i = 0; i < threads; ++i) {
    auto loop = std::make_shared<EventLoop>(*state_);
    GR_TRY(loop->Listen(endpoint, threads > 1));
    endpoint.port(loop->port());
    loops_.push_back(std::move(loop));
  }
  port_ = endpoint.port();
  for (const auto& loop : loops_) loop->Run();
  return {};
}

bool Server::Drain(std::chrono::milliseconds limit) {
  state_->draining = true;
  for (const auto& loop : loops_) loop->Drain();
  MutexLock lock(state_->idle_mutex);
  return state_->idle.WaitFor(state_->idle_mutex, limit, [&] { return state_->connections == 0; });
}

void Server::Stop() {
  for (const auto& loop : loops_) loop->Stop();
}

}  // namespace

EventLoop::EventLoop(ServerState& state) : state_(state), date_(HttpDate(std::time(nullptr))) {
  std::random_device seed;
  id_state_ = (static_cast<uint64_t>(seed()) << 32) | seed();
}

EventLoop::~EventLoop() = default;

Result<void> EventLoop::Listen(const Tcp::endpoint& endpoint, bool shared_port) {
  ErrorCodeOf error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && shared_port) acceptor_.set_option(ReusePort(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(4096, error);
  if (!error) acceptor_.non_blocking(true, error);
  if (error) return BindError(endpoint, error);
  return {};
}

void EventLoop::Run() {
  ScheduleSweep();
  Accept();
  thread_ = std::thread([self = shared_from_this()] {
    pthread_setname_np(pthread_self(), "http-io");
    self->io_.run();
    self->connections_.clear();
  });
}

void EventLoop::Accept() {
  accepting_ = true;
  acceptor_.async_accept([this](const ErrorCodeOf& error, Tcp::socket socket) {
    accepting_ = false;
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
    // Out of descriptors: the sweep tries again, instead of a busy loop here.
    if (error && error != asio::error::connection_aborted) return;
    if (!error) Admit(std::move(socket));
    Accept();
  });
}

void EventLoop::Admit(Tcp::socket socket) {
  ErrorCodeOf error;
  const auto peer = socket.remote_endpoint(error).address();
  if (error) return;
  std::string address = peer.to_string();
  const HttpServerOptions& options = state_.options;
  const bool counted = !(options.loopback_exempt && peer.is_loopback());
  const bool full = state_.connections >= options.max_connections;
  const bool refused = full || (counted && state_.per_address.With([&](auto& counts) {
                         size_t& count = counts[address];
                         if (count >= options.max_connections_per_address) return true;
                         ++count;
                         return false;
                       }));
  if (refused) {
    ++state_.refused;
    socket.non_blocking(true, error);
    socket.write_some(asio::buffer(kBusy), error);
    return;
  }
  ++state_.connections;
  auto connection = std::make_shared<Connection>(*this, std::move(socket), std::move(address), counted);
  connections_.emplace(connection.get(), connection);
  connection->Start();
}

void EventLoop::Forget(const Connection* connection) {
  if (connection->counted()) {
    state_.per_address.With([&](auto& counts) {
      const auto found = counts.find(connection->address());
      if (found != counts.end() && --found->second == 0) counts.erase(found);
    });
  }
  connections_.erase(connection);
  {
    MutexLock lock(state_.idle_mutex);
    --state_.connections;
  }
  if (state_.draining) state_.idle.NotifyAll();
}

void EventLoop::Deliver(std::weak_ptr<Connection> connection, uint64_t serial, HttpResponse response) {
  if (io_.get_executor().running_in_this_thread()) {
    if (auto target = connection.lock()) target->OnResponse(serial, std::move(response));
    return;
  }
  const bool first = answers_.With([&](std::vector<Answer>& answers) {
    answers.push_back({std::move(connection), serial, std::move(response)});
    return answers.size() == 1;
  });
  if (first) asio::post(io_, [this] { DeliverWaiting(); });
}

void EventLoop::DeliverWaiting() {
  std::vector<Answer> answers;
  answers_.With([&](std::vector<Answer>& waiting) { answers.swap(waiting); });
  for (Answer& answer : answers) {
    if (auto target = answer.connection.lock()) target->OnResponse(answer.serial, std::move(answer.response));
  }
}

// Kept alive while they are visited: a visit may close and forget any of them.
std::vector<std::shared_ptr<Connection>> EventLoop::All() const {
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(connections_.size());
  for (const auto& [key, connection] : connections_) all.push_back(connection);
  return all;
}

void EventLoop::ScheduleSweep() {
  sweep_.expires_after(state_.options.sweep_interval);
  sweep_.async_wait([this](const ErrorCodeOf& error) {
    if (!error && !stopping_) Sweep();
  });
}

void EventLoop::Sweep() {
  date_ = HttpDate(std::time(nullptr));
  const auto now = std::chrono::steady_clock::now();
  for (const auto& connection : All()) connection->Sweep(now);
  if (!accepting_ && acceptor_.is_open()) Accept();
  ScheduleSweep();
}

// Connections that the kernel has accepted already would be reset when the acceptor closes.
void EventLoop::AcceptBacklog() {
  ErrorCodeOf error;
  while (acceptor_.is_open()) {
    Tcp::socket socket(io_);
    acceptor_.accept(socket, error);
    if (error) break;
    Admit(std::move(socket));
  }
  acceptor_.close(error);
}

void EventLoop::Drain() {
  asio::post(io_, [this] {
    AcceptBacklog();
    // After the reads of the backlog have run once.
    asio::post(io_, [this] {
      for (const auto& connection : All()) connection->Drain();
    });
  });
}

void EventLoop::Stop() {
  if (!thread_.joinable()) return;
  // The loop ends by itself once nothing is left to wait for.
  asio::post(io_, [this] {
    ErrorCodeOf ignored;
    stopping_ = true;
    acceptor_.close(ignored);
    sweep_.cancel();
    for (const auto& connection : All()) connection->Close();
  });
  thread_.join();
}

std::string EventLoop::NextRequestId() {
  // splitmix64: unique enough to find a request in a log; never a secret.
  id_state_ += 0x9E3779B97F4A7C15u;
  uint64_t z = id_state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  static constexpr char kHex[] = "0123456789abcdef";
  std::string id(16, '0');
  for (size_t i = 0; i < 16; ++i) id[i] = kHex[(z >> (60 - 4 * i)) & 15u];
  return id;
}

Result<std::unique_ptr<HttpServer>> HttpServer::Start(Options options, HttpHandler handler) {
  auto server = std::make_unique<Server>();
  GR_TRY(server->Open(std::move(options), std::move(handler)));
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace greenroom

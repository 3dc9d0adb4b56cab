// The client's one thread: its calls, its pooled connections, and the queue before each host.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "http/client.h"
#include "http/response_parser.h"
#include "http/url.h"

namespace greenroom {

class ClientLoop;

// A connection to a host, plain or TLS. Operations keep it alive by capturing it.
struct Wire {
  using Tcp = boost::asio::ip::tcp;

  explicit Wire(boost::asio::io_context& io) : socket(io) {}

  template <typename Handler>
  void ReadSome(char* data, size_t size, Handler handler) {
    if (tls)
      tls->async_read_some(boost::asio::buffer(data, size), std::move(handler));
    else
      socket.async_read_some(boost::asio::buffer(data, size), std::move(handler));
  }
  template <typename Handler>
  void WriteSome(const char* data, size_t size, Handler handler) {
    if (tls)
      tls->async_write_some(boost::asio::buffer(data, size), std::move(handler));
    else
      socket.async_write_some(boost::asio::buffer(data, size), std::move(handler));
  }
  void Close() {
    boost::system::error_code ignored;
    socket.close(ignored);
  }
  // An idle connection on which something arrived, or that ended, cannot be used again.
  bool LooksFresh();

  Tcp::socket socket;
  std::optional<boost::asio::ssl::stream<Tcp::socket&>> tls;
  std::chrono::steady_clock::time_point idle_since = {};
};

// One call from its start to its callback.
class ClientCall : public std::enable_shared_from_this<ClientCall> {
 public:
  using ErrorCodeOf = boost::system::error_code;

  ClientCall(ClientLoop& loop, HttpClientRequest request, Url url, HttpClient::Callback done);

  // Starts the clock; the loop calls Run when a connection is free.
  void Arm();
  // With an idle connection, or nullptr to make one.
  void Run(std::shared_ptr<Wire> idle);
  void Fail(ErrorCode code, std::string_view reason, std::string message);
  bool finished() const { return finished_; }
  const std::string& host_key() const { return host_key_; }
  const Url& url() const { return url_; }

 private:
  void StartTimer();
  void Connect();
  void Handshake();
  void Exchange();
  void BuildHead();
  Result<void> OpenUpload();
  void Write();
  bool NextUploadPiece();
  void Read();
  void OnRead(const ErrorCodeOf& error, size_t count);
  void OnBroken(const std::string& why);
  bool MayRepeat() const;
  void Finish(Result<HttpClientResponse> result);

  ClientLoop& loop_;
  HttpClientRequest request_;
  Url url_;
  HttpClient::Callback done_;
  std::string host_key_;
  boost::asio::steady_timer timer_;
  boost::asio::ip::tcp::resolver resolver_;
  std::chrono::steady_clock::time_point deadline_;
  std::shared_ptr<Wire> wire_;
  std::optional<ResponseParser> parser_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> upload_{nullptr, &std::fclose};
  std::string out_;
  size_t out_at_ = 0;
  bool body_sent_ = false;
  std::string in_;
  std::vector<char> piece_;
  bool connecting_ = false;
  bool written_ = false;
  bool reused_ = false;
  bool repeated_ = false;
  bool got_bytes_ = false;
  bool has_slot_ = false;
  bool finished_ = false;

  friend class ClientLoop;
};

// Implements HttpClient on one thread. Everything but Async and the destructor runs on that thread.
class ClientLoop final : public HttpClient {
 public:
  explicit ClientLoop(Options options);
  ~ClientLoop() override;

  Result<void> Open();
  void Async(HttpClientRequest request, Callback done) override;

  boost::asio::io_context& io() { return io_; }
  boost::asio::ssl::context& tls() { return tls_; }
  // Gives the call's place to the next in line. `wire` returns to the pool unless it is nullptr.
  void Release(ClientCall& call, std::shared_ptr<Wire> wire);

 private:
  struct Host {
    std::deque<std::shared_ptr<ClientCall>> waiting;
    std::vector<std::shared_ptr<Wire>> idle;
    size_t running = 0;
  };

  void Enter(const std::shared_ptr<ClientCall>& call);
  void StartNext(Host& host);
  void ScheduleSweep();

  Options options_;
  boost::asio::io_context io_{1};
  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_client};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  boost::asio::steady_timer sweep_{io_};
  std::map<std::string, Host> hosts_;
  std::unordered_set<std::shared_ptr<ClientCall>> calls_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace greenroom

#include "http/client.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>

#include "http/internal/client_loop.h"
#include "http/internal/syntax.h"

namespace greenroom {
namespace {

namespace asio = boost::asio;
using ErrorCodeOf = boost::system::error_code;

constexpr size_t kLineLimit = 1u << 20;

Result<Url> CheckRequest(const HttpClientRequest& request) {
  const auto plain = [](char c) { return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || c == '\t'; };
  for (const auto& [name, value] : request.headers) {
    if (!IsToken(name) || !std::all_of(value.begin(), value.end(), plain)) {
      return Error{ErrorCode::kInvalidArgument, "bad_header", "the header " + name + " cannot be sent"};
    }
  }
  if (!IsToken(request.method)) return Error{ErrorCode::kInvalidArgument, "bad_method", "the method is not a token"};
  return ParseUrl(request.url);
}

// Cuts a stream into lines.
class LineReader {
 public:
  explicit LineReader(std::function<bool(std::string_view)> on_line) : on_line_(std::move(on_line)) {}

  bool stopped() const { return stopped_; }

  bool Take(std::string_view bytes) {
    rest_.append(bytes);
    size_t start = 0;
    for (size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', start)) {
      std::string_view line = std::string_view(rest_).substr(start, end - start);
      if (line.ends_with('\r')) line.remove_suffix(1);
      start = end + 1;
      if (!on_line_(line)) {
        stopped_ = true;
        return false;
      }
    }
    rest_.erase(0, start);
    return rest_.size() <= kLineLimit;
  }

 private:
  std::function<bool(std::string_view)> on_line_;
  std::string rest_;
  bool stopped_ = false;
};

}  // namespace

ClientLoop::ClientLoop(Options options) : options_(std::move(options)) {}

Result<void> ClientLoop::Open() {
  ErrorCodeOf error;
  tls_.set_options(
      asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, error);
  tls_.set_verify_mode(asio::ssl::verify_peer, error);
  if (options_.ca_file.empty())
    tls_.set_default_verify_paths(error);
  else
    tls_.load_verify_file(options_.ca_file, error);
  if (error) {
    return Error{ErrorCode::kInvalidArgument, "bad_ca_file",
                 "cannot load certificates from " + options_.ca_file + ": " + error.message()};
  }
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "http-client");
    ScheduleSweep();
    io_.run();
  });
  return {};
}

ClientLoop::~ClientLoop() {
  if (!thread_.joinable()) return;
  asio::post(io_, [this] {
    stopping_ = true;
    sweep_.cancel();
    const auto calls = calls_;
    for (const auto& call : calls) call->Fail(ErrorCode::kCancelled, "client_stopped", "the client was stopped");
    for (auto& [key, host] : hosts_) host.idle.clear();
    work_.reset();
  });
  thread_.join();
}

void ClientLoop::Async(HttpClientRequest request, Callback done) {
  Result<Url> url = CheckRequest(request);
  if (!url.ok()) {
    asio::post(io_, [done = std::move(done), error = std::move(url).error()]() mutable { done(std::move(error)); });
    return;
  }
  auto call = std::make_shared<ClientCall>(*this, std::move(request), std::move(url).value(), std::move(done));
  asio::post(io_, [this, call = std::move(call)] { Enter(call); });
}

void ClientLoop::Enter(const std::shared_ptr<ClientCall>& call) {
  calls_.insert(call);
  if (stopping_) return call->Fail(ErrorCode::kCancelled, "client_stopped", "the client was stopped");
  call->Arm();
  Host& host = hosts_[call->host_key()];
  host.waiting.push_back(call);
  StartNext(host);
}

void ClientLoop::StartNext(Host& host) {
  while (!stopping_ && !host.waiting.empty() && host.running < options_.connections_per_host) {
    const std::shared_ptr<ClientCall> call = std::move(host.waiting.front());
    host.waiting.pop_front();
    if (call->finished()) continue;
    ++host.running;
    call->has_slot_ = true;
    std::shared_ptr<Wire> wire;
    while (!wire && !host.idle.empty()) {
      wire = std::move(host.idle.back());
      host.idle.pop_back();
      if (!wire->LooksFresh()) wire.reset();
    }
    call->Run(std::move(wire));
  }
}

void ClientLoop::Release(ClientCall& call, std::shared_ptr<Wire> wire) {
  calls_.erase(call.shared_from_this());
  if (!call.has_slot_) return;
  call.has_slot_ = false;
  Host& host = hosts_[call.host_key()];
  --host.running;
  if (wire && !stopping_) {
    wire->idle_since = std::chrono::steady_clock::now();
    host.idle.push_back(std::move(wire));
  }
  // Not from here: the callback of the finished call comes first.
  asio::post(io_, [this, key = call.host_key()] { StartNext(hosts_[key]); });
}

void ClientLoop::ScheduleSweep() {
  sweep_.expires_after(std::max<std::chrono::milliseconds>(options_.idle_timeout / 2, std::chrono::milliseconds(100)));
  sweep_.async_wait([this](const ErrorCodeOf& error) {
    if (error || stopping_) return;
    const auto oldest = std::chrono::steady_clock::now() - options_.idle_timeout;
    for (auto& [key, host] : hosts_) {
      std::erase_if(host.idle, [&](const std::shared_ptr<Wire>& wire) { return wire->idle_since < oldest; });
    }
    std::erase_if(hosts_, [](const auto& entry) {
      return entry.second.idle.empty() && entry.second.waiting.empty() && entry.second.running == 0;
    });
    ScheduleSweep();
  });
}

Result<std::unique_ptr<HttpClient>> HttpClient::Create(Options options) {
  auto client = std::make_unique<ClientLoop>(std::move(options));
  GR_TRY(client->Open());
  return std::unique_ptr<HttpClient>(std::move(client));
}

Result<HttpClientResponse> HttpClient::Send(HttpClientRequest request) {
  auto promise = std::make_shared<std::promise<Result<HttpClientResponse>>>();
  auto answer = promise->get_future();
  Async(std::move(request), [promise](Result<HttpClientResponse> result) { promise->set_value(std::move(result)); });
  return answer.get();
}

Result<HttpClientResponse> HttpClient::StreamLines(HttpClientRequest request,
                                                   std::function<bool(std::string_view)> on_line) {
  auto reader = std::make_shared<LineReader>(std::move(on_line));
  request.total_timeout = std::chrono::milliseconds(0);
  request.on_body = [reader](std::string_view bytes) { return reader->Take(bytes); };
  Result<HttpClientResponse> result = Send(std::move(request));
  if (!result.ok() && reader->stopped()) return HttpClientResponse{.status = 200};
  return result;
}

Result<HttpClientResponse> HttpClient::Download(HttpClientRequest request, const std::string& path) {
  const std::string aside = path + ".part";
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(aside.c_str(), "wb"), &std::fclose);
  if (!file) return Error{ErrorCode::kPermissionDenied, "file_io", "cannot write " + aside};
  request.on_body = [out = file.get()](std::string_view bytes) {
    return std::fwrite(bytes.data(), 1, bytes.size(), out) == bytes.size();
  };
  Result<HttpClientResponse> result = Send(std::move(request));
  const bool stored = std::fflush(file.get()) == 0 && ::fsync(::fileno(file.get())) == 0;
  file.reset();
  if (result.ok() && result->status / 100 == 2) {
    if (stored && std::rename(aside.c_str(), path.c_str()) == 0) return result;
    result = Error{ErrorCode::kDataLoss, "file_io", "cannot store " + path};
  }
  std::remove(aside.c_str());
  return result;
}

}  // namespace greenroom

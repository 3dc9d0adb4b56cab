#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

#include "http/internal/client_loop.h"
#include "http/internal/syntax.h"

namespace greenroom {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

constexpr size_t kPiece = 64u << 10;

bool IsOwned(std::string_view name) {
  return EqualsIgnoringCase(name, "Host") || EqualsIgnoringCase(name, "Content-Length") ||
         EqualsIgnoringCase(name, "Connection") || EqualsIgnoringCase(name, "Transfer-Encoding");
}

// 169.254.0.0/16 and fe80::/10, also as an IPv4 address inside an IPv6 one.
bool IsLinkLocal(const asio::ip::address& address) {
  if (address.is_v4()) return address.to_v4().to_uint() >> 16 == 0xA9FE;
  const asio::ip::address_v6 long_form = address.to_v6();
  if (long_form.is_v4_mapped()) return IsLinkLocal(asio::ip::make_address_v4(asio::ip::v4_mapped, long_form));
  return long_form.is_link_local();
}

bool HasLinkLocal(const Tcp::resolver::results_type& found) {
  return std::any_of(found.begin(), found.end(),
                     [](const auto& entry) { return IsLinkLocal(entry.endpoint().address()); });
}

uint64_t FileSize(std::FILE* file) {
  std::fseek(file, 0, SEEK_END);
  const long size = std::ftell(file);
  if (std::fseek(file, 0, SEEK_SET) != 0) return 0;
  return size > 0 ? static_cast<uint64_t>(size) : 0;
}

}  // namespace

bool Wire::LooksFresh() {
  boost::system::error_code error;
  char byte = 0;
  socket.non_blocking(true, error);
  socket.receive(asio::buffer(&byte, 1), Tcp::socket::message_peek, error);
  return error == asio::error::would_block;
}

ClientCall::ClientCall(ClientLoop& loop, HttpClientRequest request, Url url, HttpClient::Callback done)
    : loop_(loop),
      request_(std::move(request)),
      url_(std::move(url)),
      done_(std::move(done)),
      host_key_((url_.tls ? "https://" : "http://") + url_.host + ":" + std::to_string(url_.port)),
      timer_(loop.io()),
      resolver_(loop.io()) {}

void ClientCall::Arm() {
  deadline_ = request_.total_timeout.count() > 0 ? std::chrono::steady_clock::now() + request_.total_timeout
                                                 : std::chrono::steady_clock::time_point::max();
  StartTimer();
}

void ClientCall::StartTimer() {
  auto expiry = deadline_;
  if (connecting_) expiry = std::min(expiry, std::chrono::steady_clock::now() + request_.connect_timeout);
  if (expiry == std::chrono::steady_clock::time_point::max()) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(expiry);
  timer_.async_wait([self = shared_from_this()](const ErrorCodeOf& error) {
    if (error || self->finished_) return;
    if (self->connecting_ && std::chrono::steady_clock::now() < self->deadline_) {
      self->Fail(ErrorCode::kUnavailable, "connect_failed", "no connection to " + self->url_.authority + " in time");
    } else {
      self->Fail(ErrorCode::kDeadlineExceeded, "timeout", "no answer from " + self->url_.authority + " in time");
    }
  });
}

void ClientCall::Run(std::shared_ptr<Wire> idle) {
  if (Result<void> opened = OpenUpload(); !opened.ok()) return Finish(std::move(opened).error());
  if (!idle) return Connect();
  wire_ = std::move(idle);
  reused_ = true;
  Exchange();
}

void ClientCall::Connect() {
  connecting_ = true;
  StartTimer();
  wire_ = std::make_shared<Wire>(loop_.io());
  resolver_.async_resolve(
      url_.host, std::to_string(url_.port),
      [self = shared_from_this()](const ErrorCodeOf& error, const Tcp::resolver::results_type& found) {
        if (self->finished_) return;
        if (error) {
          return self->Fail(ErrorCode::kUnavailable, "connect_failed",
                            "cannot find the host " + self->url_.host + ": " + error.message());
        }
        // The name was looked up once, and only these addresses are tried.
        if (self->request_.refuse_link_local && HasLinkLocal(found)) {
          return self->Fail(ErrorCode::kInvalidArgument, "address_refused",
                            self->url_.host + " is a link-local address");
        }
        // A call that ends meanwhile lets go of its wire, but connecting looks at the socket once more.
        asio::async_connect(
            self->wire_->socket, found, [self, wire = self->wire_](const ErrorCodeOf& failed, const Tcp::endpoint&) {
              if (self->finished_) return;
              if (failed) {
                return self->Fail(ErrorCode::kUnavailable, "connect_failed",
                                  "cannot connect to " + self->url_.authority + ": " + failed.message());
              }
              self->Handshake();
            });
      });
}

void ClientCall::Handshake() {
  ErrorCodeOf ignored;
  wire_->socket.set_option(Tcp::no_delay(true), ignored);
  const auto connected = [this] {
    connecting_ = false;
    StartTimer();
    Exchange();
  };
  if (!url_.tls) return connected();
  wire_->tls.emplace(wire_->socket, loop_.tls());
  SSL_set_tlsext_host_name(wire_->tls->native_handle(), url_.host.c_str());
  wire_->tls->set_verify_callback(asio::ssl::host_name_verification(url_.host), ignored);
  wire_->tls->async_handshake(
      asio::ssl::stream_base::client, [self = shared_from_this(), wire = wire_, connected](const ErrorCodeOf& error) {
        if (self->finished_) return;
        if (!error) return connected();
        self->Fail(ErrorCode::kUnavailable, "tls_failed",
                   "no trusted TLS connection to " + self->url_.authority + ": " + error.message());
      });
}

Result<void> ClientCall::OpenUpload() {
  if (request_.upload_file.empty()) return {};
  upload_.reset(std::fopen(request_.upload_file.c_str(), "rb"));
  if (upload_) return {};
  return Error{ErrorCode::kNotFound, "file_missing", "cannot open " + request_.upload_file};
}

void ClientCall::BuildHead() {
  const uint64_t length = upload_ ? FileSize(upload_.get()) : request_.body.size();
  out_ = request_.method + " " + url_.target + " HTTP/1.1\r\nHost: " + url_.authority + "\r\n";
  for (const auto& [name, value] : request_.headers) {
    if (!IsOwned(name)) out_.append(name).append(": ").append(value).append("\r\n");
  }
  if (!request_.headers.Find("User-Agent")) out_ += "User-Agent: greenroom\r\n";
  const bool says_length = length > 0 || (request_.method != "GET" && request_.method != "HEAD");
  if (says_length) out_ += "Content-Length: " + std::to_string(length) + "\r\n";
  out_ += "\r\n";
  if (!upload_ && request_.body.size() <= kPiece) out_ += request_.body;
  body_sent_ = !upload_ && request_.body.size() <= kPiece;
  out_at_ = 0;
}

void ClientCall::Exchange() {
  parser_.emplace(ResponseParserOptions{request_.max_response, request_.method == "HEAD", request_.on_body});
  in_.clear();
  got_bytes_ = written_ = false;
  BuildHead();
  piece_.resize(16u << 10);
  Write();
  Read();
}

void ClientCall::Write() {
  if (out_at_ == out_.size() && !NextUploadPiece()) return;
  wire_->WriteSome(out_.data() + out_at_, out_.size() - out_at_,
                   [self = shared_from_this(), wire = wire_](const ErrorCodeOf& error, size_t count) {
                     // A server that refuses early closes its side: its answer may still be on the way, so the reading
                     // side decides.
                     if (self->finished_ || self->wire_ != wire || error) return;
                     self->out_at_ += count;
                     self->Write();
                   });
}

// False when nothing is left to send.
bool ClientCall::NextUploadPiece() {
  out_at_ = 0;
  out_.clear();
  if (upload_) {
    out_.resize(kPiece);
    out_.resize(std::fread(out_.data(), 1, kPiece, upload_.get()));
  } else if (!body_sent_) {
    out_ = request_.body;
    body_sent_ = true;
  }
  written_ = out_.empty();
  return !written_;
}

void ClientCall::Read() {
  wire_->ReadSome(piece_.data(), piece_.size(),
                  [self = shared_from_this(), wire = wire_](const ErrorCodeOf& error, size_t count) {
                    if (!self->finished_ && self->wire_ == wire) self->OnRead(error, count);
                  });
}

void ClientCall::OnRead(const ErrorCodeOf& error, size_t count) {
  if (error == asio::error::eof) {
    if (!got_bytes_) return OnBroken("the server closed the connection without an answer");
    parser_->FinishAtEnd();
  } else if (error) {
    return OnBroken(error.message());
  }
  got_bytes_ = true;
  std::string_view bytes(piece_.data(), count);
  if (!in_.empty()) {
    in_.append(bytes);
    bytes = in_;
  }
  const size_t used = parser_->Feed(bytes);
  // Bytes after the answer belong to no request: such a connection is not used again.
  const bool exact = used == bytes.size();
  in_ = std::string(bytes.substr(used));
  if (parser_->state() == ResponseParser::State::kFailed) return Finish(parser_->error());
  if (parser_->state() != ResponseParser::State::kComplete) return Read();
  if (!exact || !written_ || !parser_->keep_alive()) wire_->Close();
  Finish(std::move(parser_->response()));
}

bool ClientCall::MayRepeat() const {
  if (!request_.repeat || !reused_ || repeated_ || got_bytes_) return false;
  if (request_.headers.Find("Idempotency-Key")) return true;
  static constexpr std::string_view kIdempotent[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
  return std::find(std::begin(kIdempotent), std::end(kIdempotent), request_.method) != std::end(kIdempotent);
}

void ClientCall::OnBroken(const std::string& why) {
  if (!MayRepeat()) return Fail(ErrorCode::kUnavailable, "bad_response", url_.authority + ": " + why);
  repeated_ = true;
  wire_->Close();
  if (Result<void> opened = OpenUpload(); !opened.ok()) return Finish(std::move(opened).error());
  Connect();
}

void ClientCall::Fail(ErrorCode code, std::string_view reason, std::string message) {
  Finish(Error{code, std::string(reason), std::move(message)});
}

void ClientCall::Finish(Result<HttpClientResponse> result) {
  if (finished_) return;
  const auto self = shared_from_this();
  finished_ = true;
  timer_.cancel();
  resolver_.cancel();
  upload_.reset();
  if (wire_ && !result.ok()) wire_->Close();
  std::shared_ptr<Wire> wire = wire_ && wire_->socket.is_open() ? std::move(wire_) : nullptr;
  wire_.reset();
  loop_.Release(*this, std::move(wire));
  done_(std::move(result));
  done_ = nullptr;
}

}  // namespace greenroom

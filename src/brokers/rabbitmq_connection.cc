#include "brokers/rabbitmq_connection.h"

#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <sys/socket.h>

namespace greenroom {
namespace {

constexpr timeval kConnectLimit = {.tv_sec = 5, .tv_usec = 0};
constexpr timeval kReplyLimit = {.tv_sec = 20, .tv_usec = 0};
constexpr int kFrameBytes = 131072;
constexpr char kSystemAuthorities[] = "/etc/ssl/certs/ca-certificates.crt";

std::string WordsOf(const amqp_method_t& method) {
  if (method.id == AMQP_CHANNEL_CLOSE_METHOD)
    return FromBytes(static_cast<amqp_channel_close_t*>(method.decoded)->reply_text);
  if (method.id == AMQP_CONNECTION_CLOSE_METHOD)
    return FromBytes(static_cast<amqp_connection_close_t*>(method.decoded)->reply_text);
  return "an unexpected answer";
}

}  // namespace

amqp_bytes_t ToBytes(const std::string& text) { return {.len = text.size(), .bytes = const_cast<char*>(text.data())}; }

std::string FromBytes(const amqp_bytes_t& bytes) {
  return bytes.len == 0 ? "" : std::string(static_cast<const char*>(bytes.bytes), bytes.len);
}

void RabbitInterrupt::Fire() {
  fired_ = true;
  MutexLock lock(mutex_);
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

void RabbitInterrupt::Watch(int socket) {
  MutexLock lock(mutex_);
  socket_ = socket;
}

Error RabbitConnection::Fail(ErrorCode code, const std::string& what, const std::string& why) {
  Close();
  if (interrupt_.fired()) return {ErrorCode::kCancelled, "cancelled", "the server stops"};
  return {code, code == ErrorCode::kUnavailable ? "broker_unreachable" : "broker_refused",
          PlaceOf(settings_) + ": " + what + ": " + why};
}

Result<void> RabbitConnection::CheckStatus(int status, const std::string& what) {
  if (status >= 0) return {};
  return Fail(ErrorCode::kUnavailable, what, amqp_error_string2(status));
}

Result<void> RabbitConnection::Check(const amqp_rpc_reply_t& reply, const std::string& what) {
  switch (reply.reply_type) {
    case AMQP_RESPONSE_NORMAL:
      return {};
    case AMQP_RESPONSE_LIBRARY_EXCEPTION:
      return Fail(ErrorCode::kUnavailable, what, amqp_error_string2(reply.library_error));
    case AMQP_RESPONSE_SERVER_EXCEPTION:
      return Fail(ErrorCode::kPermissionDenied, what, WordsOf(reply.reply));
    default:
      return Fail(ErrorCode::kUnavailable, what, "no answer");
  }
}

Result<amqp_socket_t*> RabbitConnection::MakeSocket() {
  const BrokerTls& tls = settings_.tls;
  amqp_socket_t* socket = tls.on ? amqp_ssl_socket_new(state_) : amqp_tcp_socket_new(state_);
  if (!socket) return Fail(ErrorCode::kUnavailable, "opening a socket", "no memory");
  if (!tls.on) return socket;
  amqp_ssl_socket_set_verify_peer(socket, 1);
  amqp_ssl_socket_set_verify_hostname(socket, tls.check_host ? 1 : 0);
  const std::string authorities = tls.ca_file.empty() ? kSystemAuthorities : tls.ca_file;
  GR_TRY(CheckStatus(amqp_ssl_socket_set_cacert(socket, authorities.c_str()),
                     "reading the certificates of authorities " + authorities));
  if (tls.certificate_file.empty()) return socket;
  GR_TRY(CheckStatus(amqp_ssl_socket_set_key(socket, tls.certificate_file.c_str(), tls.key_file.c_str()),
                     "reading the client's certificate " + tls.certificate_file));
  return socket;
}

Result<void> RabbitConnection::Connect(int heartbeat_seconds) {
  GR_ASSIGN(amqp_socket_t * socket, MakeSocket());
  GR_TRY(CheckStatus(amqp_socket_open_noblock(socket, settings_.host.c_str(), settings_.port, &kConnectLimit),
                     "connecting"));
  interrupt_.Watch(amqp_get_sockfd(state_));
  timeval limit = kReplyLimit;
  amqp_set_handshake_timeout(state_, &limit);
  amqp_set_rpc_timeout(state_, &limit);
  GR_TRY(Check(amqp_login(state_, settings_.vhost.c_str(), 0, kFrameBytes, heartbeat_seconds, AMQP_SASL_METHOD_PLAIN,
                          settings_.username.c_str(), settings_.password.c_str()),
               "logging in as " + settings_.username));
  amqp_channel_open(state_, kChannel);
  return Check(amqp_get_rpc_reply(state_), "opening a channel");
}

Result<void> RabbitConnection::Declare() {
  amqp_bytes_t exchange = ToBytes(settings_.exchange);
  amqp_exchange_declare(state_, kChannel, exchange, amqp_cstring_bytes("fanout"), 0, 1, 0, 0, amqp_empty_table);
  GR_TRY(Check(amqp_get_rpc_reply(state_), "declaring the exchange " + settings_.exchange));
  for (const std::string& queue : settings_.queues) {
    amqp_queue_declare(state_, kChannel, ToBytes(queue), 0, 1, 0, 0, amqp_empty_table);
    GR_TRY(Check(amqp_get_rpc_reply(state_), "declaring the queue " + queue));
    amqp_queue_bind(state_, kChannel, ToBytes(queue), exchange, amqp_empty_bytes, amqp_empty_table);
    GR_TRY(Check(amqp_get_rpc_reply(state_), "binding the queue " + queue));
  }
  return {};
}

Result<void> RabbitConnection::Open(int heartbeat_seconds) {
  Close();
  state_ = amqp_new_connection();
  if (!state_ || interrupt_.fired()) return Fail(ErrorCode::kUnavailable, "connecting", "no memory");
  GR_TRY(Connect(heartbeat_seconds));
  return Declare();
}

void RabbitConnection::Close() {
  interrupt_.Watch(-1);
  if (state_) amqp_destroy_connection(state_);
  state_ = nullptr;
}

}  // namespace greenroom

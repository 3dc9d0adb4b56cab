// RabbitConnection: one connection with one channel to RabbitMQ, logged in, with Rasa's exchange and queues declared.
//
//   RabbitConnection connection(settings, interrupt);
//   GR_TRY(connection.Open({.heartbeat_seconds = 30}));
//   ... amqp_...(connection.state(), RabbitConnection::kChannel, ...)
//
// The exchange is a durable fanout, the queues are durable and bound to it: what Rasa's event broker declares, so that
// either may come first. Errors: broker_unreachable; broker_refused, with the broker's words (credentials, permissions,
// a queue of that name with other properties); cancelled. Thread rules: one owner, but RabbitInterrupt from any thread.
#pragma once

#include <amqp.h>

#include <atomic>
#include <string>

#include "base/mutex.h"
#include "brokers/broker_settings.h"

namespace greenroom {

// Ends what blocks on the connection, from another thread.
class RabbitInterrupt {
 public:
  void Fire();
  bool fired() const { return fired_; }
  // The socket of the open connection; -1 before it is closed.
  void Watch(int socket);

 private:
  std::atomic<bool> fired_ = false;
  Mutex mutex_;
  int socket_ GUARDED_BY(mutex_) = -1;
};

class RabbitConnection {
 public:
  static constexpr amqp_channel_t kChannel = 1;

  RabbitConnection(const BrokerSettings& settings, RabbitInterrupt& interrupt)
      : settings_(settings), interrupt_(interrupt) {}
  ~RabbitConnection() { Close(); }
  RabbitConnection(const RabbitConnection&) = delete;
  RabbitConnection& operator=(const RabbitConnection&) = delete;

  // A heartbeat of 0 is for those that do not read while they are idle.
  Result<void> Open(int heartbeat_seconds);
  void Close();
  bool is_open() const { return state_ != nullptr; }
  amqp_connection_state_t state() const { return state_; }

  // What a reply of the library means; status codes (0 = well) likewise. Both close the connection on failure.
  Result<void> Check(const amqp_rpc_reply_t& reply, const std::string& what);
  Result<void> CheckStatus(int status, const std::string& what);

 private:
  Result<void> Connect(int heartbeat_seconds);
  Result<amqp_socket_t*> MakeSocket();
  Result<void> Declare();
  Error Fail(ErrorCode code, const std::string& what, const std::string& why);

  const BrokerSettings& settings_;
  RabbitInterrupt& interrupt_;
  amqp_connection_state_t state_ = nullptr;
};

// Views of the library's texts.
amqp_bytes_t ToBytes(const std::string& text);
std::string FromBytes(const amqp_bytes_t& bytes);

}  // namespace greenroom

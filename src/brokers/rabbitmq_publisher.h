// The EventPublisher on RabbitMQ, as Rasa's `pika` broker publishes: persistent messages to the fanout exchange, with
// the environment as app_id. The stable id stands in message_id, the server in the header `greenroom_server`.
//
// A message counts as confirmed when the broker acknowledges it in confirm mode and has not returned it as belonging to
// no queue. Confirms may come in any order, several at once. Thread rules: as in brokers/broker.h.
#pragma once

#include <map>

#include "brokers/broker.h"
#include "brokers/rabbitmq_connection.h"

namespace greenroom {

// The header that names the server which made an event, for both brokers.
inline constexpr char kServerHeader[] = "greenroom_server";

class RabbitPublisher final : public EventPublisher {
 public:
  explicit RabbitPublisher(BrokerSettings settings, std::chrono::milliseconds confirm_limit = std::chrono::seconds(30))
      : settings_(std::move(settings)), confirm_limit_(confirm_limit), connection_(settings_, interrupt_) {}

  Result<std::vector<Delivery>> Publish(const std::vector<BrokerMessage>& messages) override;
  void Interrupt() override { interrupt_.Fire(); }

 private:
  struct Batch;
  Result<void> Connect();
  Result<void> Send(const BrokerMessage& message);
  Result<void> AwaitConfirms(Batch& batch);
  Result<void> TakeFrame(const amqp_frame_t& frame, Batch& batch);
  Result<void> TakeReturned(const amqp_frame_t& frame, Batch& batch);

  const BrokerSettings settings_;
  const std::chrono::milliseconds confirm_limit_;
  RabbitInterrupt interrupt_;
  RabbitConnection connection_;
  uint64_t next_tag_ = 1;  // of the channel: the broker counts publishings in the same way
};

}  // namespace greenroom

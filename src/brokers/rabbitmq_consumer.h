// The EventConsumer on RabbitMQ: reads the queues of the settings, whose messages stay there until they are settled.
//
// What Rasa servers publish and what ours do. Rejected messages go to the dead letter exchange of their queue when the
// operator gave it one by a policy, otherwise nowhere; they are never queued again. Thread rules: as in
// brokers/broker.h.
#pragma once

#include "brokers/broker.h"
#include "brokers/rabbitmq_connection.h"

namespace greenroom {

class RabbitConsumer final : public EventConsumer {
 public:
  explicit RabbitConsumer(BrokerSettings settings)
      : settings_(std::move(settings)), connection_(settings_, interrupt_) {}

  Result<std::vector<IncomingMessage>> Receive(size_t limit, std::chrono::milliseconds wait) override;
  Result<void> Settle(const std::vector<IncomingMessage>& messages, const std::vector<size_t>& rejected) override;
  void Interrupt() override { interrupt_.Fire(); }

 private:
  Result<void> Connect();

  const BrokerSettings settings_;
  RabbitInterrupt interrupt_;
  RabbitConnection connection_;
};

}  // namespace greenroom

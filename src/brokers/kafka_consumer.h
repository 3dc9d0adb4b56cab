// The EventConsumer on Kafka: a member of the consumer group of the settings. Offsets are committed when a batch is
// settled, rejected messages among them: those stay in the topic, where people can look at them.
//
// A group that is new begins with the oldest message. Thread rules: as in brokers/broker.h.
#pragma once

#include <atomic>

#include "brokers/broker.h"
#include "brokers/kafka_client.h"

namespace greenroom {

class KafkaConsumer final : public EventConsumer {
 public:
  explicit KafkaConsumer(BrokerSettings settings) : settings_(std::move(settings)) {}
  ~KafkaConsumer() override;

  Result<std::vector<IncomingMessage>> Receive(size_t limit, std::chrono::milliseconds wait) override;
  Result<void> Settle(const std::vector<IncomingMessage>& messages, const std::vector<size_t>& rejected) override;
  void Interrupt() override { interrupted_ = true; }

 private:
  Result<void> Connect();
  void Disconnect();

  const BrokerSettings settings_;
  std::atomic<bool> interrupted_ = false;
  KafkaHandle client_;
};

}  // namespace greenroom

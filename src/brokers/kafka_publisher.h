// The EventPublisher on Kafka: an idempotent producer that waits for all replicas in step, with the environment in the
// header RASA_ENVIRONMENT as Rasa's `kafka` broker has it, and the stable id in `greenroom_id`.
//
// With partition_by_sender the conversation is the key, so that its events stay in one partition and so in order;
// without it Kafka spreads them, as it does for Rasa, and order holds only in a topic of one partition.
// A message that is too large for the broker is refused for good. Thread rules: as in brokers/broker.h.
#pragma once

#include <atomic>

#include "brokers/broker.h"
#include "brokers/kafka_client.h"

namespace greenroom {

class KafkaPublisher final : public EventPublisher {
 public:
  explicit KafkaPublisher(BrokerSettings settings, std::chrono::milliseconds confirm_limit = std::chrono::seconds(30))
      : settings_(std::move(settings)), confirm_limit_(confirm_limit) {}

  Result<std::vector<Delivery>> Publish(const std::vector<BrokerMessage>& messages) override;
  void Interrupt() override { interrupted_ = true; }

 private:
  struct Batch;
  Result<void> Connect();
  void Send(const BrokerMessage& message, size_t index, Batch& batch);
  Result<void> AwaitReports(Batch& batch);
  static void Report(rd_kafka_t* client, const rd_kafka_message_t* message, void*);

  const BrokerSettings settings_;
  const std::chrono::milliseconds confirm_limit_;
  std::atomic<bool> interrupted_ = false;
  KafkaHandle client_;
};

}  // namespace greenroom

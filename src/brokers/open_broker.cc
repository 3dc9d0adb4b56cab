#include "brokers/open_broker.h"

#include "brokers/kafka_consumer.h"
#include "brokers/kafka_publisher.h"
#include "brokers/rabbitmq_consumer.h"
#include "brokers/rabbitmq_publisher.h"

namespace greenroom {

std::unique_ptr<EventPublisher> MakePublisher(const BrokerSettings& settings) {
  if (settings.kind == BrokerKind::kKafka) return std::make_unique<KafkaPublisher>(settings);
  return std::make_unique<RabbitPublisher>(settings);
}

std::unique_ptr<EventConsumer> MakeConsumer(const BrokerSettings& settings) {
  if (settings.kind == BrokerKind::kKafka) return std::make_unique<KafkaConsumer>(settings);
  return std::make_unique<RabbitConsumer>(settings);
}

}  // namespace greenroom

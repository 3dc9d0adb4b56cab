// What the publisher and the consumer on Kafka share: owners of the library's objects and the settings of a client.
//
//   KafkaConfig config(settings);
//   config.Set("acks", "all");
//   GR_ASSIGN(KafkaHandle client, config.Open(RD_KAFKA_PRODUCER));
//
// Errors: broker_refused when the library does not take a setting. Thread rules: one owner.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>

#include "brokers/broker_settings.h"

namespace greenroom {

// Names the environment of an event, as Rasa sends it; and the server that made it.
inline constexpr char kEnvironmentHeader[] = "RASA_ENVIRONMENT";
inline constexpr char kKafkaServerHeader[] = "greenroom_server";
inline constexpr char kKafkaIdHeader[] = "greenroom_id";

struct KafkaDestroy {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_conf_t* config) const { rd_kafka_conf_destroy(config); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
};
using KafkaHandle = std::unique_ptr<rd_kafka_t, KafkaDestroy>;
using KafkaMessage = std::unique_ptr<rd_kafka_message_t, KafkaDestroy>;
using KafkaPartitions = std::unique_ptr<rd_kafka_topic_partition_list_t, KafkaDestroy>;

class KafkaConfig {
 public:
  explicit KafkaConfig(const BrokerSettings& settings);

  void Set(const std::string& name, const std::string& value);
  void OnDelivery(void (*report)(rd_kafka_t*, const rd_kafka_message_t*, void*));
  // Ends the use of this object.
  Result<KafkaHandle> Open(rd_kafka_type_t type);

 private:
  std::unique_ptr<rd_kafka_conf_t, KafkaDestroy> config_;
  std::string fault_;  // of the first setting that was not taken
};

Error KafkaError(const BrokerSettings& settings, const std::string& what, const std::string& why);

}  // namespace greenroom

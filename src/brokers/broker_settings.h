// BrokerSettings: where a broker is and how to speak with it, read from `event_broker` or an entry of `event_intake`.
//
//   GR_ASSIGN(BrokerSettings settings, ReadBrokerSettings(endpoints.event_broker, BrokerRole::kSend, variables));
//
// The keys are those that Rasa takes in `event_broker`: for `type: pika` url, port, username, password, queues (or
// queue), exchange_name, connection_attempts, retry_delay_in_seconds, should_keep_unpublished_messages,
// raise_on_failure; for `type: kafka` url (a text or a list), topic, client_id, partition_by_sender, security_protocol,
// sasl_mechanism, sasl_username, sasl_password, ssl_cafile, ssl_certfile, ssl_keyfile, ssl_check_hostname. Ours
// besides: vhost and the ssl_ keys for RabbitMQ, group_id for Kafka, environment for an intake. As with Rasa, files of
// a client's certificate for RabbitMQ also come from RABBITMQ_SSL_CLIENT_CERTIFICATE, RABBITMQ_SSL_CLIENT_KEY,
// RABBITMQ_SSL_CA_FILE. Errors: broker_invalid, which names the key and what may stand there, never a value of a
// secret. Thread rules: pure functions and plain values.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/yaml.h"

namespace greenroom {

enum class BrokerKind { kRabbitMq, kKafka };
enum class BrokerRole { kSend, kReceive };

struct BrokerTls {
  bool on = false;
  std::string ca_file, certificate_file, key_file;
  bool check_host = true;
};

struct BrokerSettings {
  BrokerKind kind = BrokerKind::kRabbitMq;
  std::string username, password;
  BrokerTls tls;
  std::string environment;         // of incoming messages that name none that exists; "" = those are rejected
  std::vector<std::string> notes;  // keys that were read and change nothing here, each with the reason

  std::string host;  // RabbitMQ
  int port = 5672;
  std::string vhost = "/";
  std::string exchange = "rasa-exchange";
  std::vector<std::string> queues;

  std::string servers;  // Kafka: host:port,host:port
  std::string topic = "rasa_core_events";
  std::string client_id;
  std::string group_id = "greenroom";
  std::string security_protocol, sasl_mechanism;
  bool partition_by_sender = false;
};

Result<BrokerSettings> ReadBrokerSettings(const Json& json, BrokerRole role, const VariableLookup& variables);

// Every entry of `event_intake`, a list or a single mapping; none when null.
Result<std::vector<BrokerSettings>> ReadIntakes(const Json& json, const VariableLookup& variables);

// The intake that an installation of Rasa X has in its variables RABBITMQ_HOST, RABBITMQ_PORT, RABBITMQ_USERNAME,
// RABBITMQ_PASSWORD and RABBITMQ_QUEUE, as an entry of `event_intake`; null when RABBITMQ_HOST is not set.
Json IntakeFromVariables(const VariableLookup& variables);

// What may be logged of it: kind, place and queues or topic.
std::string PlaceOf(const BrokerSettings& settings);

}  // namespace greenroom

#include "brokers/kafka_client.h"

#include "base/log.h"

namespace greenroom {
namespace {

// Of the library itself, which would write to standard error.
void TakeLog(const rd_kafka_t*, int level, const char*, const char* text) {
  if (level <= 3) Log(LogLevel::kDebug, "kafka", {{"message", text}});
}

}  // namespace

Error KafkaError(const BrokerSettings& settings, const std::string& what, const std::string& why) {
  return {ErrorCode::kUnavailable, "broker_unreachable", PlaceOf(settings) + ": " + what + ": " + why};
}

KafkaConfig::KafkaConfig(const BrokerSettings& settings) : config_(rd_kafka_conf_new()) {
  rd_kafka_conf_set_log_cb(config_.get(), TakeLog);
  auto set_if = [this](const std::string& name, const std::string& value) {
    if (!value.empty()) Set(name, value);
  };
  Set("bootstrap.servers", settings.servers);
  Set("security.protocol", settings.security_protocol);
  set_if("client.id", settings.client_id);
  if (settings.security_protocol.starts_with("SASL")) {
    Set("sasl.mechanism", settings.sasl_mechanism);
    set_if("sasl.username", settings.username);
    set_if("sasl.password", settings.password);
  }
  if (!settings.security_protocol.ends_with("SSL")) return;
  set_if("ssl.ca.location", settings.tls.ca_file);
  set_if("ssl.certificate.location", settings.tls.certificate_file);
  set_if("ssl.key.location", settings.tls.key_file);
  Set("ssl.endpoint.identification.algorithm", settings.tls.check_host ? "https" : "none");
}

void KafkaConfig::Set(const std::string& name, const std::string& value) {
  char why[512] = "";
  if (rd_kafka_conf_set(config_.get(), name.c_str(), value.c_str(), why, sizeof why) == RD_KAFKA_CONF_OK) return;
  // The library's words may repeat the value, which may be a secret.
  if (fault_.empty()) fault_ = name == "sasl.password" ? "sasl.password is not taken" : why;
}

void KafkaConfig::OnDelivery(void (*report)(rd_kafka_t*, const rd_kafka_message_t*, void*)) {
  rd_kafka_conf_set_dr_msg_cb(config_.get(), report);
}

Result<KafkaHandle> KafkaConfig::Open(rd_kafka_type_t type) {
  auto refused = [](const std::string& why) {
    return Error{ErrorCode::kInvalidArgument, "broker_refused", "the settings of the Kafka broker: " + why};
  };
  if (!fault_.empty()) return refused(fault_);
  char why[512] = "";
  rd_kafka_conf_t* config = config_.release();  // the client's own, once there is one
  KafkaHandle client(rd_kafka_new(type, config, why, sizeof why));
  if (client) return client;
  config_.reset(config);
  return refused(why);
}

}  // namespace greenroom

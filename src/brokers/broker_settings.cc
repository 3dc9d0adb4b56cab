#include "brokers/broker_settings.h"

#include <algorithm>

#include "base/text.h"

namespace greenroom {
namespace {

constexpr char kDefaultQueue[] = "rasa_core_events";

Error Invalid(const std::string& message, const std::string& help) {
  return {ErrorCode::kInvalidArgument, "broker_invalid", message, help};
}

// Reads the keys of one mapping and remembers which there may be.
class Keys {
 public:
  explicit Keys(const Json& json) : json_(json) {}

  const Json* Take(const std::string& key) {
    allowed_.push_back(key);
    const Json* found = json_.Find(key);
    return found && !found->is_null() ? found : nullptr;
  }
  Result<void> Text(const std::string& key, std::string& target) {
    const Json* found = Take(key);
    if (!found) return {};
    if (found->is_int()) return target = std::to_string(found->AsInt()), Result<void>();
    if (!found->is_string()) return Wrong(key, "a text");
    target = found->AsString();
    return {};
  }
  Result<void> Flag(const std::string& key, bool& target) {
    const Json* found = Take(key);
    if (!found) return {};
    // Values that come out of variables are texts.
    std::string text = found->is_string() ? LowerCase(found->AsString()) : "";
    if (found->is_bool())
      target = found->AsBool();
    else if (text == "true" || text == "false")
      target = text == "true";
    else
      return Wrong(key, "true or false");
    return {};
  }
  Result<void> Port(const std::string& key, int& target) {
    const Json* found = Take(key);
    if (!found) return {};
    std::string text = found->is_string() ? found->AsString() : found->is_int() ? std::to_string(found->AsInt()) : "";
    bool digits = !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == std::string::npos;
    int number = digits ? std::stoi(text) : 0;
    if (number < 1 || number > 65535) return Wrong(key, "a number from 1 to 65535");
    target = number;
    return {};
  }
  // One text or a list of texts.
  Result<void> Texts(const std::string& key, std::vector<std::string>& target) {
    const Json* found = Take(key);
    if (!found) return {};
    if (found->is_string()) return target.push_back(found->AsString()), Result<void>();
    if (!found->is_array()) return Wrong(key, "a text or a list of texts");
    for (const Json& one : found->array()) {
      if (!one.is_string() || one.AsString().empty()) return Wrong(key, "a text or a list of texts");
      target.push_back(one.AsString());
    }
    return {};
  }
  void WithoutEffect(const std::string& key, const std::string& why, std::vector<std::string>& notes) {
    if (Take(key)) notes.push_back("`" + key + "` changes nothing: " + why);
  }
  Result<void> NothingElse(const std::string& type) const {
    for (const auto& [key, value] : json_.members()) {
      if (std::find(allowed_.begin(), allowed_.end(), key) != allowed_.end()) continue;
      return Invalid("`" + key + "` is no key of a broker of type `" + type + "`", "it takes " + Join(allowed_, ", "));
    }
    return {};
  }
  static Error Wrong(const std::string& key, const std::string& expected) {
    return Invalid("`" + key + "` of the broker must be " + expected, "correct it in the endpoints file");
  }

 private:
  const Json& json_;
  std::vector<std::string> allowed_;
};

// amqp://user:password@host:port/vhost, or a host alone.
Result<void> TakeRabbitUrl(std::string url, BrokerSettings& settings) {
  if (url.starts_with("amqps://")) settings.tls.on = true, settings.port = 5671;
  if (size_t scheme = url.find("://"); scheme != std::string::npos) {
    if (!url.starts_with("amqp://") && !url.starts_with("amqps://"))
      return Keys::Wrong("url", "a host, or an address that begins with amqp:// or amqps://");
    url = url.substr(scheme + 3);
  }
  if (size_t at = url.rfind('@'); at != std::string::npos) {
    std::string who = url.substr(0, at);
    size_t colon = who.find(':');
    settings.username = who.substr(0, colon);
    if (colon != std::string::npos) settings.password = who.substr(colon + 1);
    url = url.substr(at + 1);
  }
  if (size_t slash = url.find('/'); slash != std::string::npos) {
    if (slash + 1 < url.size()) settings.vhost = url.substr(slash + 1);
    url = url.substr(0, slash);
  }
  // An IPv6 address has colons of its own.
  size_t colon = url.rfind(':');
  if (colon != std::string::npos && (url.find(':') == colon || url[colon - 1] == ']')) {
    Json port = Json::Object({{"url", url.substr(colon + 1)}});
    GR_TRY(Keys(port).Port("url", settings.port));
    url = url.substr(0, colon);
  }
  if (url.size() > 2 && url.front() == '[' && url.back() == ']') url = url.substr(1, url.size() - 2);
  if (url.empty()) return Keys::Wrong("url", "the host of the broker");
  settings.host = url;
  return {};
}

Result<void> TakeTls(Keys& keys, BrokerTls& tls) {
  GR_TRY(keys.Text("ssl_cafile", tls.ca_file));
  GR_TRY(keys.Text("ssl_certfile", tls.certificate_file));
  GR_TRY(keys.Text("ssl_keyfile", tls.key_file));
  GR_TRY(keys.Flag("ssl_check_hostname", tls.check_host));
  if (tls.certificate_file.empty() != tls.key_file.empty())
    return Invalid("a client's certificate needs both `ssl_certfile` and `ssl_keyfile`", "give both, or neither");
  return {};
}

Result<void> ReadRabbit(Keys& keys, const VariableLookup& variables, BrokerSettings& settings) {
  BrokerTls& tls = settings.tls;
  tls.certificate_file = variables("RABBITMQ_SSL_CLIENT_CERTIFICATE").value_or("");
  tls.key_file = variables("RABBITMQ_SSL_CLIENT_KEY").value_or("");
  tls.ca_file = variables("RABBITMQ_SSL_CA_FILE").value_or("");
  GR_TRY(TakeTls(keys, tls));
  tls.on = !tls.ca_file.empty() || !tls.certificate_file.empty();
  std::string url;
  GR_TRY(keys.Text("url", url));
  GR_TRY(TakeRabbitUrl(url, settings));
  GR_TRY(keys.Port("port", settings.port));
  GR_TRY(keys.Text("username", settings.username));
  GR_TRY(keys.Text("password", settings.password));
  GR_TRY(keys.Text("vhost", settings.vhost));
  GR_TRY(keys.Text("exchange_name", settings.exchange));
  GR_TRY(keys.Texts("queues", settings.queues));
  GR_TRY(keys.Texts("queue", settings.queues));
  if (settings.queues.empty()) settings.queues = {kDefaultQueue};
  for (const char* key : {"connection_attempts", "retry_delay_in_seconds"})
    keys.WithoutEffect(key, "a broker that is away is tried again for ever, after pauses of up to a minute",
                       settings.notes);
  for (const char* key : {"should_keep_unpublished_messages", "raise_on_failure"})
    keys.WithoutEffect(key, "what was not published stays on disk and never fails a conversation", settings.notes);
  return {};
}

Result<void> OneOf(const std::string& key, const std::string& value, const std::vector<std::string>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return {};
  return Keys::Wrong(key, "one of " + Join(allowed, ", "));
}

Result<void> ReadKafka(Keys& keys, BrokerSettings& settings) {
  settings.security_protocol = "SASL_PLAINTEXT";
  settings.sasl_mechanism = "PLAIN";
  settings.tls.check_host = false;
  std::vector<std::string> servers;
  GR_TRY(keys.Texts("url", servers));
  settings.servers = Join(servers, ",");
  if (settings.servers.empty()) return Keys::Wrong("url", "host:port of a broker, or a list of them");
  GR_TRY(keys.Text("topic", settings.topic));
  GR_TRY(keys.Text("client_id", settings.client_id));
  GR_TRY(keys.Flag("partition_by_sender", settings.partition_by_sender));
  GR_TRY(keys.Text("sasl_username", settings.username));
  GR_TRY(keys.Text("sasl_password", settings.password));
  GR_TRY(keys.Text("sasl_mechanism", settings.sasl_mechanism));
  GR_TRY(keys.Text("security_protocol", settings.security_protocol));
  GR_TRY(TakeTls(keys, settings.tls));
  keys.WithoutEffect("queue_size", "what waits is on disk", settings.notes);
  GR_TRY(OneOf("security_protocol", settings.security_protocol, {"PLAINTEXT", "SASL_PLAINTEXT", "SSL", "SASL_SSL"}));
  return OneOf("sasl_mechanism", settings.sasl_mechanism, {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"});
}

}  // namespace

Result<BrokerSettings> ReadBrokerSettings(const Json& json, BrokerRole role, const VariableLookup& variables) {
  if (!json.is_object()) return Invalid("the settings of a broker must be a mapping", "begin with `type: pika`");
  Keys keys(json);
  BrokerSettings settings;
  std::string type;
  GR_TRY(keys.Text("type", type));
  if (type != "pika" && type != "kafka") {
    return Invalid("a broker of type `" + type + "` is not served; events go through RabbitMQ or Kafka",
                   "write `type: pika` or `type: kafka`; to read events without a broker use the API's conversations");
  }
  settings.kind = type == "pika" ? BrokerKind::kRabbitMq : BrokerKind::kKafka;
  if (role == BrokerRole::kReceive) {
    GR_TRY(keys.Text("environment", settings.environment));
    if (type == "kafka") GR_TRY(keys.Text("group_id", settings.group_id));
  }
  if (type == "pika") {
    GR_TRY(ReadRabbit(keys, variables, settings));
  } else {
    GR_TRY(ReadKafka(keys, settings));
  }
  GR_TRY(keys.NothingElse(type));
  return settings;
}

Result<std::vector<BrokerSettings>> ReadIntakes(const Json& json, const VariableLookup& variables) {
  std::vector<BrokerSettings> intakes;
  if (json.is_null()) return intakes;
  Json list = json.is_array() ? json : Json::List({json});
  for (const Json& one : list.array()) {
    auto read = ReadBrokerSettings(one, BrokerRole::kReceive, variables);
    if (!read) return std::move(read).error().With("event_intake");
    intakes.push_back(std::move(*read));
  }
  return intakes;
}

Json IntakeFromVariables(const VariableLookup& variables) {
  auto host = variables("RABBITMQ_HOST");
  if (!host || host->empty()) return {};
  auto or_default = [&](const char* name, const char* otherwise) {
    auto value = variables(name);
    return value && !value->empty() ? *value : std::string(otherwise);
  };
  return Json::Object({{"type", "pika"},
                       {"url", *host},
                       {"port", or_default("RABBITMQ_PORT", "5672")},
                       {"username", or_default("RABBITMQ_USERNAME", "user")},
                       {"password", or_default("RABBITMQ_PASSWORD", "")},
                       {"queues", Json::List({or_default("RABBITMQ_QUEUE", "rasa_production_events")})},
                       {"environment", "production"}});
}

std::string PlaceOf(const BrokerSettings& settings) {
  if (settings.kind == BrokerKind::kKafka) return "kafka " + settings.servers + " topic " + settings.topic;
  return "rabbitmq " + settings.host + ":" + std::to_string(settings.port) + " queue " + Join(settings.queues, ",");
}

}  // namespace greenroom

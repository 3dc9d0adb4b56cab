#include "brokers/broker_settings.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

std::optional<std::string> NoVariables(const std::string&) { return std::nullopt; }

Result<BrokerSettings> Read(const std::string& json, BrokerRole role = BrokerRole::kSend) {
  return ReadBrokerSettings(ParseJson(json).value(), role, NoVariables);
}

TEST(BrokerSettings, TakeWhatRasaTakesForRabbitMq) {
  auto read = Read(R"({"type":"pika","url":"rabbit","port":5673,"username":"u","password":"p","queues":["a","b"],
                       "exchange_name":"x","connection_attempts":20})");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->host, "rabbit");
  EXPECT_EQ(read->port, 5673);
  EXPECT_EQ(read->queues, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read->exchange, "x");
  EXPECT_EQ(read->notes.size(), 1u) << "it is said which key changes nothing";
}

TEST(BrokerSettings, HaveTheDefaultsOfRasa) {
  auto rabbit = Read(R"({"type":"pika","url":"rabbit","username":"u","password":"p"})");
  EXPECT_EQ(rabbit->queues, std::vector<std::string>{"rasa_core_events"});
  EXPECT_EQ(rabbit->exchange, "rasa-exchange");
  EXPECT_EQ(rabbit->port, 5672);
  auto kafka = Read(R"({"type":"kafka","url":["one:9092","two:9092"]})");
  EXPECT_EQ(kafka->topic, "rasa_core_events");
  EXPECT_EQ(kafka->servers, "one:9092,two:9092");
  EXPECT_EQ(kafka->security_protocol, "SASL_PLAINTEXT");
  EXPECT_FALSE(kafka->partition_by_sender);
}

TEST(BrokerSettings, AnAddressMayHoldEverything) {
  auto read = Read(R"({"type":"pika","url":"amqps://u:secret@rabbit:5999/talks"})");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->host, "rabbit");
  EXPECT_EQ(read->port, 5999);
  EXPECT_EQ(read->vhost, "talks");
  EXPECT_EQ(read->username, "u");
  EXPECT_EQ(read->password, "secret");
  EXPECT_TRUE(read->tls.on);
  EXPECT_EQ(PlaceOf(*read).find("secret"), std::string::npos);
}

TEST(BrokerSettings, AnUnknownKeyIsAnErrorThatNamesThoseThereAre) {
  auto read = Read(R"({"type":"pika","url":"rabbit","pasword":"secret"})");
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().message.find("`pasword`"), std::string::npos);
  EXPECT_NE(read.error().help.find("password"), std::string::npos);
  EXPECT_EQ((read.error().message + read.error().help).find("secret"), std::string::npos);
}

TEST(BrokerSettings, OtherTypesAreRefusedWithTheWayOut) {
  for (const char* type : {R"({"type":"sql"})", R"({"type":"file"})", R"({})", R"({"type":"mine.Broker"})"}) {
    auto read = Read(type);
    ASSERT_FALSE(read.ok()) << type;
    EXPECT_EQ(read.error().reason, "broker_invalid");
    EXPECT_NE(read.error().help.find("type: kafka"), std::string::npos);
  }
}

TEST(BrokerSettings, WrongValuesAreErrors) {
  for (const char* json : {R"({"type":"pika"})", R"({"type":"pika","url":"r","port":70000})",
                           R"({"type":"pika","url":"http://r"})", R"({"type":"pika","url":"r","queues":[1]})",
                           R"({"type":"kafka"})", R"({"type":"kafka","url":"k","security_protocol":"NONE"})",
                           R"({"type":"kafka","url":"k","sasl_mechanism":"MAGIC"})",
                           R"({"type":"kafka","url":"k","partition_by_sender":"perhaps"})",
                           R"({"type":"kafka","url":"k","ssl_certfile":"c"})", R"([])"}) {
    auto read = Read(json);
    EXPECT_FALSE(read.ok()) << json;
  }
}

TEST(BrokerSettings, OnlyAnIntakeHasAnEnvironment) {
  EXPECT_EQ(Read(R"({"type":"pika","url":"r","environment":"staging"})", BrokerRole::kReceive)->environment, "staging");
  EXPECT_FALSE(Read(R"({"type":"pika","url":"r","environment":"staging"})").ok());
}

TEST(BrokerSettings, TheVariablesOfRasaXAreAnIntake) {
  EXPECT_TRUE(IntakeFromVariables(NoVariables).is_null());
  auto variables = [](const std::string& name) -> std::optional<std::string> {
    if (name == "RABBITMQ_HOST") return "rabbit";
    if (name == "RABBITMQ_PASSWORD") return "secret";
    return std::nullopt;
  };
  auto read = ReadBrokerSettings(IntakeFromVariables(variables), BrokerRole::kReceive, variables);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->host, "rabbit");
  EXPECT_EQ(read->password, "secret");
  EXPECT_EQ(read->queues, std::vector<std::string>{"rasa_production_events"});
}

TEST(BrokerSettings, SeveralIntakesMayBeNamed) {
  Json list = ParseJson(R"([{"type":"pika","url":"r"},{"type":"kafka","url":"k"}])").value();
  EXPECT_EQ(ReadIntakes(list, NoVariables)->size(), 2u);
  EXPECT_TRUE(ReadIntakes({}, NoVariables)->empty());
  EXPECT_FALSE(ReadIntakes("rabbit", NoVariables).ok());
}

}  // namespace
}  // namespace greenroom

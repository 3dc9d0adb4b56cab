#include "brokers/event_message.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

OutboxEvent Said(const std::string& text) {
  UserUttered user{.text = text, .parse = {.text = text, .intent = {.name = "faq", .confidence = 0.5}}};
  user.parse.response_selector =
      std::move(
          ParseJson(R"({"all_retrieval_intents":["faq"],"default":{"response":{"intent_response_key":"faq/hours"}}})"))
          .value();
  return {.key = {.environment = "production", .conversation = "anna"},
          .stored = {.seq = 7, .event = {.body = std::move(user), .timestamp = 12.5}}};
}

IncomingMessage Came(const std::string& body) { return {.environment = "production", .body = body}; }

TEST(EventMessage, IsTheEventOfRasaWithTheSenderInFront) {
  OutboxEvent event{
      .key = {.environment = "staging", .conversation = "anna"},
      .stored = {.seq = 3, .event = {.body = SlotSet{.name = "city", .value = "Rome"}, .timestamp = 2.5}}};
  BrokerMessage message = MakeMessage(event, "server-1");
  EXPECT_EQ(message.id, "default/staging/anna/3");
  EXPECT_EQ(message.key, "anna");
  EXPECT_EQ(message.environment, "staging");
  EXPECT_TRUE(message.body.starts_with(R"({"sender_id":"anna","event":"slot","timestamp":2.5)")) << message.body;
}

TEST(EventMessage, ARetrievalIntentCarriesItsFullName) {
  Json body = ParseJson(MakeMessage(Said("when"), "s").body).value();
  EXPECT_EQ(body["parse_data"]["intent"]["full_retrieval_intent_name"].AsString(), "faq/hours");
}

TEST(EventMessage, AnIdThatIsTooLongForABrokerBecomesADigest) {
  OutboxEvent event = Said("when");
  event.key.conversation = std::string(255, 'a');
  BrokerMessage message = MakeMessage(event, "s");
  EXPECT_TRUE(message.id.starts_with("sha256/"));
  EXPECT_LE(message.id.size(), 255u);
}

TEST(EventMessage, WhatGoesOutComesInAsTheSameEvent) {
  BrokerMessage sent = MakeMessage(Said("when"), "server-1");
  auto read = ReadMessage({.id = sent.id, .environment = "production", .server = "server-1", .body = sent.body});
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->conversation, "anna");
  EXPECT_EQ(read->number, 0);
  EXPECT_EQ(read->event.As<UserUttered>()->text, "when");
  EXPECT_EQ(read->event.timestamp, 12.5);
}

TEST(EventMessage, ARedeliveryHasTheSameIdAndAnotherEventAnotherOne) {
  std::string one = R"({"sender_id":"a","event":"slot","timestamp":1.5,"name":"n","value":1})";
  std::string two = R"({"sender_id":"a","event":"slot","timestamp":1.6,"name":"n","value":1})";
  EXPECT_EQ(ReadMessage(Came(one))->id, ReadMessage(Came(one))->id);
  EXPECT_NE(ReadMessage(Came(one))->id, ReadMessage(Came(two))->id);
}

TEST(EventMessage, AConversationThatBeganAnewCountsAsOther) {
  auto id = [](const std::string& body) {
    return ReadMessage({.id = "default/production/a/1", .server = "s", .body = body})->id;
  };
  EXPECT_NE(id(R"({"sender_id":"a","event":"restart","timestamp":1})"),
            id(R"({"sender_id":"a","event":"restart","timestamp":2})"));
  EXPECT_EQ(id(R"({"sender_id":"a","event":"restart","timestamp":1})"),
            id(R"({"sender_id":"a", "event":"restart","timestamp":1, "metadata": {}})"));
}

TEST(EventMessage, PoisonIsAnErrorWithAReason) {
  auto reason = [](const std::string& body) {
    auto read = ReadMessage(Came(body));
    return read ? "taken" : read.error().reason;
  };
  EXPECT_NE(reason("no json"), "taken");
  EXPECT_NE(reason(""), "taken");
  EXPECT_EQ(reason("[]"), "sender_missing");
  EXPECT_EQ(reason(R"({"event":"restart"})"), "sender_missing");
  EXPECT_EQ(reason(R"({"sender_id":5,"event":"restart"})"), "sender_missing");
  EXPECT_EQ(reason(R"({"sender_id":"a","event":"explosion"})"), "event_type_unknown");
  EXPECT_EQ(reason(R"({"sender_id":"a"})"), "event_malformed");
  EXPECT_EQ(reason(std::string(kMaxIncomingBytes + 1, ' ')), "message_too_large");
}

}  // namespace
}  // namespace greenroom

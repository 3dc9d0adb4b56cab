#include <gtest/gtest.h>

#include "conversation/event.h"

namespace greenroom {
namespace {

Json Read(std::string_view text) {
  Result<Json> json = ParseJson(text);
  EXPECT_TRUE(json.ok()) << text;
  return json.ok() ? *json : Json();
}

Json ThroughEvent(std::string_view text) {
  Result<Event> event = EventFromJson(Read(text));
  EXPECT_TRUE(event.ok()) << text;
  return event.ok() ? EventToJson(*event) : Json();
}

std::string ReasonFor(std::string_view text) {
  Result<Event> event = EventFromJson(Read(text));
  return event.ok() ? "" : event.error().reason;
}

class EveryKindOfEvent : public testing::TestWithParam<const char*> {};

TEST_P(EveryKindOfEvent, ComesBackFromJsonAsItWas) {
  Json given = Read(GetParam());
  Result<Event> event = EventFromJson(given);
  ASSERT_TRUE(event.ok()) << event.error().message;
  EXPECT_EQ(EventTypeName(*event), given["event"].AsString());
  EXPECT_EQ(EventToJson(*event).Dump(), given.Dump());
}

INSTANTIATE_TEST_SUITE_P(
    Codec, EveryKindOfEvent,
    testing::Values(
        R"({"event":"bot","timestamp":2.5,"metadata":{"utter_action":"utter_hi"},"text":"Hi","data":{"elements":null,"quick_replies":null,"buttons":[{"title":"a","payload":"/a"}],"attachment":null,"image":null,"custom":null}})",
        R"({"event":"action","timestamp":2.5,"name":"utter_hi","policy":"RulePolicy","confidence":0.5,"action_text":null,"hide_rule_turn":true})",
        R"({"event":"action","timestamp":2.5,"name":null,"policy":null,"confidence":null,"action_text":"Hi there","hide_rule_turn":false})",
        R"({"event":"slot","timestamp":2.5,"metadata":{"model_id":"m"},"name":"city","value":["Rome",1,null]})",
        R"({"event":"entities","timestamp":2.5,"entities":[{"entity":"city","start":3,"end":7,"confidence_entity":0.5,"role":"from","group":"1","value":"Rome","extractor":"E","processors":["S"],"note":1}]})",
        R"({"event":"user_featurization","timestamp":2.5,"use_text_for_featurization":false})",
        R"({"event":"active_loop","timestamp":2.5,"name":"pizza_form"})",
        R"({"event":"active_loop","timestamp":2.5,"name":null})",
        R"({"event":"loop_interrupted","timestamp":2.5,"is_interrupted":true})",
        R"({"event":"action_execution_rejected","timestamp":2.5,"name":"pizza_form","policy":"RulePolicy","confidence":1.0})",
        R"({"event":"reminder","timestamp":2.5,"intent":"wake","date_time":"2999-01-01T00:00:00","entities":null,"name":"n","kill_on_user_msg":false})",
        R"({"event":"cancel_reminder","timestamp":2.5,"intent":"wake"})",
        R"({"event":"followup","timestamp":2.5,"name":"utter_hi"})", R"({"event":"restart","timestamp":2.5})",
        R"({"event":"session_started","timestamp":2.5})", R"({"event":"reset_slots","timestamp":2.5})",
        R"({"event":"rewind","timestamp":2.5})", R"({"event":"undo","timestamp":2.5})",
        R"({"event":"pause","timestamp":2.5})", R"({"event":"resume","timestamp":2.5})",
        R"({"event":"export","timestamp":2.5})",
        R"({"event":"agent","timestamp":2.5,"text":"A person here","data":{"a":1}})",
        R"({"event":"action_failed","timestamp":2.5,"name":"action_x","reason":"action_timeout","message":"no answer"})",
        R"({"event":"user","timestamp":2.5,"metadata":{},"text":"hi Rome","parse_data":{"text":"hi Rome","intent":{"name":"greet","confidence":0.5,"full_retrieval_intent_name":null},"entities":[],"text_tokens":[[0,2],[3,7]],"intent_ranking":[{"name":"greet","confidence":0.5}],"response_selector":{"all_retrieval_intents":[]},"message_id":"1","metadata":{}},"input_channel":"rest","message_id":"1"})"));

TEST(EventCodec, AMessageShowsItsIdAndSentMetadataInItsParseData) {
  Event event{.body = UserUttered{.text = "hi",
                                  .parse = {.text = "hi", .intent = {"greet", 1.0}},
                                  .input_channel = "rest",
                                  .message_id = "m1"},
              .timestamp = 1,
              .metadata = Json::Object({{"from", "web"}, {"model_id", "x"}, {"assistant_id", "y"}})};
  const Json json = EventToJson(event);
  EXPECT_EQ(json["parse_data"]["message_id"].AsString(), "m1");
  EXPECT_EQ(json["parse_data"]["metadata"].Dump(), R"({"from":"web"})");
  EXPECT_EQ(json["metadata"]["model_id"].AsString(), "x");
}

TEST(EventCodec, AnIntentIsEmptyUntilSomebodyLooked) {
  EXPECT_EQ(EventToJson({.body = UserUttered{}})["parse_data"].Dump(),
            R"({"text":null,"intent":{},"entities":[],"message_id":null,"metadata":{}})");
  EXPECT_EQ(ParseToJson({.text = "x", .intent = {"", 0.0}})["intent"].Dump(), R"({"name":null,"confidence":0.0})");
}

TEST(EventCodec, ABotMessageHasSixKindsOfData) {
  const Json json = EventToJson({.body = BotUttered{.text = "Hi", .data = Json::Object({{"image", "a.png"}})}});
  EXPECT_EQ(json["data"].Dump(),
            R"({"elements":null,"quick_replies":null,"buttons":null,"attachment":null,"image":"a.png","custom":null})");
  EXPECT_EQ(EventToJson({.body = BotUttered{.text = "Hi"}})["data"].size(), 6u);
}

TEST(EventCodec, ABotMessageAppendedWithoutDataHasNone) {
  const Json json = ThroughEvent(R"({"event":"bot","text":"from outside"})");
  EXPECT_EQ(json["data"].Dump(), "{}");
  EXPECT_TRUE(json["metadata"].is_object());
}

TEST(EventCodec, AnEntityOutsideTheTextHasNoOffsets) {
  Json entity = Read(R"({"entity":"PERSON","value":"Bob"})");
  EXPECT_EQ(EntityToJson(EntityFromJson(entity)), entity);
}

TEST(EventCodec, UnstampedEventsHaveNoTime) {
  EXPECT_TRUE(ThroughEvent(R"({"event":"restart","timestamp":null})")["timestamp"].is_null());
}

TEST(EventCodec, OldNamesOfLoopEventsAreUnderstood) {
  EXPECT_EQ(ThroughEvent(R"({"event":"form","timestamp":1.0,"name":"f"})").Dump(),
            R"({"event":"active_loop","timestamp":1.0,"name":"f"})");
  EXPECT_EQ(ThroughEvent(R"({"event":"form_validation","timestamp":1.0,"validate":false})").Dump(),
            R"({"event":"loop_interrupted","timestamp":1.0,"is_interrupted":true})");
}

TEST(EventCodec, ExtraMembersAreIgnored) {
  EXPECT_EQ(ThroughEvent(R"({"event":"slot","timestamp":1.0,"name":"a","value":1,"sender_id":"u"})").Find("sender_id"),
            nullptr);
}

TEST(EventCodec, WhatIsNoEventIsRefused) {
  EXPECT_EQ(ReasonFor(R"({"event":"teleport"})"), "event_type_unknown");
  EXPECT_EQ(ReasonFor(R"({"name":"slot"})"), "event_malformed");
  EXPECT_EQ(ReasonFor("[]"), "event_malformed");
  EXPECT_EQ(ReasonFor(R"({"event":"slot","value":1})"), "event_malformed");
  EXPECT_EQ(ReasonFor(R"({"event":"followup"})"), "event_malformed");
  EXPECT_EQ(ReasonFor(R"({"event":"action"})"), "event_malformed");
  EXPECT_EQ(ReasonFor(R"({"event":"restart","timestamp":"noon"})"), "event_malformed");
}

}  // namespace
}  // namespace greenroom

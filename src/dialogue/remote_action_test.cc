#include "dialogue/remote_action.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

CallAnswer Ok(std::string_view body) {
  Result<Json> json = ParseJson(body);
  EXPECT_TRUE(json.ok()) << body;
  return {.status = 200, .body = json.ok() ? std::move(json).value() : Json()};
}

Tracker NewTracker() { return Tracker(std::make_shared<SlotTable>(SlotTable{{.name = "price"}}), "u1"); }

std::vector<std::string> Keys(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.members()) keys.push_back(key);
  return keys;
}

TEST(MakeActionRequest, HoldsWhatActionServersExpect) {
  Tracker tracker = NewTracker();
  tracker.Apply({.body = SlotSet{.name = "price", .value = 3}, .timestamp = 5});
  Json request = MakeActionRequest("action_buy", tracker);
  EXPECT_EQ(Keys(request), (std::vector<std::string>{"next_action", "sender_id", "tracker", "version"}));
  EXPECT_EQ(request["next_action"].AsString(), "action_buy");
  EXPECT_EQ(request["sender_id"].AsString(), "u1");
  EXPECT_EQ(request["tracker"]["slots"]["price"].AsInt(), 3);
  EXPECT_EQ(request["tracker"]["events"].size(), 1u);
}

TEST(TurnCall, SendsTheDomainOfItsModelAsItWasWritten) {
  TurnCall call{.action = "action_buy", .request = MakeActionRequest("action_buy", NewTracker())};
  EXPECT_EQ(call.Body(), call.request.Dump());
  call.domain = std::make_shared<const std::string>(Domain().ToJson().Dump());
  Result<Json> body = ParseJson(call.Body());
  ASSERT_TRUE(body.ok()) << body.error().message;
  EXPECT_EQ(Keys(*body), (std::vector<std::string>{"next_action", "sender_id", "tracker", "version", "domain"}));
  EXPECT_EQ((*body)["domain"], Domain().ToJson());
  call.request = Json::Object();
  EXPECT_TRUE(ParseJson(call.Body()).ok());
}

TEST(ReadActionReply, ReadsEventsAndResponses) {
  ActionReply reply =
      ReadActionReply(Ok(R"({"events": [{"event": "slot", "timestamp": null, "name": "x", "value": 1, "ripe": true}],
      "responses": [{"text": "ok", "template": null}]})"));
  EXPECT_EQ(reply.failure, "");
  ASSERT_EQ(reply.events.size(), 1u);
  ASSERT_NE(reply.events[0].As<SlotSet>(), nullptr);
  EXPECT_EQ(reply.events[0].As<SlotSet>()->name, "x");
  ASSERT_EQ(reply.responses.size(), 1u);
  EXPECT_EQ(reply.responses[0]["text"].AsString(), "ok");
}

TEST(ReadActionReply, KeepsTheDateOfAReminderInOneForm) {
  ActionReply reply = ReadActionReply(
      Ok(R"({"events": [{"event": "reminder", "intent": "ring", "name": "n", "date_time": "Feb 3 2001 4pm"}]})"));
  ASSERT_EQ(reply.events.size(), 1u) << reply.message;
  EXPECT_EQ(reply.events[0].As<ReminderScheduled>()->date_time, "2001-02-03T16:00:00");
}

TEST(ReadActionReply, AcceptsRepliesThatLeaveOutTheirLists) {
  EXPECT_EQ(ReadActionReply(Ok("{}")).failure, "");
  EXPECT_EQ(ReadActionReply(Ok(R"({"responses": []})")).failure, "");
}

TEST(ReadActionReply, ReadsStatus400AsARejection) {
  ActionReply reply =
      ReadActionReply({.status = 400, .body = Json::Object({{"error", "not now"}, {"action_name", "other"}})});
  EXPECT_TRUE(reply.rejected);
  EXPECT_EQ(reply.failure, "");
  EXPECT_EQ(reply.message, "not now");
}

TEST(ReadActionReply, LosesTheWholeReplyWhenOnePartIsMalformed) {
  const char* bodies[] = {
      R"({"events": [{"event": "slot", "name": "x", "value": 1}, {"event": "sold"}]})",
      R"({"events": [{"event": "slot", "name": "x", "value": 1}, {"event": "slot", "name": "y"}]})",
      R"({"events": [{"event": "slot", "name": "x", "value": 1, "timestamp": "now"}]})",
      R"({"events": [{"event": "slot", "name": 5, "value": 1}]})",
      R"({"events": [{"name": "x", "value": 1}]})",
      R"({"events": [{"event": "slot", "name": "x", "value": 1}, {"event": "action"}]})",
      R"({"events": [{"event": "slot", "name": "x", "value": 1}, {"event": "reminder", "intent": "buy"}]})",
      R"({"events": [{"event": "slot", "name": "x", "value": 1},
                     {"event": "reminder", "intent": "buy", "date_time": "some day"}]})",
      R"({"events": [{"event": "entities", "entities": [{"value": "toad"}]}]})",
      R"({"events": [{"event": "user", "text": "hi", "parse_data": {"entities": [{"entity": "animal"}]}}]})",
      R"({"events": [{"event": "user", "text": "hi"}]})",
      R"({"events": {"event": "slot", "name": "x", "value": 1}})",
      R"({"events": null, "responses": [{"text": "lost"}]})",
      R"({"events": [], "responses": {"text": "lost"}})",
      R"({"events": [{"event": "slot", "name": "x", "value": 1}], "responses": ["lost"]})",
      R"("text")",
  };
  for (const char* body : bodies) {
    ActionReply reply = ReadActionReply(Ok(body));
    EXPECT_EQ(reply.failure, "action_reply_malformed") << body;
    EXPECT_TRUE(reply.events.empty() && reply.responses.empty()) << body;
    EXPECT_FALSE(reply.rejected) << body;
  }
}

TEST(ReadActionReply, NamesWhyThereIsNoUsableAnswer) {
  EXPECT_EQ(ReadActionReply({.failure = "timeout"}).failure, "timeout");
  EXPECT_EQ(ReadActionReply({.status = 404}).failure, "action_not_found");
  EXPECT_EQ(ReadActionReply({.status = 500}).failure, "action_server_status");
  EXPECT_EQ(ReadActionReply({.status = 204}).failure, "action_server_status");
}

TEST(MakeNlgRequest, HoldsWhatNlgServersExpect) {
  Json request = MakeNlgRequest("utter_hi", std::nullopt, NewTracker(), "rest");
  EXPECT_EQ(Keys(request), (std::vector<std::string>{"response", "id", "arguments", "tracker", "channel"}));
  EXPECT_TRUE(request["id"].is_null());
  EXPECT_EQ(request["channel"].Dump(), R"({"name":"rest"})");
  EXPECT_EQ(MakeNlgRequest("utter_hi", "i1", NewTracker(), "rest")["id"].AsString(), "i1");
}

TEST(ReadNlgReply, ReadsOneMessageAsItIs) {
  auto message =
      ReadNlgReply(Ok(R"({"text": "from nlg", "buttons": [], "image": null, "elements": [], "attachment": null})"));
  ASSERT_TRUE(message.ok() && *message);
  EXPECT_EQ((*message)->text, "from nlg");
  EXPECT_EQ((*message)->data.Dump(),
            R"({"elements":[],"quick_replies":null,"buttons":[],"attachment":null,"image":null,"custom":null})");
}

TEST(ReadNlgReply, SaysNothingForAnEmptyObject) {
  auto message = ReadNlgReply(Ok("{}"));
  ASSERT_TRUE(message.ok());
  EXPECT_FALSE(message->has_value());
}

TEST(ReadNlgReply, FailsOnOtherShapesStatusesAndSilence) {
  EXPECT_EQ(ReadNlgReply(Ok("null")).error().reason, "nlg_reply_malformed");
  EXPECT_EQ(ReadNlgReply(Ok("[]")).error().reason, "nlg_reply_malformed");
  EXPECT_EQ(ReadNlgReply(Ok(R"({"text": 5})")).error().reason, "nlg_reply_malformed");
  EXPECT_EQ(ReadNlgReply({.status = 500}).error().reason, "nlg_server_status");
  EXPECT_EQ(ReadNlgReply({.failure = "timeout"}).error().reason, "timeout");
}

TEST(CallAnswer, ComesBackFromJsonAsItWas) {
  const CallAnswer lost{.failure = "timeout"};
  const CallAnswer back = CallAnswer::FromJson(lost.ToJson());
  EXPECT_EQ(back.status, 0);
  EXPECT_TRUE(back.body.is_null());
  EXPECT_EQ(back.failure, "timeout");
  const CallAnswer ok = CallAnswer::FromJson(Ok(R"({"events": []})").ToJson());
  EXPECT_EQ(ok.status, 200);
  EXPECT_EQ(ok.body.Dump(), R"({"events":[]})");
}

TEST(ReadActionReply, KeepsEveryDigitOfLargeIntegers) {
  ActionReply reply =
      ReadActionReply(Ok(R"({"events": [{"event": "slot", "name": "order", "value": 12345678901234567890}]})"));
  ASSERT_EQ(reply.events.size(), 1u);
  EXPECT_EQ(reply.events[0].As<SlotSet>()->value.Dump(), "12345678901234567890");
}

TEST(ParseForTurn, TakesAGivenParseAndStripsBlanksOtherwise) {
  EXPECT_EQ(ParseForTurn({}, {.text = "x", .parse = Parse{.text = "given", .intent = {.name = "greet"}}}).intent.name,
            "greet");
  EXPECT_EQ(ParseForTurn({}, {.text = "  hi\n"}).text, "hi");
}

}  // namespace
}  // namespace greenroom

#include <gtest/gtest.h>

#include "dialogue/turn_fixture.h"

namespace greenroom {
namespace {

constexpr const char* kDomain = R"(
version: "3.1"
intents: [greet, price, loop, chat, bye]
entities: [room]
slots:
  room: {type: text, influence_conversation: false, mappings: [{type: from_entity, entity: room}]}
responses:
  utter_greet: [{text: "Hello!"}]
  utter_bye: [{text: "Bye, {room}."}]
  utter_broken: [{text: "A lone { brace"}]
  utter_default: [{text: "Pardon?"}]
  utter_loop: [{text: "Again."}]
actions: [action_price]
)";

constexpr const char* kRules = R"(
version: "3.1"
rules:
  - rule: greet
    steps: [{intent: greet}, {action: utter_greet}]
  - rule: price
    steps: [{intent: price}, {action: action_price}, {action: utter_bye}]
  - rule: bye
    steps: [{intent: bye}, {action: utter_broken}, {action: utter_bye}]
)";

TEST(Turn, TheFirstMessageOpensASessionAndIsAnswered) {
  Conversation talk(kDomain, kRules);
  EXPECT_EQ(talk.Say("/greet"), "Hello!");
  EXPECT_EQ(talk.Happened(),
            "action_session_start, session_started, action_listen, user, utter_greet, bot, action_listen");
  EXPECT_EQ(talk.Say("/greet"), "Hello!");
  EXPECT_EQ(talk.Happened(), "user, utter_greet, bot, action_listen");
}

TEST(Turn, EventsAreStampedInOrderAndMessagesNameTheModel) {
  Conversation talk(kDomain, kRules);
  talk.Say("/greet");
  double last = 0;
  for (const Event& event : talk.last().events) {
    EXPECT_GT(event.timestamp, last);
    last = event.timestamp;
    if (event.As<BotUttered>() == nullptr && event.As<UserUttered>() == nullptr) continue;
    EXPECT_EQ(event.metadata["model_id"].AsString(), "d1");
    EXPECT_EQ(event.metadata["assistant_id"].AsString(), "a1");
  }
}

TEST(Turn, ACustomActionSuspendsTheTurnAndItsAnswerResumesIt) {
  Conversation talk(kDomain, kRules);
  const TurnInput input = talk.InputFor(talk.MessageOf("/price{\"room\": \"attic\"}"));
  const TurnProgress waiting = RunTurn(talk.model(), input, {});
  ASSERT_TRUE(waiting.call.has_value());
  EXPECT_EQ(waiting.call->action, "action_price");
  EXPECT_EQ(waiting.call->step, 0);
  EXPECT_EQ(waiting.call->request["tracker"]["slots"]["room"].AsString(), "attic");
  CallAnswer answer{.status = 200,
                    .body = Json::Object({{"responses", Json::List({Json::Object({{"text", "90 a night."}})})}})};
  const TurnProgress done = RunTurn(talk.model(), input, {answer});
  ASSERT_FALSE(done.call.has_value());
  ASSERT_EQ(done.messages.size(), 2u);
  EXPECT_EQ(done.messages[0].text, "90 a night.");
  EXPECT_EQ(done.messages[1].text, "Bye, attic.");
}

TEST(Turn, TheSameInputAndAnswersGiveTheSameTurn) {
  Conversation talk(kDomain, kRules);
  const TurnInput input = talk.InputFor(talk.MessageOf("/greet"));
  const TurnProgress first = RunTurn(talk.model(), input, {});
  const TurnProgress second = RunTurn(talk.model(), input, {});
  ASSERT_EQ(first.events.size(), second.events.size());
  for (size_t i = 0; i < first.events.size(); ++i)
    EXPECT_EQ(EventToJson(first.events[i]).Dump(), EventToJson(second.events[i]).Dump());
}

TEST(Turn, AFailedActionIsOnTheRecordAndTheConversationGoesOn) {
  Conversation talk(kDomain, kRules);
  talk.Say("/greet");
  EXPECT_EQ(talk.Say("/price"), "Bye, None.");
  EXPECT_EQ(talk.Happened(), "user, action_price, failed action_price connect_failed, utter_bye, bot, action_listen");
  EXPECT_EQ(talk.last().warnings.size(), 1u);
}

TEST(Turn, WithoutAnActionEndpointNobodyIsCalled) {
  Conversation talk(kDomain, kRules);
  talk.settings().has_action_endpoint = false;
  talk.Say("/price");
  EXPECT_NE(talk.Happened().find("failed action_price no_action_endpoint"), std::string::npos);
  EXPECT_TRUE(talk.server().calls().empty());
}

TEST(Turn, AnActionThatDeclaresItselfUnableIsRejected) {
  Conversation talk(kDomain, kRules);
  talk.server().Replies("action_price", R"({"error": "no", "action_name": "other"})", 400);
  talk.Say("/greet");
  talk.Say("/price");
  EXPECT_EQ(talk.Happened().rfind("user, rejected action_price", 0), 0u) << talk.Happened();
}

TEST(Turn, ABrokenTextFailsItsActionOnly) {
  Conversation talk(kDomain, kRules);
  EXPECT_EQ(talk.Say("/bye{\"room\": \"cellar\"}"), "Bye, cellar.");
  EXPECT_NE(talk.Happened().find("failed utter_broken response_template_broken"), std::string::npos);
}

TEST(Turn, AMessageThatNobodyExpectsIsUndone) {
  Conversation talk(kDomain, kRules);
  talk.Say("/greet");
  EXPECT_EQ(talk.Say("whatever"), "Pardon?");
  EXPECT_EQ(talk.Happened(), "user, action_default_fallback, bot, rewind, action_listen");
}

TEST(Turn, EndlessActionsEndWithAListenAndAWarning) {
  Conversation talk(kDomain, R"(
version: "3.1"
rules:
  - rule: loop
    steps: [{intent: loop}, {action: action_price}]
)");
  talk.server().Replies("action_price", R"({"events": [{"event": "followup", "name": "action_price"}]})");
  talk.Say("/loop");
  ASSERT_EQ(talk.last().warnings.size(), 1u);
  EXPECT_EQ(talk.server().calls().size(), 10u);
  EXPECT_EQ(talk.tracker().latest_action()->name, "action_listen");
}

TEST(Turn, AnActionThatTakesItselfBackForEverEndsTheTurn) {
  Conversation talk(kDomain, kRules);
  talk.server().Replies("action_price", R"({"events": [{"event": "undo"}]})");
  talk.Say("/price");
  ASSERT_EQ(talk.last().warnings.size(), 1u);
  EXPECT_EQ(talk.server().calls().size(), 10u);
  EXPECT_EQ(talk.tracker().latest_action()->name, "action_listen");
}

TEST(Turn, APausedConversationRecordsMessagesAndSaysNothing) {
  Conversation talk(kDomain, kRules);
  talk.Say("/greet");
  talk.Append({.body = ConversationPaused{}});
  EXPECT_EQ(talk.Say("/greet"), "");
  EXPECT_EQ(talk.Happened(), "user");
  talk.Append({.body = ConversationResumed{}});
  EXPECT_EQ(talk.Say("/greet"), "Hello!");
}

TEST(Turn, ARestartForgetsAndOpensANewSession) {
  Conversation talk(kDomain, kRules);
  talk.Say("/greet{\"room\": \"attic\"}");
  EXPECT_EQ(talk.Say("/restart"), "");
  EXPECT_EQ(talk.Happened(), "user, action_restart, restart, action_session_start, session_started, action_listen");
  EXPECT_EQ(talk.Slot("room"), "null");
}

TEST(Turn, AfterAnHourOfSilenceASessionBeginsWithTheSlotsOfTheOldOne) {
  Conversation talk(kDomain, kRules);
  talk.Say("/greet{\"room\": \"attic\"}");
  talk.Wait(3700);
  talk.Say("/greet", Json::Object({{"page", "start"}}));
  EXPECT_EQ(talk.Happened(),
            "session_started_metadata={\"page\":\"start\"}, action_session_start, session_started, room=\"attic\", "
            "session_started_metadata={\"page\":\"start\"}, action_listen, user, utter_greet, bot, action_listen");
}

TEST(Turn, ATriggeredIntentIsMarkedAndAnsweredOnTheLastChannel) {
  Conversation talk(kDomain, kRules);
  talk.Say("/greet");
  UserMessage trigger = talk.MessageOf("/greet");
  trigger.text = "EXTERNAL: greet";
  trigger.channel = "";
  trigger.external = true;
  EXPECT_EQ(talk.Take(trigger), "Hello!");
  const UserUttered* user = talk.tracker().latest_message();
  EXPECT_EQ(user->input_channel, "rest");
  EXPECT_TRUE(talk.tracker().latest_message_metadata()["is_external"].AsBool());
}

}  // namespace
}  // namespace greenroom

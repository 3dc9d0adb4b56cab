#include "conversation/tracker.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

Event Says(const std::string& intent) {
  return {.body = UserUttered{
              .text = "/" + intent, .parse = {.text = "/" + intent, .intent = {intent, 1.0}}, .input_channel = "rest"}};
}
Event Does(const std::string& action) { return {.body = ActionExecuted{.name = action}}; }
Event Sets(const std::string& slot, Json value) { return {.body = SlotSet{slot, std::move(value)}}; }
Event Opens(const std::string& loop) { return {.body = ActiveLoop{loop}}; }
Event Closes() { return {.body = ActiveLoop{}}; }
Event Rejects(const std::string& action) { return {.body = ActionRejected{.name = action}}; }
template <typename Kind>
Event Plain() {
  return {.body = Kind{}};
}

class TrackerTest : public testing::Test {
 protected:
  void Apply(const std::vector<Event>& events) {
    for (Event event : events) {
      event.timestamp = ++now_;
      tracker_.Apply(event);
    }
  }
  // The applied events in short: messages by intent, actions by name, slots as name=, others by type.
  std::string Applied() const {
    std::string text;
    for (const Event* event : tracker_.applied()) {
      text += text.empty() ? "" : " ";
      if (const auto* user = event->As<UserUttered>())
        text += "/" + user->parse.intent.name;
      else if (const auto* action = event->As<ActionExecuted>())
        text += action->name;
      else if (const auto* slot = event->As<SlotSet>())
        text += slot->name + "=";
      else
        text += EventTypeName(*event);
    }
    return text;
  }

  double now_ = 0;
  Tracker tracker_{
      std::make_shared<const SlotTable>(SlotTable{{"city", "Rome", false}, {"tags", {}, true}, {"age", {}, false}}),
      "u1"};
};

TEST_F(TrackerTest, SlotsBeginWithTheirInitialValues) {
  EXPECT_EQ(tracker_.Slot("city").AsString(), "Rome");
  EXPECT_TRUE(tracker_.HasSlot("age"));
  EXPECT_TRUE(tracker_.Slot("age").is_null());
}

TEST_F(TrackerTest, ASlotThatIsUnknownStaysInTheEventsOnly) {
  Apply({Sets("ghost", 1)});
  EXPECT_FALSE(tracker_.HasSlot("ghost"));
  EXPECT_EQ(tracker_.events().size(), 1u);
}

TEST_F(TrackerTest, ListSlotsWrapSingleValuesThatSaySomething) {
  Apply({Sets("tags", "a")});
  EXPECT_EQ(tracker_.Slot("tags").Dump(), R"(["a"])");
  Apply({Sets("tags", Json::List({1, 2}))});
  EXPECT_EQ(tracker_.Slot("tags").Dump(), "[1,2]");
  Apply({Sets("tags", "")});
  EXPECT_EQ(tracker_.Slot("tags").Dump(), R"("")");
}

TEST_F(TrackerTest, ResettingSlotsBringsInitialValuesBack) {
  Apply({Sets("city", "Oslo"), Sets("age", 3), Plain<AllSlotsReset>()});
  EXPECT_EQ(tracker_.Slot("city").AsString(), "Rome");
  EXPECT_TRUE(tracker_.Slot("age").is_null());
}

TEST_F(TrackerTest, AFollowupHoldsUntilTheNextActionOrMessage) {
  Apply({{.body = FollowupAction{"utter_x"}}});
  EXPECT_EQ(tracker_.followup_action(), "utter_x");
  Apply({Does("utter_x")});
  EXPECT_EQ(tracker_.followup_action(), "");
  Apply({{.body = FollowupAction{"utter_x"}}, Says("hi")});
  EXPECT_EQ(tracker_.followup_action(), "");
}

TEST_F(TrackerTest, ARestartForgetsEverythingAndAsksForASession) {
  Apply({Says("hi"), Does("utter_hi"), Sets("age", 3), Opens("form"), Plain<ConversationPaused>(), Plain<Restarted>()});
  EXPECT_EQ(tracker_.followup_action(), "action_session_start");
  EXPECT_TRUE(tracker_.Slot("age").is_null());
  EXPECT_EQ(tracker_.latest_message(), nullptr);
  EXPECT_EQ(tracker_.latest_action(), nullptr);
  EXPECT_EQ(tracker_.loop().name, "");
  EXPECT_FALSE(tracker_.paused());
  EXPECT_EQ(Applied(), "");
  EXPECT_EQ(tracker_.events().size(), 6u);
}

TEST_F(TrackerTest, ASessionStartsAfresh) {
  Apply({Says("hi"), Sets("age", 3), Does("action_session_start"), Plain<SessionStarted>(), Does("action_listen")});
  EXPECT_TRUE(tracker_.Slot("age").is_null());
  EXPECT_EQ(tracker_.latest_message(), nullptr);
  EXPECT_EQ(Applied(), "action_listen");
}

TEST_F(TrackerTest, UndoTakesTheLastActionAndWhatItDidBack) {
  Apply({Does("action_listen"), Says("hi"), Does("action_a"), Sets("age", 3), Plain<ActionReverted>()});
  EXPECT_EQ(Applied(), "action_listen /hi");
  EXPECT_TRUE(tracker_.Slot("age").is_null());
  EXPECT_EQ(tracker_.latest_action()->name, "action_listen");
}

TEST_F(TrackerTest, RewindTakesTheLastTurnBackWithTheListenBeforeIt) {
  Apply({Does("action_listen"), Says("hi"), Does("utter_hi"), Does("action_listen"), Says("name"), Sets("age", 3),
         Plain<UserUtteranceReverted>()});
  EXPECT_EQ(Applied(), "action_listen /hi utter_hi");
  EXPECT_EQ(tracker_.latest_message()->parse.intent.name, "hi");
  EXPECT_EQ(tracker_.latest_action()->name, "utter_hi");
  EXPECT_TRUE(tracker_.Slot("age").is_null());
}

TEST_F(TrackerTest, RewindingNothingLeavesNothing) {
  Apply({Plain<UserUtteranceReverted>(), Plain<ActionReverted>()});
  EXPECT_EQ(Applied(), "");
}

TEST_F(TrackerTest, ALoopRemembersTheMessageThatOpenedIt) {
  Apply({Says("order"), Does("form"), Opens("form")});
  EXPECT_EQ(tracker_.loop().name, "form");
  EXPECT_EQ(tracker_.loop().trigger_message["intent"]["name"].AsString(), "order");
  Apply({Closes()});
  EXPECT_EQ(tracker_.loop().name, "");
}

TEST_F(TrackerTest, ARejectedLoopStaysRejectedUntilItsActionRuns) {
  Apply({Opens("form"), Rejects("other")});
  EXPECT_FALSE(tracker_.loop().rejected);
  Apply({Rejects("form"), Does("utter_x")});
  EXPECT_TRUE(tracker_.loop().rejected);
  Apply({Does("form")});
  EXPECT_FALSE(tracker_.loop().rejected);
}

TEST_F(TrackerTest, AnyActionEndsTheInterruptionOfALoop) {
  Apply({Opens("form"), {.body = LoopInterrupted{true}}});
  EXPECT_TRUE(tracker_.loop().is_interrupted);
  Apply({Does("utter_x")});
  EXPECT_FALSE(tracker_.loop().is_interrupted);
}

TEST_F(TrackerTest, HappyRunsOfALoopLookLikeOne) {
  Apply({Does("action_listen"), Says("order"), Does("form"), Opens("form"), Does("action_listen"), Says("inform"),
         Sets("age", 3), Does("form"), Closes()});
  EXPECT_EQ(Applied(), "action_listen /order form active_loop age= active_loop");
}

TEST_F(TrackerTest, ARejectionKeepsBothRunsOfALoop) {
  Apply({Does("form"), Opens("form"), Does("action_listen"), Says("chat"), Rejects("form"), Does("utter_chat"),
         Does("form")});
  EXPECT_EQ(Applied(), "form active_loop action_listen /chat action_execution_rejected utter_chat form");
}

TEST_F(TrackerTest, AnotherAnswerInBetweenKeepsBothRunsOfALoop) {
  Apply({Does("form"), Opens("form"), Does("action_listen"), Says("chat"), Does("utter_chat"), Does("form")});
  EXPECT_EQ(Applied(), "form active_loop action_listen /chat utter_chat form");
}

TEST_F(TrackerTest, ALoopThatWasClosedRunsForTheFirstTimeAgain) {
  Apply({Does("form"), Opens("form"), Closes(), Does("action_listen"), Says("order"), Does("form")});
  EXPECT_EQ(Applied(), "form active_loop active_loop action_listen /order form");
}

TEST_F(TrackerTest, OneRewindLeavesAWholeHappyLoop) {
  Apply({Does("action_listen"), Says("order"), Does("form"), Opens("form"), Does("action_listen"), Says("inform"),
         Sets("age", 3), Does("form"), Does("action_listen"), Says("back"), Plain<UserUtteranceReverted>(),
         Plain<UserUtteranceReverted>()});
  EXPECT_EQ(Applied(), "");
  EXPECT_EQ(tracker_.loop().name, "");
  EXPECT_TRUE(tracker_.Slot("age").is_null());
}

TEST_F(TrackerTest, ReplayingTheEventsGivesTheSameTracker) {
  Apply({Does("action_listen"), Says("order"), Does("form"), Opens("form"), Sets("age", 3), Plain<ActionReverted>(),
         Does("utter_x"), Plain<ConversationPaused>()});
  Tracker again(
      std::make_shared<const SlotTable>(SlotTable{{"city", "Rome", false}, {"tags", {}, true}, {"age", {}, false}}),
      "u1");
  for (const Event& event : tracker_.events()) again.Apply(*EventFromJson(EventToJson(event)));
  EXPECT_EQ(again.ToJson(EventScope::kAll).Dump(), tracker_.ToJson(EventScope::kAll).Dump());
}

TEST_F(TrackerTest, AFreshConversationIsAboutToListen) {
  EXPECT_EQ(
      tracker_.ToJson(EventScope::kAll).Dump(),
      R"({"sender_id":"u1","slots":{"city":"Rome","tags":null,"age":null},)"
      R"("latest_message":{"text":null,"intent":{},"entities":[],"message_id":null,"metadata":{}},"latest_event_time":null,)"
      R"("followup_action":"action_listen","paused":false,"events":[],"latest_input_channel":null,"active_loop":{},)"
      R"("latest_action":{},"latest_action_name":null})");
}

TEST_F(TrackerTest, TheScopeChoosesTheEventsShown) {
  Apply({Says("hi"), Plain<Restarted>(), Does("action_listen"), Does("utter_x"), Plain<ActionReverted>()});
  EXPECT_TRUE(tracker_.ToJson(EventScope::kNone)["events"].is_null());
  EXPECT_EQ(tracker_.ToJson(EventScope::kAll)["events"].size(), 5u);
  EXPECT_EQ(tracker_.ToJson(EventScope::kAfterRestart)["events"].size(), 3u);
  EXPECT_EQ(tracker_.ToJson(EventScope::kApplied)["events"].size(), 1u);
}

TEST_F(TrackerTest, APastMomentLeavesLaterEventsOut) {
  Apply({Sets("age", 1), Sets("age", 2)});
  const Json past = tracker_.ToJson(EventScope::kAll, 1.0);
  EXPECT_EQ(past["slots"]["age"].AsInt(), 1);
  EXPECT_EQ(past["events"].size(), 1u);
}

}  // namespace
}  // namespace greenroom

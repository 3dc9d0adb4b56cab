#include "dialogue/story_trackers.h"

#include <gtest/gtest.h>

#include "dialogue/policy_fixture.h"

namespace greenroom {
namespace {

// Events in short: actions by name, users as "*intent", slots as "name=value", loops as "@name".
std::string Outline(const TrainingConversation& conversation) {
  std::string text;
  for (const Event& event : conversation.events) {
    if (!text.empty()) text += " ";
    if (const auto* action = event.As<ActionExecuted>()) text += action->name + action->action_text.value_or("");
    if (const auto* user = event.As<UserUttered>()) text += "*" + user->parse.intent.name + user->text.value_or("");
    if (const auto* slot = event.As<SlotSet>()) text += slot->name + "=" + slot->value.Dump();
    if (const auto* loop = event.As<ActiveLoop>()) text += "@" + loop->name.value_or("");
  }
  return text;
}

std::vector<std::string> Outlines(const Source& source, Diagnostics& diagnostics) {
  std::vector<std::string> outlines;
  for (const TrainingConversation& conversation : BuildTrainingConversations(source, diagnostics)) {
    outlines.push_back(conversation.name + ": " + Outline(conversation));
  }
  return outlines;
}

Source Small() {
  return SmallDomain({.intents = {"greet", "bye"}, .actions = {"utter_hi", "utter_bye"}, .entities = {"city"}});
}

TEST(StoryTrackers, InsertsListensAndSlotsThatEntitiesImply) {
  Source source = Small();
  source.data.stories = {Tale("s", {User("greet", {{.entity = "city", .value = "Rome"}}), Action("utter_hi"),
                                    User("bye", {{.entity = "city"}}), Action("utter_bye")})};
  Diagnostics diagnostics;
  EXPECT_EQ(
      Outlines(source, diagnostics),
      (std::vector<std::string>{
          "s: action_listen *greet city=\"Rome\" utter_hi action_listen *bye city=\"\" utter_bye action_listen"}));
}

TEST(StoryTrackers, MarksRulesWithSnippets) {
  Source source = Small();
  Story free = Rule("free", {User("bye"), Action("utter_bye")});
  free.wait_for_user_input = false;
  source.data.rules = {Rule("r", {User("greet"), Action("utter_hi")}, {Slot("city", "x")}), free};
  Diagnostics diagnostics;
  EXPECT_EQ(Outlines(source, diagnostics),
            (std::vector<std::string>{"r: city=\"x\" ... action_listen *greet utter_hi action_listen",
                                      "free: ... action_listen *bye utter_bye ... action_listen"}));
}

TEST(StoryTrackers, MultipliesAlternatives) {
  Source source = Small();
  StoryStep either{.kind = StoryStep::Kind::kOr, .alternatives = {{User("greet")}, {User("bye")}}};
  source.data.stories = {Tale("s", {either, Action("utter_hi")})};
  Diagnostics diagnostics;
  EXPECT_EQ(Outlines(source, diagnostics), (std::vector<std::string>{"s: action_listen *greet utter_hi action_listen",
                                                                     "s: action_listen *bye utter_hi action_listen"}));
}

TEST(StoryTrackers, JoinsStoriesAtCheckpointsWhoseSlotsFit) {
  Source source = Small();
  StoryStep strict = Checkpoint("met");
  strict.checkpoint_slots = {Slot("city", "Oslo")};
  source.data.stories = {Tale("begin", {User("greet"), Action("utter_hi"), Checkpoint("met")}),
                         Tale("end", {Checkpoint("met"), User("bye"), Action("utter_bye")}),
                         Tale("never", {strict, User("bye"), Action("utter_hi")})};
  Diagnostics diagnostics;
  EXPECT_EQ(Outlines(source, diagnostics),
            (std::vector<std::string>{
                "begin > end: action_listen *greet utter_hi action_listen *bye utter_bye action_listen"}));
}

TEST(StoryTrackers, CutsCyclesAndReportsUnusedCheckpoints) {
  Source source = Small();
  source.data.stories = {Tale("cycle", {User("greet"), Action("utter_hi"), Checkpoint("again")}),
                         Tale("round", {Checkpoint("again"), User("greet"), Action("utter_hi"), Checkpoint("again")}),
                         Tale("lost", {Checkpoint("nowhere"), User("bye"), Action("utter_bye")}),
                         Tale("open", {User("bye"), Action("utter_bye"), Checkpoint("loose")})};
  Diagnostics diagnostics;
  EXPECT_EQ(Outlines(source, diagnostics),
            (std::vector<std::string>{"cycle > round: action_listen *greet utter_hi action_listen *greet utter_hi",
                                      "open: action_listen *bye utter_bye"}));
  EXPECT_EQ(diagnostics.warning_count(), 2u);
}

TEST(StoryTrackers, KeepsOneOfEqualStoriesAndRefusesUnknownSlots) {
  Source source = Small();
  source.data.stories = {Tale("a", {User("greet"), Action("utter_hi")}), Tale("b", {User("greet"), Action("utter_hi")}),
                         Tale("c", {User("greet"), Slot("town", "x"), Action("utter_bye")})};
  Diagnostics diagnostics;
  EXPECT_EQ(BuildTrainingConversations(source, diagnostics).size(), 2u);
  EXPECT_EQ(ErrorsOf(diagnostics), "slot `town` is not declared in the domain\n");
}

TEST(StoryTrackers, AStorysFirstActionIsNotPredictable) {
  Source source = Small();
  source.data.stories = {Tale("s", {Action("utter_hi"), User("greet"), Action("utter_bye")})};
  Diagnostics diagnostics;
  const auto conversations = BuildTrainingConversations(source, diagnostics);
  ASSERT_EQ(conversations.size(), 1u);
  EXPECT_EQ(conversations[0].unpredictable, (std::vector<char>{1, 0, 0, 0, 0}));
}

}  // namespace
}  // namespace greenroom

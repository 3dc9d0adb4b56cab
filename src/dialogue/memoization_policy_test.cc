#include "dialogue/memoization_policy.h"

#include <gtest/gtest.h>

#include "dialogue/policy_fixture.h"

namespace greenroom {
namespace {

ComponentConfig Memory(const char* name, int max_history) {
  return {.name = name, .parameters = Json::Object({{"max_history", max_history}})};
}

Source Fishing() {
  Source source = SmallDomain({.intents = {"fish", "bait", "pull", "weather", "time"},
                               .actions = {"utter_rod", "utter_cast", "utter_pike", "utter_sun", "utter_noon"}});
  source.data.stories = {Tale("fishing", {User("fish"), Action("utter_rod"), User("bait"), Action("utter_cast"),
                                          User("pull"), Action("utter_pike")})};
  return source;
}

TEST(MemoizationPolicy, RecallsAStoryFromTheStartOfTheConversation) {
  Talk talk(Fishing(), {Memory("MemoizationPolicy", 3)});
  talk.Say("fish");
  EXPECT_EQ(talk.Answer(), "utter_rod");
  talk.Say("bait");
  EXPECT_EQ(talk.Answer(), "utter_cast");
}

TEST(MemoizationPolicy, DoesNotFindAStoryThatBeginsLaterButTheAugmentedDoes) {
  Talk plain(Fishing(), {Memory("MemoizationPolicy", 3)});
  Talk augmented(Fishing(), {Memory("AugmentedMemoizationPolicy", 3)});
  for (Talk* talk : {&plain, &augmented}) {
    talk->Say("time");
    talk->Add(ActionExecuted{.name = "utter_noon"});
    talk->Add(ActionExecuted{.name = "action_listen"});
    talk->Say("fish");
  }
  EXPECT_DOUBLE_EQ(plain.Predict().Best().second, 0.0);
  EXPECT_EQ(augmented.Next(), "utter_rod");
}

TEST(MemoizationPolicy, ForgetsHistoriesAfterWhichStoriesDisagree) {
  Source source = Fishing();
  source.data.stories = {Tale("a", {User("fish"), Action("utter_rod")}),
                         Tale("b", {User("fish"), Action("utter_sun")})};
  Talk talk(source, {Memory("MemoizationPolicy", 3)});
  talk.Say("fish");
  EXPECT_DOUBLE_EQ(talk.Predict().Best().second, 0.0);
}

TEST(MemoizationPolicy, TheAugmentedForgetsSlotsSetBeforeTheTurnsItKeeps) {
  Source source =
      SmallDomain({.intents = {"lake", "name"}, .actions = {"utter_lake", "utter_hello"}, .entities = {"guest"}});
  source.data.stories = {Tale("lake", {User("lake"), Action("utter_lake")})};
  Talk talk(source, {Memory("AugmentedMemoizationPolicy", 6)});
  talk.Say("name", {{.entity = "guest", .value = "Ann"}});
  talk.Add(SlotSet{.name = "guest", .value = "Ann"});
  talk.Add(ActionExecuted{.name = "utter_hello"});
  talk.Add(ActionExecuted{.name = "action_listen"});
  talk.Say("lake");
  EXPECT_EQ(talk.Next(), "utter_lake");
}

TEST(MemoizationPolicy, DoesNotSeeTurnsThatOnlyRulesKnow) {
  Source source = Fishing();
  source.data.rules = {Rule("weather", {User("weather"), Action("utter_sun")})};
  Talk talk(source, {Memory("MemoizationPolicy", 3), {.name = "RulePolicy"}});
  ASSERT_EQ(talk.errors(), "");
  talk.Say("fish");
  EXPECT_EQ(talk.Answer(), "utter_rod");
  talk.Say("weather");
  EXPECT_EQ(talk.Answer(), "utter_sun");
  talk.Say("bait");
  EXPECT_EQ(talk.Next(), "utter_cast");
  EXPECT_EQ(talk.last().policy, "MemoizationPolicy");
}

TEST(MemoizationPolicy, StoredMemoriesRecallTheSame) {
  Source source = Fishing();
  const StateEncoder encoder(source.domain);
  Diagnostics diagnostics;
  StateMemory memory;
  for (const TrainingConversation& story : BuildTrainingConversations(source, diagnostics))
    memory.Learn(encoder, story, 3);
  auto restored = StateMemory::FromBytes(memory.ToBytes());
  ASSERT_TRUE(restored.ok());
  EXPECT_EQ(restored->size(), memory.size());
  EXPECT_EQ(restored->ToBytes(), memory.ToBytes());
  EXPECT_FALSE(StateMemory::FromBytes("{\"entries\": [[1]]}").ok());
}

}  // namespace
}  // namespace greenroom

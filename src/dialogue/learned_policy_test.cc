#include "dialogue/learned_policy.h"

#include <gtest/gtest.h>

#include "dialogue/policy_fixture.h"

namespace greenroom {
namespace {

// Few steps of training are enough when similarities are constrained.
const ComponentConfig kTed{.name = "TEDPolicy", .parameters = Json::Object({{"constrain_similarities", true}})};

Source Shop() {
  Source source = SmallDomain({.intents = {"greet", "buy", "bye", "thanks"},
                               .actions = {"utter_hi", "utter_what", "utter_sold", "utter_bye", "utter_welcome"},
                               .entities = {"item"}});
  source.data.stories = {
      Tale("greet", {User("greet"), Action("utter_hi")}), Tale("bye", {User("bye"), Action("utter_bye")}),
      Tale("thanks", {User("thanks"), Action("utter_welcome")}),
      Tale("buy nothing", {User("buy"), Action("utter_what")}),
      Tale("buy something", {User("buy", {{.entity = "item", .value = "tea"}}), Action("utter_sold")})};
  return source;
}

TEST(LearnedPolicy, FollowsItsStoriesAndGoesOnAfterOthers) {
  Talk talk(Shop(), {kTed});
  ASSERT_EQ(talk.errors(), "");
  for (const auto& [intent, answer] : std::vector<std::pair<std::string, std::string>>{{"greet", "utter_hi"},
                                                                                       {"buy", "utter_what"},
                                                                                       {"thanks", "utter_welcome"},
                                                                                       {"bye", "utter_bye"},
                                                                                       {"thanks", "utter_welcome"}}) {
    talk.Say(intent);
    EXPECT_EQ(talk.Answer(), answer) << intent;
  }
}

TEST(LearnedPolicy, IsAsSureAsItsTrainingWasLong) {
  const auto confidence = [](Json parameters) {
    Talk talk(Shop(), {{.name = "TEDPolicy", .parameters = std::move(parameters)}});
    talk.Say("greet");
    EXPECT_EQ(talk.Next(), "utter_hi");
    return talk.last().Best().second;
  };
  // Below the threshold of the fallback, as it is where the original was trained so shortly.
  EXPECT_LT(confidence(Json::Object({{"epochs", 60}})), 0.3);
  EXPECT_GT(confidence(Json::Object({{"epochs", 600}})), 0.6);
  EXPECT_GT(confidence(Json::Object({{"epochs", 100}, {"constrain_similarities", true}})), 0.6);
}

TEST(LearnedPolicy, TheSameSeedLearnsTheSameBits) {
  auto weights = [] {
    Source source = Shop();
    Talk talk(source, {{.name = "TEDPolicy",
                        .parameters = Json::Object({{"random_seed", 7}, {"constrain_similarities", true}})}});
    PackageDraft draft;
    talk.ensemble().Save(draft);
    return draft.parts.front().second;
  };
  EXPECT_EQ(weights(), weights());
}

TEST(LearnedPolicy, AnswersTextsOfEndToEndStories) {
  Source source = Shop();
  source.data.stories.push_back(
      Tale("text", {Says("what time is it"), Action("utter_what"), User("thanks"), Action("utter_welcome")}));
  Talk talk(source, {kTed});
  talk.Say("odd", {}, "what time is it");
  EXPECT_EQ(talk.Next(), "utter_what");
  EXPECT_TRUE(talk.last().is_end_to_end);
}

TEST(LearnedPolicy, WithoutStoriesHasNoOpinion) {
  Source source = Shop();
  source.data.stories.clear();
  Talk talk(source, {kTed, {.name = "UnexpecTEDIntentPolicy"}});
  talk.Say("greet");
  EXPECT_EQ(talk.Next(), "action_listen");
  EXPECT_DOUBLE_EQ(talk.last().Best().second, 0.0);
}

TEST(UnexpectedIntentPolicy, NeverDoubtsAStoryOfItsOwn) {
  Source source = Shop();
  Talk talk(source, {{.name = "UnexpecTEDIntentPolicy"}});
  for (const char* intent : {"greet", "buy", "bye"}) {
    Talk fresh(source, {{.name = "UnexpecTEDIntentPolicy"}});
    fresh.Say(intent);
    EXPECT_DOUBLE_EQ(fresh.Predict().Best().second, 0.0) << intent;
  }
}

TEST(UnexpectedIntentPolicy, LearnsFromASingleStory) {
  Source source = Shop();
  source.data.stories.resize(1);
  Talk talk(source, {{.name = "UnexpecTEDIntentPolicy"}, kTed});
  ASSERT_EQ(talk.errors(), "");
  talk.Say("greet");
  EXPECT_EQ(talk.Next(), "utter_hi");
}

TEST(UnexpectedIntentPolicy, NoticesAnIntentThatNeverComesHere) {
  Source source = SmallDomain(
      {.intents = {"start", "yes", "no", "stop"}, .actions = {"utter_sure", "utter_good", "utter_bad", "utter_stop"}});
  for (int i = 0; i < 30; ++i) {
    const std::string n = std::to_string(i);
    source.domain.actions.push_back({.name = "utter_" + n});
    source.data.stories.push_back(Tale("yes " + n, {User("start"), Action("utter_sure"), User("yes"),
                                                    Action("utter_good"), User("stop"), Action("utter_" + n)}));
    source.data.stories.push_back(Tale("no " + n, {User("start"), Action("utter_sure"), User("no"), Action("utter_bad"),
                                                   User("stop"), Action("utter_" + n)}));
  }
  Talk talk(source, {{.name = "UnexpecTEDIntentPolicy"}});
  ASSERT_EQ(talk.errors(), "");
  talk.Say("stop");
  EXPECT_EQ(talk.Next(), "action_unlikely_intent");
  Talk expected(source, {{.name = "UnexpecTEDIntentPolicy"}});
  expected.Say("start");
  EXPECT_DOUBLE_EQ(expected.Predict().Best().second, 0.0);
}

}  // namespace
}  // namespace greenroom

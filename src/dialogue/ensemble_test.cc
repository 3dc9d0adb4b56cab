#include <gtest/gtest.h>

#include "dialogue/policy_fixture.h"

namespace greenroom {
namespace {

Source TwoAnswers() {
  Source source = SmallDomain({.intents = {"greet"}, .actions = {"utter_rule", "utter_story"}});
  source.data.rules = {Rule("greet", {User("greet"), Action("utter_rule")})};
  source.data.stories = {Tale("greet", {User("greet"), Action("utter_story")})};
  return source;
}

ComponentConfig Rules(int priority) {
  return {.name = "RulePolicy",
          .parameters = Json::Object({{"priority", priority}, {"check_for_contradictions", false}})};
}
ComponentConfig Memory(int priority) {
  return {.name = "MemoizationPolicy", .parameters = Json::Object({{"priority", priority}})};
}

std::string FirstAnswer(const std::vector<ComponentConfig>& policies) {
  Talk talk(TwoAnswers(), policies);
  talk.Say("greet");
  return talk.Next();
}

TEST(Ensemble, EqualConfidenceGoesToTheHigherPriorityAndThenToTheEarlier) {
  EXPECT_EQ(FirstAnswer({Memory(3), Rules(4)}), "utter_rule");
  EXPECT_EQ(FirstAnswer({Rules(2), Memory(3)}), "utter_story");
  EXPECT_EQ(FirstAnswer({Memory(3), Rules(3)}), "utter_story");
  EXPECT_EQ(FirstAnswer({Rules(3), Memory(3)}), "utter_rule");
}

TEST(Ensemble, AnActionThatJustRejectedHasNoChance) {
  Talk talk(TwoAnswers(), {Memory(3), Rules(4)});
  talk.Say("greet");
  talk.Add(ActionRejected{.name = "utter_rule"});
  EXPECT_EQ(talk.Next(), "utter_story");
}

TEST(Ensemble, AFollowupBypassesThePoliciesAndAnUnknownOneDoesNot) {
  Talk talk(TwoAnswers(), {Memory(3), Rules(4)});
  talk.Say("greet");
  talk.Add(FollowupAction{.name = "utter_story"});
  EXPECT_EQ(talk.Next(), "utter_story");
  EXPECT_EQ(talk.last().policy, "followup_action");
  EXPECT_TRUE(talk.last().events.empty());
  talk.Add(FollowupAction{.name = "utter_unknown"});
  EXPECT_NE(talk.Next(), "utter_unknown");
}

TEST(Ensemble, ListensFirstWhenAllWasTakenBack) {
  Talk talk(TwoAnswers(), {Memory(3), Rules(4)});
  talk.Say("greet");
  talk.Add(UserUtteranceReverted{});
  EXPECT_EQ(talk.Next(), "action_listen");
  EXPECT_EQ(talk.last().policy, "followup_action");
}

TEST(Ensemble, SaysAfterEachListenWhetherTheTextWasUsed) {
  Talk talk(TwoAnswers(), {Rules(4)});
  talk.Say("greet");
  talk.Next();
  ASSERT_EQ(talk.last().events.size(), 1u);
  ASSERT_NE(talk.last().events[0].As<UserFeaturization>(), nullptr);
  EXPECT_EQ(talk.last().events[0].As<UserFeaturization>()->use_text, false);
  talk.Next();
  EXPECT_TRUE(talk.last().events.empty());
}

TEST(Ensemble, AnswersFromATextRuleAreMarkedEndToEnd) {
  Source source = SmallDomain({.intents = {"greet"}, .actions = {"utter_hi", "utter_secret"}});
  source.data.rules = {Rule("hi", {User("greet"), Action("utter_hi")}),
                       Rule("secret", {Says("open sesame"), Action("utter_secret")})};
  Talk talk(source, {{.name = "RulePolicy"}});
  ASSERT_EQ(talk.errors(), "");
  talk.Say("greet", {}, "open sesame");
  EXPECT_EQ(talk.Next(), "utter_secret");
  EXPECT_TRUE(talk.last().is_end_to_end);
  EXPECT_EQ(talk.Next(), "action_listen");
  talk.Say("greet", {}, "hello");
  EXPECT_EQ(talk.Next(), "utter_hi");
}

TEST(Ensemble, RefusesUnknownPoliciesAndFormsWithoutRules) {
  EXPECT_EQ(TrainingErrors(TwoAnswers(), {{.name = "MappingPolicy"}}), "there is no policy `MappingPolicy`\n");
  EXPECT_EQ(TrainingErrors(SmallDomain({.forms = {"food_form"}}), {Memory(3)}),
            "there is a form in the domain (`food_form`), but no 'RulePolicy' in the policies\n");
}

TEST(Ensemble, ReadsImportPathsOfRasaOnly) {
  Talk talk(TwoAnswers(), {{.name = "rasa.core.policies.memoization.MemoizationPolicy"}});
  EXPECT_EQ(talk.errors(), "");
  EXPECT_NE(TrainingErrors(TwoAnswers(), {{.name = "addons.MemoizationPolicy"}}), "");
}

TEST(Ensemble, ComesBackFromAPackageWithTheSamePredictions) {
  Source source = TwoAnswers();
  Talk talk(source, {Memory(3), Rules(4), {.name = "TEDPolicy"}, {.name = "UnexpecTEDIntentPolicy"}});
  ASSERT_EQ(talk.errors(), "");
  PackageDraft draft;
  talk.ensemble().Save(draft);
  const std::string path = testing::TempDir() + "/ensemble.model";
  ASSERT_TRUE(WritePackage(draft, path).ok());
  auto package = Package::Open(path);
  ASSERT_TRUE(package.ok());
  auto loaded = Ensemble::Load(**package, source.domain);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  talk.Say("greet");
  const Prediction before = talk.Predict(), after = (*loaded)->Predict(talk.tracker());
  EXPECT_EQ(before.scores, after.scores);
  EXPECT_EQ(before.policy, after.policy);
}

}  // namespace
}  // namespace greenroom

#include "dialogue/rule_policy.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dialogue/policy_fixture.h"

namespace greenroom {
namespace {

const std::vector<ComponentConfig> kRules = {{.name = "RulePolicy"}};

SlotDef BoolSlot(const std::string& name) { return {.name = name, .type = SlotType::kBool}; }

TEST(RulePolicy, TheRuleWithTheLongestTextWins) {
  Source source = SmallDomain({.intents = {"order"},
                               .actions = {"plain", "warm", "cheesy"},
                               .slots = {BoolSlot("hot"), BoolSlot("mozzarella")}});
  source.data.rules = {Rule("order", {User("order"), Action("plain")}),
                       Rule("order hot", {User("order"), Action("warm")}, {Slot("hot", true)}),
                       Rule("order with cheese", {User("order"), Action("cheesy")}, {Slot("mozzarella", true)})};
  Talk talk(source, kRules);
  ASSERT_EQ(talk.errors(), "");
  talk.Say("order");
  EXPECT_EQ(talk.Answer(), "plain");
  talk.Add(SlotSet{.name = "hot", .value = true});
  talk.Say("order");
  EXPECT_EQ(talk.Answer(), "warm");
  talk.Add(SlotSet{.name = "mozzarella", .value = true});
  talk.Say("order");
  EXPECT_EQ(talk.Answer(), "cheesy");
}

TEST(RulePolicy, ANullConditionContradictsTheRuleWithoutAny) {
  Source source =
      SmallDomain({.intents = {"joke"}, .actions = {"utter_joke", "utter_no"}, .slots = {BoolSlot("serious")}});
  source.data.rules = {Rule("joke", {User("joke"), Action("utter_no")}),
                       Rule("joke when unset", {User("joke"), Action("utter_joke")}, {Slot("serious", nullptr)})};
  EXPECT_NE(TrainingErrors(source, kRules)
                .find("the prediction of the action 'utter_no' in rule 'joke' is contradicting with rule(s) "
                      "'joke when unset' which predicted action 'utter_joke'"),
            std::string::npos);
  source.data.rules[1].condition = {Slot("serious", false)};
  EXPECT_EQ(TrainingErrors(source, kRules), "");
}

TEST(RulePolicy, ANullLoopConditionContradictsTheRuleWithoutAny) {
  Source source = SmallDomain({.intents = {"joke"}, .actions = {"utter_joke", "utter_no"}, .forms = {"survey"}});
  source.data.rules = {Rule("joke", {User("joke"), Action("utter_no")}),
                       Rule("joke without a survey", {User("joke"), Action("utter_joke")}, {LoopOff()})};
  EXPECT_EQ(TrainingErrors(source, kRules),
            "the prediction of the action 'utter_no' in rule 'joke' is contradicting with rule(s) 'joke without a "
            "survey' which predicted "
            "action 'utter_joke'\n");
}

TEST(RulePolicy, TextSlotsCountAsSetWhateverTheyHold) {
  Source source = SmallDomain({.intents = {"fare"}, .actions = {"first", "second"}, .entities = {"class"}});
  source.data.rules = {Rule("first class", {User("fare"), Action("first")}, {Slot("class", "1")}),
                       Rule("second class", {User("fare"), Action("second")}, {Slot("class", "2")})};
  EXPECT_EQ(
      TrainingErrors(source, kRules),
      "the prediction of the action 'first' in rule 'first class' is contradicting with rule(s) 'second class'\n"
      "the prediction of the action 'second' in rule 'second class' is contradicting with rule(s) 'first class'\n");
}

TEST(RulePolicy, NamesRulesThatAreTheBeginningOfOthers) {
  Source source = SmallDomain({.intents = {"moon"}, .actions = {"utter_moon", "utter_stars"}});
  source.data.rules = {Rule("moon and stars", {User("moon"), Action("utter_moon"), Action("utter_stars")}),
                       Rule("moon", {User("moon"), Action("utter_moon")})};
  EXPECT_EQ(
      TrainingErrors(source, kRules),
      "the prediction of the action 'utter_stars' in rule 'moon and stars' is contradicting with rule(s) 'moon'\n"
      "the prediction of the action 'action_listen' in rule 'moon' is contradicting with rule(s) 'moon and stars'\n");
}

TEST(RulePolicy, AStoryMayNotAnswerOtherwiseThanARule) {
  Source source = SmallDomain({.intents = {"purl", "dive"}, .actions = {"utter_purl", "utter_nice", "utter_fish"}});
  source.data.rules = {Rule("purl", {User("purl"), Action("utter_purl")})};
  source.data.stories = {Tale("knitting", {User("purl"), Action("utter_nice")}),
                         Tale("more", {User("purl"), Action("utter_purl"), Action("utter_fish")})};
  EXPECT_EQ(TrainingErrors(source, kRules),
            "the prediction of the action 'utter_nice' in story 'knitting' is contradicting with rule(s) 'purl' which "
            "predicted action 'utter_purl'\n"
            "the prediction of the action 'utter_fish' in story 'more' is contradicting with rule(s) 'purl' which "
            "predicted action 'action_listen'\n");
}

TEST(RulePolicy, TheContradictionCheckCanBeTurnedOff) {
  Source source = SmallDomain({.intents = {"purl"}, .actions = {"utter_purl", "utter_nice"}});
  source.data.rules = {Rule("purl", {User("purl"), Action("utter_purl")})};
  source.data.stories = {Tale("knitting", {User("purl"), Action("utter_nice")})};
  ComponentConfig config{.name = "RulePolicy", .parameters = Json::Object({{"check_for_contradictions", false}})};
  EXPECT_EQ(TrainingErrors(source, {config}), "");
}

TEST(RulePolicy, AnActionThatSetsSlotsMustSetThemInEveryRule) {
  Source source = SmallDomain({.intents = {"a", "b", "c"},
                               .actions = {"check", "utter_yes", "utter_no"},
                               .slots = {{.name = "limit"}, BoolSlot("enough")}});
  source.data.rules = {
      Rule("transfer", {User("a"), Action("check"), Slot("enough", true), Slot("limit", "x"), Action("utter_yes")}),
      Rule("without", {User("b"), Action("check"), Slot("enough", false), Action("utter_no")}),
      Rule("balance", {User("c"), Action("check")})};
  const std::string errors = TrainingErrors(source, kRules);
  EXPECT_NE(errors.find("the action 'check' in rule 'without' does not set some of the slots that it sets in other "
                        "rules; slots not set in "
                        "rule 'without': 'limit'\n"),
            std::string::npos);
  EXPECT_NE(errors.find("slots not set in rule 'balance': 'enough, limit'"), std::string::npos);
  source.data.rules[2].wait_for_user_input = false;
  EXPECT_EQ(TrainingErrors(source, kRules).find("'balance'"), std::string::npos);
}

TEST(RulePolicy, ARuleHasOneUserMessageUnlessRestrictionsAreOff) {
  Source source = SmallDomain({.intents = {"knock", "who"}, .actions = {"utter_who", "utter_ha"}});
  source.data.rules = {Rule("knock knock", {User("knock"), Action("utter_who"), User("who"), Action("utter_ha")})};
  EXPECT_EQ(TrainingErrors(source, kRules), "rule 'knock knock' contains more than 1 user message\n");
  ComponentConfig config{.name = "RulePolicy", .parameters = Json::Object({{"restrict_rules", false}})};
  EXPECT_EQ(TrainingErrors(source, {config}), "");
}

TEST(RulePolicy, ARuleMayNotReplaceADefaultIntentButAStoryMay) {
  Source source = SmallDomain({.intents = {"restart", "back"}, .actions = {"utter_no_restart", "utter_back"}});
  source.data.stories = {Tale("back", {User("back"), Action("utter_back")})};
  EXPECT_EQ(TrainingErrors(source, kRules), "");
  source.data.rules = {Rule("no restart", {User("restart"), Action("utter_no_restart")})};
  EXPECT_EQ(TrainingErrors(source, kRules),
            "the prediction of the action 'utter_no_restart' in rule 'no restart' is contradicting with rule(s) "
            "'predicting default action "
            "with intent restart' which predicted action 'action_restart'\n");
}

TEST(RulePolicy, RefusesUnknownActionsAndFallbacks) {
  Source source = SmallDomain({.intents = {"greet"}, .actions = {"utter_hi"}});
  source.data.rules = {Rule("hi", {User("greet"), Action("utter_ho")})};
  EXPECT_EQ(TrainingErrors(source, kRules), "action 'utter_ho' in rule 'hi' is not in the domain\n");
  source.data.rules = {};
  ComponentConfig config{.name = "RulePolicy",
                         .parameters = Json::Object({{"core_fallback_action_name", "utter_what"}})};
  EXPECT_NE(TrainingErrors(source, {config}).find("'utter_what'"), std::string::npos);
}

TEST(RulePolicy, FallsBackWithTheThresholdWhenNoRuleApplies) {
  Source source = SmallDomain({.intents = {"greet", "odd"}, .actions = {"utter_hi"}});
  source.data.rules = {Rule("hi", {User("greet"), Action("utter_hi")})};
  Talk talk(source, kRules);
  talk.Say("odd");
  EXPECT_EQ(talk.Next(), "action_default_fallback");
  EXPECT_DOUBLE_EQ(talk.last().Best().second, 0.3);
  Talk silent(source, {{.name = "RulePolicy", .parameters = Json::Object({{"enable_fallback_prediction", false}})}});
  silent.Say("odd");
  EXPECT_EQ(silent.Next(), "action_listen");
  EXPECT_DOUBLE_EQ(silent.last().Best().second, 0.0);
}

TEST(RulePolicy, MayScoreWithTheConfidenceOfTheIntent) {
  Source source = SmallDomain({.intents = {"greet"}, .actions = {"utter_hi"}});
  source.data.rules = {Rule("hi", {User("greet"), Action("utter_hi")})};
  Talk talk(source, {{.name = "RulePolicy", .parameters = Json::Object({{"use_nlu_confidence_as_score", true}})}});
  talk.Say("greet");
  EXPECT_DOUBLE_EQ(talk.Predict().Best().second, 0.9);
}

TEST(RulePolicy, AContradictionIsToldOncePerStoryAndRule) {
  Source source = SmallDomain({.intents = {"greet", "hello"}, .actions = {"utter_hi", "utter_no"}});
  source.data.rules = {Rule("hi", {User("greet"), Action("utter_hi")}),
                       Rule("hello", {User("hello"), Action("utter_hi")})};
  source.data.stories = {Tale("odd", {User("greet"), Action("utter_no"), User("greet"), Action("utter_no")}),
                         Tale("odd", {User("hello"), Action("utter_no")})};
  const std::string errors = TrainingErrors(source, kRules);
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 2) << errors;
  EXPECT_NE(errors.find("rule(s) 'hi'"), std::string::npos) << errors;
  EXPECT_NE(errors.find("rule(s) 'hello'"), std::string::npos) << errors;
}

TEST(RulePolicy, NullOfAListHoldsWhileTheListIsEmpty) {
  Source source = SmallDomain({.intents = {"pack"},
                               .actions = {"utter_go", "utter_empty"},
                               .slots = {{.name = "food", .type = SlotType::kList}}});
  source.data.rules = {Rule("pack", {User("pack"), Action("utter_go")}),
                       Rule("no food", {User("pack"), Action("utter_empty")}, {Slot("food", nullptr)})};
  Talk talk(source, kRules);
  ASSERT_EQ(talk.errors(), "");
  talk.Say("pack");
  EXPECT_EQ(talk.Answer(), "utter_empty");
  talk.Add(SlotSet{.name = "food", .value = Json::List({"figs"})});
  talk.Say("pack");
  EXPECT_EQ(talk.Answer(), "utter_go");
  Diagnostics diagnostics;
  ASSERT_TRUE(TrainPolicies(source, kRules, diagnostics).ok());
  const auto& items = diagnostics.items();
  EXPECT_EQ(std::count_if(items.begin(), items.end(), [](const Diagnostic& item) { return item.code == "R106"; }), 1);
}

TEST(RulePolicy, ConversationStartRulesApplyOnlyThere) {
  Source source = SmallDomain({.intents = {"greet"}, .actions = {"utter_welcome", "utter_again"}});
  Story start = Rule("start", {User("greet"), Action("utter_welcome")});
  start.conversation_start = true;
  source.data.rules = {start, Rule("later", {User("greet"), Action("utter_again")})};
  Talk talk(source, kRules);
  ASSERT_EQ(talk.errors(), "");
  talk.Say("greet");
  EXPECT_EQ(talk.Answer(), "utter_welcome");
  talk.Say("greet");
  EXPECT_EQ(talk.Answer(), "utter_again");
}

Source FormSource() {
  Source source = SmallDomain({.intents = {"order", "weather", "quiet"},
                               .actions = {"utter_sun", "utter_done", "utter_dry", "utter_more"},
                               .forms = {"food_form"}});
  source.data.rules = {Rule("open", {User("order"), Action("food_form"), Loop("food_form")}),
                       Rule("submit", {Action("food_form"), LoopOff(), Action("utter_done")}, {Loop("food_form")}),
                       Rule("weather", {User("weather"), Action("utter_sun")})};
  return source;
}

void OpenForm(Talk& talk) {
  talk.Say("order");
  ASSERT_EQ(talk.Next(), "food_form");
  talk.Add(ActiveLoop{.name = "food_form"});
  ASSERT_EQ(talk.Next(), "action_listen");
}

TEST(RulePolicy, RunsTheActiveLoopFirstAndThenListens) {
  Talk talk(FormSource(), kRules);
  ASSERT_EQ(talk.errors(), "");
  OpenForm(talk);
  talk.Say("weather");
  EXPECT_EQ(talk.Next(), "food_form");
  EXPECT_TRUE(talk.last().no_user);
  talk.Add(ActiveLoop{});
  EXPECT_EQ(talk.Next(), "utter_done");
  EXPECT_EQ(talk.Next(), "action_listen");
}

TEST(RulePolicy, AfterARejectionARuleAnswersAndTheLoopGoesOn) {
  Talk talk(FormSource(), kRules);
  OpenForm(talk);
  talk.Say("weather");
  talk.Add(ActionRejected{.name = "food_form"});
  EXPECT_EQ(talk.Next(), "utter_sun");
  EXPECT_EQ(talk.Next(), "food_form");
  EXPECT_EQ(talk.Next(), "action_listen");
}

bool IsTold(const Prediction& prediction) {
  for (const Event& event : prediction.events) {
    if (event.As<LoopInterrupted>() != nullptr) return true;
  }
  return false;
}

TEST(RulePolicy, ALoopThatAStoryRunsAfterAnotherQuestionIsToldOfTheInterruption) {
  Source source = FormSource();
  source.data.stories = {Tale("stop", {User("order"), Action("food_form"), Loop("food_form"), User("quiet"),
                                       Action("utter_dry"), User("order"), Action("food_form"), Loop("food_form")})};
  Talk talk(source, {{.name = "RulePolicy"}, {.name = "MemoizationPolicy"}});
  ASSERT_EQ(talk.errors(), "");
  OpenForm(talk);
  talk.Say("quiet");
  talk.Add(ActionRejected{.name = "food_form"});
  EXPECT_EQ(talk.Answer(), "utter_dry");
  talk.Say("order");
  EXPECT_TRUE(IsTold(talk.Predict()));
  EXPECT_EQ(talk.Next(), "food_form");
}

TEST(RulePolicy, DoesNotGoBackIntoALoopWhereAStoryGoesOnOtherwise) {
  Source source = FormSource();
  source.data.stories = {Tale("more", {User("order"), Action("food_form"), Loop("food_form"), User("weather"),
                                       Action("utter_sun"), Action("utter_more")})};
  const std::string errors = TrainingErrors(source, kRules);
  EXPECT_EQ(errors, "");
  Talk talk(source, kRules);
  OpenForm(talk);
  talk.Say("weather");
  talk.Add(ActionRejected{.name = "food_form"});
  EXPECT_EQ(talk.Next(), "utter_sun");
  EXPECT_EQ(talk.Next(), "action_default_fallback");
}

TEST(RulePolicy, ComesBackTheSameFromAPackage) {
  Source source = FormSource();
  Talk talk(source, kRules);
  PackageDraft draft;
  talk.ensemble().Save(draft);
  EXPECT_EQ(draft.parts.front().first, "dialogue/0_RulePolicy/rules.json");
  EXPECT_EQ(draft.parts.back().first, "dialogue/policies.json");
}

}  // namespace
}  // namespace greenroom

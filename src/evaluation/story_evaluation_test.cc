#include "evaluation/story_evaluation.h"

#include <gtest/gtest.h>

#include "dialogue/policy_fixture.h"
#include "dialogue/turn_fixture.h"
#include "evaluation/exchange_reports.h"
#include "evaluation/test_data.h"

namespace greenroom {
namespace {

constexpr const char* kDomain = R"(
version: "3.1"
intents: [greet, bye, book, tell, hours]
entities: [city, guests]
slots:
  guests: {type: any, influence_conversation: false, mappings: [{type: from_entity, entity: guests}]}
forms:
  booking_form: {required_slots: [guests]}
responses:
  utter_greet: [{text: "Hello!"}]
  utter_bye: [{text: "Bye!"}]
  utter_hours: [{text: "Always open."}]
  utter_booked: [{text: "Booked."}]
)";

constexpr const char* kRules = R"(
version: "3.1"
rules:
  - rule: greet
    steps: [{intent: greet}, {action: utter_greet}]
  - rule: bye
    steps: [{intent: bye}, {action: utter_bye}]
  - rule: hours
    steps: [{intent: hours}, {action: utter_hours}]
  - rule: open
    steps: [{intent: book}, {action: booking_form}, {active_loop: booking_form}]
  - rule: submit
    condition: [{active_loop: booking_form}]
    steps: [{action: booking_form}, {active_loop: null}, {slot_was_set: [{requested_slot: null}]}, {action: utter_booked}]
)";

// A model of the rules above that understands payloads.
LiveModel Bot() {
  Conversation talk(kDomain, kRules);
  LiveModel model = talk.model();
  Source source;
  source.domain = model.domain;
  Diagnostics diagnostics;
  Json metrics = Json::Object();
  auto nlu = NluModel::Train(source, {}, ComponentRegistry(), {.parallel_for = OnThreads(1)}, diagnostics, metrics);
  EXPECT_TRUE(nlu.ok());
  if (nlu.ok()) model.nlu = std::move(nlu).value();
  return model;
}

StoryEvaluation Replayed(const LiveModel& model, const std::string& stories, const StoryTestOptions& options = {}) {
  Diagnostics diagnostics;
  TestData data = ReadTestData("stories:\n" + stories, "tests/test_stories.yml", diagnostics);
  const auto conversations = TestConversations(model.domain, std::move(data.stories), diagnostics);
  EXPECT_FALSE(diagnostics.has_errors());
  return EvaluateStories(model, conversations, options);
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

TEST(StoryEvaluation, WithoutStoriesTheReportIsEmptyAndNothingFailed) {
  const StoryEvaluation found = EvaluateStories(Bot(), {}, {});
  EXPECT_EQ(StoryReportJson(found).Dump(), "{}");
  EXPECT_EQ(StoriesText(found, StoryChoice::kFailed), "# None of the test stories failed - all good!");
  EXPECT_EQ(StoriesText(found, StoryChoice::kSuccessful), "# None of the test stories succeeded :(");
  EXPECT_EQ(StoriesText(found, StoryChoice::kWarned), "# No warnings for test stories");
}

TEST(StoryEvaluation, EveryActionButTheFirstListenIsCounted) {
  const StoryEvaluation found =
      Replayed(Bot(), "- story: t\n  steps:\n  - user: hi\n    intent: greet\n  - action: utter_greet\n");
  EXPECT_EQ(Joined(found.truth), "utter_greet action_listen");
  EXPECT_EQ(Joined(found.predicted), "utter_greet action_listen");
  const Json json = StoryEvaluationToJson(found);
  EXPECT_EQ(json["is_end_to_end_evaluation"], Json(false));
  EXPECT_EQ(json["actions"].array()[0].Dump(),
            R"({"action":"utter_greet","predicted":"utter_greet","policy":"RulePolicy","confidence":1.0})");
  EXPECT_EQ(StoryReportJson(found)["conversation_accuracy"].Dump(),
            R"({"accuracy":1.0,"correct":1,"with_warnings":0,"total":1})");
}

TEST(StoryEvaluation, AWrongStepIsCommentedAndTheRestGoesOnAsWritten) {
  const StoryEvaluation found = Replayed(
      Bot(),
      "- story: t\n  steps:\n  - intent: greet\n  - action: utter_bye\n  - intent: bye\n  - action: utter_bye\n");
  EXPECT_EQ(found.failed(), 1u);
  EXPECT_EQ(Joined(found.truth), "utter_bye action_listen utter_bye action_listen");
  EXPECT_EQ(found.predicted[0], "utter_greet");
  EXPECT_EQ(found.predicted[2], "utter_bye");
  const std::string text = StoriesText(found, StoryChoice::kFailed);
  EXPECT_TRUE(
      text.starts_with("version: \"3.1\"\nstories:\n- story: t (tests/test_stories.yml)\n  steps:\n"
                       "  - intent: greet\n  - action: utter_bye  # predicted: utter_greet\n"))
      << text;
}

TEST(StoryEvaluation, StoriesThatTestTheSameAreOne) {
  const std::string story = "- story: t\n  steps:\n  - user: /greet\n    intent: greet\n  - action: utter_greet\n";
  const std::string other = "- story: u\n  steps:\n  - user: /bye\n    intent: greet\n  - action: utter_greet\n";
  EXPECT_EQ(Replayed(Bot(), story + story + other).stories.size(), 2u);
  EXPECT_EQ(Replayed(Bot(), story + story + other, {.end_to_end = true}).stories.size(), 2u);
}

TEST(StoryEvaluation, AStoryWithoutANameIsTestedToo) {
  EXPECT_EQ(Replayed(Bot(), "- story:\n  steps:\n  - intent: greet\n  - action: utter_greet\n").stories.size(), 1u);
}

TEST(StoryEvaluation, TestingStopsAtTheFirstFailureWhenAsked) {
  const std::string wrong = "- story: t\n  steps:\n  - intent: greet\n  - action: utter_bye\n";
  const std::string other = "- story: u\n  steps:\n  - intent: bye\n  - action: utter_greet\n";
  EXPECT_EQ(Replayed(Bot(), wrong + other, {.stop_at_first_failure = true}).stories.size(), 1u);
}

TEST(StoryEvaluation, AFormStepsAsideWhenTheStoryAnswersSomethingElse) {
  const StoryEvaluation found =
      Replayed(Bot(),
               "- story: unhappy\n  steps:\n  - intent: book\n  - action: booking_form\n  - active_loop: booking_form\n"
               "  - intent: hours\n  - action: utter_hours\n  - action: booking_form\n  - intent: tell\n"
               "    entities: [{guests: 2}]\n  - action: booking_form\n  - active_loop: null\n"
               "  - slot_was_set: [{requested_slot: null}]\n  - action: utter_booked\n");
  EXPECT_EQ(Joined(found.predicted), Joined(found.truth)) << StoriesText(found, StoryChoice::kFailed);
  EXPECT_EQ(found.failed(), 0u);
}

TEST(StoryEvaluation, TooManyActionsInARowTripTheCircuitBreaker) {
  const std::string story = "- story: t\n  steps:\n  - intent: greet\n  - action: utter_greet\n";
  const StoryEvaluation found = Replayed(Bot(), story, {.max_actions = 1});
  EXPECT_EQ(Joined(found.predicted), "utter_greet circuit breaker tripped");
  EXPECT_TRUE(found.stories[0].failed);
}

TEST(StoryEvaluation, EndToEndCountsIntentsLikeActions) {
  const StoryEvaluation found =
      Replayed(Bot(),
               "- story: t\n  steps:\n  - user: /greet\n    intent: greet\n  - action: utter_greet\n"
               "- story: u\n  steps:\n  - user: /bye\n    intent: greet\n  - action: utter_greet\n",
               {.end_to_end = true});
  EXPECT_EQ(Joined(found.truth), "greet utter_greet action_listen greet utter_greet action_listen");
  EXPECT_EQ(Joined(found.predicted), "greet utter_greet action_listen bye utter_greet action_listen");
  EXPECT_FALSE(found.stories[0].failed);
  EXPECT_TRUE(found.stories[1].failed);
  EXPECT_NE(StoriesText(found, StoryChoice::kFailed)
                .find("  - intent: greet  # predicted: bye: /bye\n    user: |-\n      /bye\n"),
            std::string::npos)
      << StoriesText(found, StoryChoice::kFailed);
}

TEST(StoryEvaluation, AMessageWithoutATextIsNotMisunderstood) {
  const StoryEvaluation found =
      Replayed(Bot(), "- story: t\n  steps:\n  - intent: greet\n  - action: utter_greet\n", {.end_to_end = true});
  EXPECT_EQ(Joined(found.predicted), "greet utter_greet action_listen");
  EXPECT_EQ(found.failed(), 0u);
}

TEST(StoryEvaluation, AnEntityThatIsNotFoundFailsAnEndToEndStory) {
  const StoryEvaluation found = Replayed(Bot(),
                                         "- story: t\n  steps:\n  - user: '/greet'\n    intent: greet\n    entities: "
                                         "[{city: Rome}]\n  - action: utter_greet\n",
                                         {.end_to_end = true});
  EXPECT_TRUE(found.stories[0].failed);
  EXPECT_EQ(Joined(found.truth), "greet utter_greet action_listen");
  EXPECT_EQ(Joined(found.predicted), Joined(found.truth));
}

TEST(StoryEvaluation, FailedStoriesAreTellableToBuildServers) {
  const StoryEvaluation found = Replayed(Bot(), "- story: t\n  steps:\n  - intent: greet\n  - action: utter_bye\n");
  const std::string junit = JUnitText({.stories = &found});
  EXPECT_NE(junit.find("<testsuite name=\"stories\" tests=\"1\" failures=\"1\">"), std::string::npos) << junit;
  EXPECT_NE(junit.find("action `utter_bye`: predicted: utter_greet"), std::string::npos) << junit;
  auto sarif = ParseJson(SarifText({.stories = &found}));
  ASSERT_TRUE(sarif.ok());
  const Json& result = (*sarif)["runs"].array()[0]["results"].array()[0];
  EXPECT_EQ(result["ruleId"], Json("story-failed"));
  EXPECT_EQ(result["locations"].array()[0]["physicalLocation"]["artifactLocation"]["uri"],
            Json("tests/test_stories.yml"));
}

// A small assistant whose stories never have `stop` after the question.
LiveModel Doubting() {
  Source source =
      SmallDomain({.intents = {"start", "yes", "no", "stop"}, .actions = {"utter_sure", "utter_good", "utter_bad"}});
  for (int i = 0; i < 30; ++i) {
    const std::string n = std::to_string(i);
    source.domain.actions.push_back({.name = "utter_" + n});
    source.data.stories.push_back(Tale("yes " + n, {User("start"), Action("utter_sure"), User("yes"),
                                                    Action("utter_good"), User("stop"), Action("utter_" + n)}));
    source.data.stories.push_back(Tale("no " + n, {User("start"), Action("utter_sure"), User("no"), Action("utter_bad"),
                                                   User("stop"), Action("utter_" + n)}));
  }
  Diagnostics diagnostics;
  LiveModel model{.domain = source.domain};
  auto ensemble = TrainPolicies(source, {{.name = "UnexpecTEDIntentPolicy"}, {.name = "TEDPolicy"}}, diagnostics);
  EXPECT_TRUE(ensemble.ok()) << ErrorsOf(diagnostics);
  if (ensemble.ok()) model.ensemble = std::move(ensemble).value();
  model.slot_table = std::make_shared<const SlotTable>(model.domain.MakeSlotTable());
  return model;
}

TEST(StoryEvaluation, AnUnexpectedUnlikelyIntentIsAWarningWhenTheRestIsRight) {
  const LiveModel model = Doubting();
  const std::string head = "- story: t\n  steps:\n  - intent: start\n  - action: utter_sure\n  - intent: stop\n";
  const StoryEvaluation first = Replayed(model, head + "  - action: utter_good\n");
  // What the policies say of their own accord once the doubt is noted.
  const std::string next = first.predicted[2];
  ASSERT_NE(next, "action_unlikely_intent");
  const StoryEvaluation found = Replayed(model, head + "  - action: " + next + "\n");
  EXPECT_EQ(found.predicted[2], next);
  EXPECT_EQ(found.stories[0].comments.begin()->second, "predicted: action_unlikely_intent");
}

}  // namespace
}  // namespace greenroom

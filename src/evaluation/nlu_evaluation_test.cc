#include "evaluation/nlu_evaluation.h"

#include <gtest/gtest.h>

#include "evaluation/cross_validation.h"
#include "evaluation/exchange_reports.h"
#include "evaluation/test_data.h"

namespace greenroom {
namespace {

std::vector<NluExample> Examples(const std::string& yaml) {
  Diagnostics diagnostics;
  std::vector<NluExample> examples = ReadTestData(yaml, "tests/test_nlu.yml", diagnostics).examples;
  EXPECT_FALSE(diagnostics.has_errors());
  return examples;
}

// A model that gives the prepared answers in order.
ParseFunction Answers(std::vector<Parse> answers) {
  auto next = std::make_shared<size_t>(0);
  return [answers = std::move(answers), next](const std::string&) { return answers.at((*next)++); };
}

TEST(NluEvaluation, WithoutExamplesThereIsNothingToReport) {
  const NluEvaluation found = EvaluateNlu({}, Answers({}));
  EXPECT_FALSE(found.intents);
  EXPECT_EQ(NluEvaluationToJson(found).Dump(),
            R"({"intent_evaluation":null,"entity_evaluation":null,"response_selection_evaluation":null})");
}

TEST(NluEvaluation, ErrorsNameTheTextTheIntentAndWhatItWasTakenFor) {
  const auto examples =
      Examples("nlu:\n- intent: greet\n  examples: |\n    - hello\n- intent: bye\n  examples: |\n    - so long\n");
  const NluEvaluation found = EvaluateNlu(examples, Answers({{.intent = {.name = "greet", .confidence = 0.9}},
                                                             {.intent = {.name = "greet", .confidence = 0.6}}}));
  ASSERT_TRUE(found.intents);
  EXPECT_EQ(found.intents->errors.Dump(),
            R"([{"text":"so long","intent":"bye","intent_prediction":{"name":"greet","confidence":0.6}}])");
  EXPECT_EQ(found.intents->successes.size(), 1u);
  const Json json = NluEvaluationToJson(found)["intent_evaluation"];
  EXPECT_EQ(json["predictions"].Dump(), R"([{"text":"hello","intent":"greet","predicted":"greet","confidence":0.9},)"
                                        R"({"text":"so long","intent":"bye","predicted":"greet","confidence":0.6}])");
  EXPECT_EQ(json["accuracy"], Json(0.5));
}

TEST(NluEvaluation, AMessageWithoutAnyIntentIsTakenForNone) {
  const auto examples = Examples("nlu:\n- intent: greet\n  examples: |\n    - hello\n");
  const NluEvaluation found = EvaluateNlu(examples, Answers({{}}));
  EXPECT_EQ(found.intents->predicted, (std::vector<std::string>{"None"}));
  EXPECT_TRUE(NluEvaluationToJson(found)["intent_evaluation"]["predictions"].array()[0]["predicted"].is_null());
}

TEST(NluEvaluation, EntitiesAreComparedTokenByTokenForEachExtractor) {
  const auto examples = Examples("nlu:\n- intent: trip\n  examples: |\n    - to [New York](city) please\n");
  Parse parse{.text = "to New York please", .tokens = {{0, 2}, {3, 6}, {7, 11}, {12, 18}}};
  parse.entities = {
      {.entity = "city", .value = "New", .start = 3, .end = 6, .extractor = "DIETClassifier"},
      {.entity = "city", .value = "New York", .start = 3, .end = 11, .extractor = "RegexEntityExtractor"}};
  const NluEvaluation found = EvaluateNlu(examples, Answers({parse}));
  ASSERT_EQ(found.entities.size(), 2u);
  const Comparison& diet = found.entities.at("DIETClassifier");
  EXPECT_EQ(diet.truth, (std::vector<std::string>{"no_entity", "city", "city", "no_entity"}));
  EXPECT_EQ(diet.predicted, (std::vector<std::string>{"no_entity", "city", "no_entity", "no_entity"}));
  EXPECT_EQ(diet.report.labels[0].figures.recall, 0.5);
  EXPECT_EQ(diet.report.accuracy, 0.75);
  EXPECT_EQ(diet.errors.array()[0]["entities"].Dump(), R"([{"entity":"city","start":3,"end":11,"value":"New York"}])");
  EXPECT_EQ(found.entities.at("RegexEntityExtractor").report.accuracy, 1.0);
}

TEST(NluEvaluation, RolesAndGroupsArePartOfAnEntitysName) {
  const auto examples = Examples(
      "nlu:\n- intent: trip\n  examples: |\n    - from [Rome]{\"entity\": \"city\", \"role\": \"from\", \"group\": "
      "\"1\"}\n");
  Parse parse{.text = "from Rome", .tokens = {{0, 4}, {5, 9}}};
  parse.entities = {{.entity = "city", .value = "Rome", .start = 5, .end = 9, .role = "to", .extractor = "D"}};
  const NluEvaluation found = EvaluateNlu(examples, Answers({parse}));
  EXPECT_EQ(found.entities.at("D").truth[1], "city.1.from");
  EXPECT_EQ(found.entities.at("D").predicted[1], "city.to");
}

TEST(NluEvaluation, ResponsesAreComparedByTheirFullNames) {
  const auto examples = Examples(
      "nlu:\n- intent: faq/hours\n  examples: |\n    - when\n- intent: faq/price\n  examples: |\n    - how much\n");
  const auto selected = [](const char* key) {
    const Json response = Json::Object({{"confidence", 0.8}, {"intent_response_key", key}});
    return Json::Object({{"default", Json::Object({{"response", response}})}});
  };
  Parse hours{.intent = {.name = "faq", .confidence = 1.0}, .response_selector = selected("faq/hours")};
  const NluEvaluation found = EvaluateNlu(examples, Answers({hours, hours}));
  ASSERT_TRUE(found.responses);
  EXPECT_EQ(found.intents->report.accuracy, 1.0);
  EXPECT_EQ(found.responses->report.accuracy, 0.5);
  EXPECT_EQ(found.responses->errors.array()[0]["intent_response_key_target"], Json("faq/price"));
}

TEST(NluEvaluation, WhatIsMisunderstoodIsTellableToBuildServersWithItsPlace) {
  const auto examples = Examples("nlu:\n- intent: bye\n  examples: |\n    - so <long>\n");
  const NluEvaluation found = EvaluateNlu(examples, Answers({{.intent = {.name = "greet", .confidence = 0.6}}}));
  const std::string junit = JUnitText({.nlu = &found});
  EXPECT_NE(junit.find("<testsuite name=\"intent\" tests=\"1\" failures=\"1\">"), std::string::npos) << junit;
  EXPECT_NE(junit.find("name=\"so &lt;long&gt;\""), std::string::npos) << junit;
  auto sarif = ParseJson(SarifText({.nlu = &found}));
  ASSERT_TRUE(sarif.ok());
  const Json& result = (*sarif)["runs"].array()[0]["results"].array()[0];
  const Json& place = result["locations"].array()[0]["physicalLocation"];
  EXPECT_EQ(place["artifactLocation"]["uri"], Json("tests/test_nlu.yml"));
  EXPECT_EQ(place["region"]["startLine"], Json(4));
}

TEST(StratifiedFolds, EveryFoldHasItsShareOfEachIntentAndEveryExampleIsInOne) {
  std::vector<NluExample> examples;
  for (int i = 0; i < 10; ++i) examples.push_back({.text = std::to_string(i), .intent = i < 6 ? "often" : "rare"});
  const auto folds = StratifiedFolds(examples, 2, 7);
  std::set<size_t> seen;
  for (const auto& fold : folds) {
    EXPECT_EQ(fold.size(), 5u);
    EXPECT_EQ(std::count_if(fold.begin(), fold.end(), [](size_t i) { return i < 6; }), 3);
    seen.insert(fold.begin(), fold.end());
  }
  EXPECT_EQ(seen.size(), examples.size());
  EXPECT_EQ(folds, StratifiedFolds(examples, 2, 7));
}

TEST(CrossValidation, NeedsAsManyExamplesAsFolds) {
  Source source;
  source.data.nlu.examples = {{.text = "hello", .intent = "greet"}};
  Diagnostics diagnostics;
  const auto found = CrossValidate(source, ComponentRegistry(), {.folds = 5}, diagnostics);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().reason, "too_few_examples");
}

}  // namespace
}  // namespace greenroom

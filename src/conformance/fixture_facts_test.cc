#include "conformance/fixture_facts.h"

#include <gtest/gtest.h>

namespace greenroom::conformance {
namespace {

StoryStep Step(StoryStep::Kind kind, const char* name) { return {.kind = kind, .name = name}; }

std::string Outline(const std::vector<StoryStep>& steps) {
  TrainingData data;
  data.stories.push_back({.name = "s", .steps = steps});
  std::string text;
  const Json cut = StorySteps(data);
  for (const Json& step : cut.array()) {
    text += step["start"].Dump() + " ";
    for (const Json& event : step["events"].array())
      text += event["user"].AsString() + event["action"].AsString() + " ";
    text += step["end"].Dump() + "\n";
  }
  return text;
}

using Kind = StoryStep::Kind;

TEST(FixtureFacts, StoriesAreCutAtCheckpoints) {
  EXPECT_EQ(Outline({Step(Kind::kCheckpoint, "a"), Step(Kind::kUser, "hi"), Step(Kind::kCheckpoint, "b"),
                     Step(Kind::kAction, "utter"), Step(Kind::kCheckpoint, "c")}),
            "[\"a\"] hi [\"b\"]\n[\"b\"] utter [\"c\"]\n");
}

TEST(FixtureFacts, AlternativesAreStepsThatJoinAgain) {
  StoryStep either{.kind = Kind::kOr};
  either.alternatives = {{Step(Kind::kUser, "yes")}, {Step(Kind::kUser, "sure")}};
  EXPECT_EQ(Outline({either, Step(Kind::kAction, "utter")}),
            "[\"STORY_START\"] yes [\"GENR_OR\"]\n[\"STORY_START\"] sure [\"GENR_OR\"]\n[\"GENR_OR\"] utter []\n");
  EXPECT_EQ(Outline({either, Step(Kind::kCheckpoint, "c")}),
            "[\"STORY_START\"] yes [\"c\"]\n[\"STORY_START\"] sure [\"c\"]\n");
}

TEST(FixtureFacts, ComponentsAreComparedByNameAndPlace) {
  Source source;
  source.config.pipeline = {{.name = "WhitespaceTokenizer"}, {.name = "x.y.DIETClassifier"}};
  const Json ours = FactsOf("config", source);
  const auto nodes = [](const char* name) {
    return Json::Object({{"train_nodes", Json::List({"schema_validator", name})}, {"predict_nodes", Json::List()}});
  };
  EXPECT_EQ(CompareFacts("config", nodes("train_DIETClassifier1"), ours), "");
  EXPECT_NE(CompareFacts("config", nodes("train_DIETClassifier0"), ours), "");
}

}  // namespace
}  // namespace greenroom::conformance

#include <gtest/gtest.h>

#include "pipeline/nlu_model.h"

namespace greenroom {
namespace {

std::optional<Parse> Read(std::string_view text) {
  return ParseSlashMessage(text, {"greet", "rent", "größe"}, {"city", "days"});
}

TEST(SlashMessage, APlainIntentIsCertainAndAloneInTheRanking) {
  const auto parse = Read("/greet");
  ASSERT_TRUE(parse);
  EXPECT_EQ(parse->text, "/greet");
  EXPECT_EQ(parse->intent.name, "greet");
  EXPECT_EQ(parse->intent.confidence, 1.0);
  ASSERT_EQ(parse->ranking.size(), 1u);
  EXPECT_EQ(parse->ranking[0].name, "greet");
  EXPECT_TRUE(parse->tokens.empty());
}

TEST(SlashMessage, BlanksAroundTheNameDoNotMatter) {
  EXPECT_EQ(Read("/ greet")->intent.name, "greet");
  EXPECT_EQ(Read("/greet {\"city\": \"Rome\"}")->entities.size(), 1u);
}

TEST(SlashMessage, UnknownIntentsAndOrdinaryTextsAreNone) {
  EXPECT_FALSE(Read("/unknown"));
  EXPECT_FALSE(Read("greet"));
  EXPECT_FALSE(Read("/"));
  EXPECT_FALSE(Read(""));
  EXPECT_FALSE(Read("/greet/more"));
}

TEST(SlashMessage, TheConfidenceIsCappedAndNonsenseIsZero) {
  EXPECT_EQ(Read("/greet@0.41")->intent.confidence, 0.41);
  EXPECT_EQ(Read("/greet@1.5")->intent.confidence, 1.0);
  EXPECT_EQ(Read("/greet@0.5.5")->intent.confidence, 0.0);
  EXPECT_EQ(Read("/greet@")->intent.confidence, 1.0);
}

TEST(SlashMessage, EntitiesCoverTheBracesInCodePoints) {
  const auto parse = Read("/größe@0.5{\"city\": \"Köln\", \"days\": 3}");
  ASSERT_EQ(parse->entities.size(), 2u);
  EXPECT_EQ(parse->entities[0].entity, "city");
  EXPECT_EQ(parse->entities[0].value.AsString(), "Köln");
  EXPECT_EQ(parse->entities[0].start, 10);
  EXPECT_EQ(parse->entities[0].end, 37);
  EXPECT_EQ(parse->entities[0].extractor, "RegexMessageHandler");
  EXPECT_EQ(parse->entities[1].value.AsInt(), 3);
}

TEST(SlashMessage, AListIsSeveralEntitiesAndUnknownOnesAreDropped) {
  const auto parse = Read("/rent{\"city\": [\"Rome\", \"Oslo\"], \"colour\": \"red\"}");
  ASSERT_EQ(parse->entities.size(), 2u);
  EXPECT_EQ(parse->entities[1].value.AsString(), "Oslo");
}

TEST(SlashMessage, MalformedJsonKeepsTheIntentWithoutEntities) {
  const auto parse = Read("/rent{\"city\": }");
  ASSERT_TRUE(parse);
  EXPECT_EQ(parse->intent.name, "rent");
  EXPECT_TRUE(parse->entities.empty());
  EXPECT_TRUE(Read("/rent{}")->entities.empty());
  EXPECT_TRUE(Read("/rent{\"city\": \"Rome\"} and }")->entities.empty());
}

TEST(SlashMessage, TextBehindTheBracesIsIgnored) {
  EXPECT_EQ(Read("/rent{\"city\": \"Rome\"} please")->entities.size(), 1u);
}

}  // namespace
}  // namespace greenroom

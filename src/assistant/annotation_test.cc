#include "assistant/annotation.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

TEST(ParseAnnotation, ReadsTheShortFormWithAndWithoutAValue) {
  AnnotatedText read = ParseAnnotation("from [Köln](city) to [LA](city:Los Angeles)");
  EXPECT_EQ(read.text, "from Köln to LA");
  ASSERT_EQ(read.entities.size(), 2u);
  EXPECT_EQ(read.entities[0].start, 5);
  EXPECT_EQ(read.entities[0].end, 9);
  EXPECT_EQ(read.entities[1].value.AsString(), "Los Angeles");
  EXPECT_EQ(read.entities[1].start, 13);
}

TEST(ParseAnnotation, ReadsRolesGroupsAndNumbersFromJson) {
  AnnotatedText read = ParseAnnotation(R"([two]{"entity": "count", "value": 2, "role": "r", "group": "g"} beds)");
  ASSERT_EQ(read.entities.size(), 1u);
  EXPECT_EQ(read.entities[0].value.AsInt(), 2);
  EXPECT_EQ(read.entities[0].role, "r");
  EXPECT_EQ(read.entities[0].group, "g");
  EXPECT_EQ(read.text, "two beds");
}

TEST(ParseAnnotation, ReadsSeveralEntitiesOverTheSameText) {
  AnnotatedText read = ParseAnnotation(R"([x][{"entity": "a"}, {"entity": "b", "value": "y"}])");
  ASSERT_EQ(read.entities.size(), 2u);
  EXPECT_EQ(read.entities[0].value.AsString(), "x");
  EXPECT_EQ(read.entities[1].value.AsString(), "y");
}

TEST(ParseAnnotation, LeavesBracketsThatAnnotateNothingInTheText) {
  for (const char* text : {"[x]", "[](a)", "[x] (a)", "a [b", "[x]()", "[x](:y)", "[x](a:)", "]["}) {
    AnnotatedText read = ParseAnnotation(text);
    EXPECT_EQ(read.text, text);
    EXPECT_TRUE(read.entities.empty()) << text;
  }
}

TEST(ParseAnnotation, NamesBrokenJsonWithItsPlaceAndKeepsTheText) {
  AnnotatedText read = ParseAnnotation(R"(a [x]{"entity" "b"} c)");
  EXPECT_EQ(read.text, "a x c");
  ASSERT_EQ(read.problems.size(), 1u);
  EXPECT_EQ(read.problems[0].byte, 5u);
  EXPECT_FALSE(ParseAnnotation(R"([x]{"role": "b"})").problems.empty());
}

TEST(ParseAnnotation, TakesLinearTimeOnHostileText) {
  std::string brackets(1'000'000, '[');
  EXPECT_EQ(ParseAnnotation(brackets).text.size(), brackets.size());
  std::string halves;
  for (int i = 0; i < 200'000; ++i) halves += "[a](";
  EXPECT_EQ(ParseAnnotation(halves).text.size(), halves.size());
}

}  // namespace
}  // namespace greenroom

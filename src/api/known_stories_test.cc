#include "api/known_stories.h"

#include <gtest/gtest.h>

#include "conversation/conversation_index.h"

namespace greenroom {
namespace {

using Kind = StoryStep::Kind;

StoryStep User(const std::string& intent) { return {.kind = Kind::kUser, .name = intent}; }
StoryStep Action(const std::string& action) { return {.kind = Kind::kAction, .name = action}; }

int64_t HashOf(const std::vector<std::pair<std::string, std::string>>& steps) {
  int64_t hash = 0;
  for (const auto& [kind, name] : steps) hash = NextStoryHash(hash, kind, name);
  return hash;
}

TEST(KnownStoriesTest, AStoryIsItsIntentsAndActions) {
  StoryStep slot{.kind = Kind::kSlot, .name = "city"};
  std::vector<int64_t> hashes = StoryHashes({{.name = "a", .steps = {User("greet"), slot, Action("utter_greet")}}});
  EXPECT_EQ(hashes, (std::vector<int64_t>{HashOf({{"intent", "greet"}, {"action", "utter_greet"}})}));
}

TEST(KnownStoriesTest, EachAlternativeIsAStory) {
  StoryStep either{.kind = Kind::kOr, .alternatives = {{User("yes")}, {User("sure")}}};
  std::vector<int64_t> hashes = StoryHashes({{.name = "a", .steps = {either, Action("go")}}});
  std::vector<int64_t> expected = {HashOf({{"intent", "yes"}, {"action", "go"}}),
                                   HashOf({{"intent", "sure"}, {"action", "go"}})};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(hashes, expected);
}

TEST(KnownStoriesTest, StoriesThatGoOnElsewhereOrHaveTooManyWaysAreLeftOut) {
  StoryStep elsewhere{.kind = Kind::kCheckpoint, .name = "c"};
  StoryStep either{.kind = Kind::kOr, .alternatives = {{User("yes")}, {User("sure")}}};
  EXPECT_TRUE(StoryHashes({{.name = "a", .steps = {User("greet"), elsewhere}}}).empty());
  EXPECT_TRUE(StoryHashes({{.name = "b", .steps = std::vector<StoryStep>(20, either)}}).empty());
}

TEST(KnownStoriesTest, WithoutAProjectNothingIsKnown) {
  KnownStories none("");
  EXPECT_FALSE(none.known());
  EXPECT_TRUE(none.Hashes().empty());
  EXPECT_TRUE(KnownStories("/nowhere").Hashes().empty());
}

}  // namespace
}  // namespace greenroom

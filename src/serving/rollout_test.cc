#include "serving/rollout.h"

#include <gtest/gtest.h>

#include <vector>

namespace greenroom {
namespace {

using Kind = RolloutStep::Kind;
using Name = std::optional<std::string>;

TEST(Rollout, AWantedModelIsLoadedWarmedAndSwitchedInInThisOrder) {
  EnvironmentSnapshot environment{.wanted = "new", .serving = "old"};
  EXPECT_EQ(NextStep(environment)->kind, Kind::kLoad);
  environment.loaded = "new";
  EXPECT_EQ(NextStep(environment)->kind, Kind::kWarmUp);
  environment.loaded = std::nullopt;
  environment.warm = "new";
  EXPECT_EQ(NextStep(environment)->kind, Kind::kSwitch);
  environment = {.wanted = "new", .serving = "new"};
  EXPECT_FALSE(NextStep(environment));
}

TEST(Rollout, AFailedModelIsNotTriedAgainAndTheServingOneStays) {
  EXPECT_FALSE(NextStep({.wanted = "broken", .serving = "old", .failed = "broken"}));
  EXPECT_EQ(NextStep({.wanted = "fixed", .serving = "old", .failed = "broken"})->kind, Kind::kLoad);
}

TEST(Rollout, WithoutATagNothingIsServed) {
  EXPECT_EQ(NextStep({.serving = "old"})->kind, Kind::kStopServing);
  EXPECT_FALSE(NextStep({}));
}

// Whatever the state, following the steps ends, and ends as wanted unless the model cannot be loaded.
TEST(Rollout, FollowingTheStepsFromEveryStateReachesWhatIsWanted) {
  const std::vector<Name> names = {std::nullopt, "a", "b"};
  for (const Name& wanted : names)
    for (const Name& serving : names)
      for (const Name& loaded : names)
        for (const Name& warm : names)
          for (const Name& failed : names) {
            EnvironmentSnapshot e{
                .wanted = wanted, .serving = serving, .loaded = loaded, .warm = warm, .failed = failed};
            int steps = 0;
            for (auto step = NextStep(e); step; step = NextStep(e)) {
              ASSERT_LT(++steps, 10);
              if (step->kind == Kind::kLoad) e.loaded = step->model;
              if (step->kind == Kind::kWarmUp) e.warm = std::exchange(e.loaded, std::nullopt);
              if (step->kind == Kind::kSwitch) e.serving = std::exchange(e.warm, std::nullopt);
              if (step->kind == Kind::kDiscard) e.loaded = e.warm = std::nullopt;
              if (step->kind == Kind::kStopServing) e.serving = std::nullopt;
              if (serving) {
                EXPECT_TRUE(e.serving || !wanted) << "never a moment without a model";
              }
            }
            EXPECT_TRUE(e.serving == wanted || failed == wanted);
          }
}

}  // namespace
}  // namespace greenroom

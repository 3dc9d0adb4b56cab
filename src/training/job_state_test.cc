#include <gtest/gtest.h>

#include "training/job_store.h"

namespace greenroom {
namespace {

constexpr JobState kAll[] = {JobState::kQueued, JobState::kTraining, JobState::kDone, JobState::kFailed,
                             JobState::kCancelled};

TEST(JobStates, NamesReadBack) {
  for (JobState state : kAll) EXPECT_EQ(JobStateFromName(JobStateName(state)), state);
  EXPECT_EQ(JobStateFromName("paused"), std::nullopt);
}

TEST(JobStates, OnlyForwardMovesAreAllowed) {
  int allowed = 0;
  for (JobState from : kAll) {
    for (JobState to : kAll) allowed += CheckAdvance(from, to).ok() ? 1 : 0;
  }
  EXPECT_EQ(allowed, 6);
  EXPECT_TRUE(CheckAdvance(JobState::kQueued, JobState::kTraining).ok());
  EXPECT_TRUE(CheckAdvance(JobState::kTraining, JobState::kDone).ok());
  EXPECT_TRUE(CheckAdvance(JobState::kTraining, JobState::kCancelled).ok());
  EXPECT_EQ(CheckAdvance(JobState::kQueued, JobState::kDone).error().reason, "job_state_conflict");
  EXPECT_EQ(CheckAdvance(JobState::kDone, JobState::kFailed).error().reason, "job_state_conflict");
}

}  // namespace
}  // namespace greenroom

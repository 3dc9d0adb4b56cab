#include <array>

#include "training/job_store.h"

namespace greenroom {
namespace {

constexpr std::array<std::string_view, 5> kNames = {"queued", "training", "done", "failed", "cancelled"};

bool Allowed(JobState from, JobState to) {
  bool ended = from == JobState::kDone || from == JobState::kFailed || from == JobState::kCancelled;
  if (ended) return false;
  if (to == JobState::kFailed || to == JobState::kCancelled) return true;
  if (from == JobState::kQueued) return to == JobState::kTraining;
  return to == JobState::kDone;
}

}  // namespace

std::string_view JobStateName(JobState state) { return kNames[static_cast<size_t>(state)]; }

std::optional<JobState> JobStateFromName(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<JobState>(i);
  }
  return std::nullopt;
}

Result<void> CheckAdvance(JobState from, JobState to) {
  if (Allowed(from, to)) return {};
  return Error{
      ErrorCode::kConflict, "job_state_conflict",
      "a training job cannot go from " + std::string(JobStateName(from)) + " to " + std::string(JobStateName(to))};
}

}  // namespace greenroom

// Training jobs: one run each that turns a source into a model.
//
// States: queued -> training -> done; any -> failed, cancelled. The transition function refuses all other moves.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace greenroom {

enum class JobState { kQueued, kTraining, kDone, kFailed, kCancelled };

std::string_view JobStateName(JobState state);
std::optional<JobState> JobStateFromName(std::string_view name);
// Error: job_state_conflict.
Result<void> CheckAdvance(JobState from, JobState to);

struct TrainingJob {
  std::string id;
  std::string assistant = "default";
  JobState state = JobState::kQueued;
  std::string step = {};  // what is being done
  double fraction = 0;    // 0..1
  std::optional<double> eta_seconds = {};
  std::string model = {};  // name, once done
  Json diagnostics = Json::List();
  std::string error = {};  // reason id, once failed
  std::string message = {};
  std::string actor = {};
  double created_at = 0, finished_at = 0;
};

class JobStore {
 public:
  virtual ~JobStore() = default;
  virtual Result<void> Put(const TrainingJob& job) = 0;  // inserts or replaces
  virtual Result<std::optional<TrainingJob>> Find(const std::string& id) const = 0;
  virtual Result<std::vector<TrainingJob>> List(const std::string& assistant, int64_t limit) const = 0;  // newest first
};

}  // namespace greenroom

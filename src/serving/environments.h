// Environments: which model each environment of this process serves right now. Readers never wait for a load.
//
//   GR_ASSIGN(ServingHandle handle, environments.Acquire("production"));
//   ... one turn with *handle.model, even while another model is switched in ...
//
// Only the reconciler changes it (Publish, Note...). A handle keeps its model alive; the last one frees it.
// Thread rules: Acquire and Status from any thread; the changing calls from the reconciler's thread only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "dialogue/turn.h"
#include "serving/rollout.h"

namespace greenroom {

// A lease on a loaded model for one turn.
struct ServingHandle {
  std::shared_ptr<const LiveModel> model;
  int64_t epoch = 0;  // of the tag when this model was switched in
};

// What operators see of an environment in this process.
struct EnvironmentStatus {
  std::string name;
  std::optional<std::string> wanted;  // model name
  std::optional<std::string> serving;
  std::string serving_digest;
  int64_t epoch = 0;
  std::string state;    // serving, loading, failed, empty
  std::string failure;  // reason and message of the last failed load
  int draining = 0;     // earlier models that still answer a turn
  double since = 0;     // unix seconds since the serving model answers
};

class Environments {
 public:
  // Errors: environment_not_found, environment_without_model (kConflict), environment_loading (kUnavailable).
  Result<ServingHandle> Acquire(const std::string& name) const;
  std::vector<EnvironmentStatus> Status() const;

  // For the reconciler: brings the set of names in line and returns what each one serves.
  struct Slot {
    EnvironmentSnapshot snapshot;
    int64_t wanted_epoch = 0;
    std::shared_ptr<const LiveModel> serving, prepared;
    std::shared_ptr<const LiveModel> previous;  // kept warm so that a roll back is instant
    std::vector<std::weak_ptr<const LiveModel>> draining;
    int64_t epoch = 0;
    std::string failure;
    double since = 0;
  };
  using Slots = std::map<std::string, Slot>;
  // Runs `change` on the slots under the lock; it must be short: no loading, no I/O, no destruction of models.
  template <typename Change>
  auto With(Change&& change) {
    MutexLock lock(mutex_);
    return change(slots_);
  }

 private:
  mutable Mutex mutex_;
  Slots slots_ GUARDED_BY(mutex_);
};

}  // namespace greenroom

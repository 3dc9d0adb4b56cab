#include "serving/environments.h"

namespace greenroom {
namespace {

std::string StateOf(const Environments::Slot& slot) {
  if (!slot.failure.empty() && slot.snapshot.failed == slot.snapshot.wanted) return "failed";
  if (slot.snapshot.serving && slot.snapshot.serving == slot.snapshot.wanted) return "serving";
  if (slot.snapshot.wanted) return "loading";
  return "empty";
}

// Earlier models that some turn still holds; the one kept for a roll back and the serving one do not count.
int CountDraining(const Environments::Slot& slot) {
  int draining = 0;
  for (const auto& earlier : slot.draining) {
    auto model = earlier.lock();
    draining += model && model != slot.previous && model != slot.serving ? 1 : 0;
  }
  return draining;
}

EnvironmentStatus Describe(const std::string& name, const Environments::Slot& slot) {
  return {.name = name,
          .wanted = slot.snapshot.wanted,
          .serving = slot.snapshot.serving,
          .serving_digest = slot.serving ? slot.serving->digest : "",
          .epoch = slot.epoch,
          .state = StateOf(slot),
          .failure = slot.failure,
          .draining = CountDraining(slot),
          .since = slot.since};
}

Error WhyNothingServes(const std::string& name, const Environments::Slot& slot) {
  if (slot.snapshot.wanted && slot.failure.empty()) {
    return {ErrorCode::kUnavailable, "environment_loading", "environment `" + name + "` is still loading its model",
            "try again in a moment"};
  }
  return {ErrorCode::kConflict, "environment_without_model",
          "environment `" + name + "` serves no model" + (slot.failure.empty() ? "" : ": " + slot.failure),
          "tag a trained model with `" + name + "`"};
}

}  // namespace

Result<ServingHandle> Environments::Acquire(const std::string& name) const {
  MutexLock lock(mutex_);
  auto slot = slots_.find(name);
  if (slot == slots_.end()) {
    return Error{ErrorCode::kNotFound, "environment_not_found", "there is no environment `" + name + "` here",
                 "list the environments with `greenroom environment list`"};
  }
  if (!slot->second.serving) return WhyNothingServes(name, slot->second);
  return ServingHandle{slot->second.serving, slot->second.epoch};
}

std::vector<EnvironmentStatus> Environments::Status() const {
  MutexLock lock(mutex_);
  std::vector<EnvironmentStatus> all;
  for (const auto& [name, slot] : slots_) all.push_back(Describe(name, slot));
  return all;
}

}  // namespace greenroom

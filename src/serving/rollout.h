// The rollout decision: what an environment should do next to get from what it serves to what its tag wants.
//
// First load the wanted model beside the serving one, then warm it up, then switch, then let the old one drain. A model
// that failed is not tried again until something else is wanted or a retry is asked for; the serving one stays.
// Pure: no clock, no I/O, no lock.
#pragma once

#include <optional>
#include <string>

namespace greenroom {

// One environment as the reconciler sees it. Models are named; nullopt = none.
struct EnvironmentSnapshot {
  std::optional<std::string> wanted;   // behind the tag
  std::optional<std::string> serving;  // answers turns now
  std::optional<std::string> loaded;   // loaded beside it, not yet warm
  std::optional<std::string> warm;     // loaded and warmed up, not yet serving
  std::optional<std::string> failed;   // could not be loaded
};

struct RolloutStep {
  enum class Kind { kLoad, kWarmUp, kSwitch, kDiscard, kStopServing } kind = Kind::kLoad;
  std::string model;  // the one the step is about
};

// nullopt: the environment is as wanted, or waits for a failed model to be replaced.
std::optional<RolloutStep> NextStep(const EnvironmentSnapshot& environment);

}  // namespace greenroom

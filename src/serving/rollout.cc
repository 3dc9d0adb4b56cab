#include "serving/rollout.h"

namespace greenroom {

std::optional<RolloutStep> NextStep(const EnvironmentSnapshot& environment) {
  using Kind = RolloutStep::Kind;
  for (const auto& prepared : {environment.loaded, environment.warm}) {
    if (prepared && prepared != environment.wanted) return RolloutStep{Kind::kDiscard, *prepared};
  }
  if (!environment.wanted) {
    if (environment.serving) return RolloutStep{Kind::kStopServing, *environment.serving};
    return std::nullopt;
  }
  if (environment.serving == environment.wanted) return std::nullopt;
  if (environment.warm) return RolloutStep{Kind::kSwitch, *environment.warm};
  if (environment.loaded) return RolloutStep{Kind::kWarmUp, *environment.loaded};
  if (environment.failed == environment.wanted) return std::nullopt;
  return RolloutStep{Kind::kLoad, *environment.wanted};
}

}  // namespace greenroom

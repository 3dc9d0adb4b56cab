#include <algorithm>

#include "dialogue/builtin_policies.h"

namespace greenroom {

ParameterSpec SwitchParameter(std::string name, bool default_value) {
  return {.kind = ParameterSpec::Kind::kBool, .name = std::move(name), .default_value = default_value};
}

ParameterSpec FractionParameter(std::string name, double default_value) {
  return {
      .kind = ParameterSpec::Kind::kFloat, .name = std::move(name), .default_value = default_value, .min = 0, .max = 1};
}

ParameterSpec ParameterWithoutEffect(std::string name, Json default_value) {
  return {.kind = ParameterSpec::Kind::kAny,
          .name = std::move(name),
          .default_value = std::move(default_value),
          .no_effect = true};
}

std::vector<ParameterSpec> CommonPolicyParameters(int priority) {
  return {{.kind = ParameterSpec::Kind::kInt, .name = "priority", .default_value = priority},
          {.kind = ParameterSpec::Kind::kInt, .name = "max_history", .default_value = nullptr, .min = 0, .max = 1e6},
          {.kind = ParameterSpec::Kind::kAny, .name = "featurizer", .default_value = nullptr}};
}

size_t MaxHistoryOf(const Json& parameters) {
  const Json& own = parameters["max_history"];
  if (own.is_int()) return static_cast<size_t>(std::max<int64_t>(0, own.AsInt()));
  const Json& written = parameters["featurizer"];
  const Json& featurizer = written.is_array() && written.size() > 0 ? written.array().front() : written;
  if (featurizer["name"].AsString().ends_with("MaxHistoryTrackerFeaturizer")) {
    return static_cast<size_t>(std::max<int64_t>(0, featurizer["max_history"].AsInt()));
  }
  return 0;
}

}  // namespace greenroom

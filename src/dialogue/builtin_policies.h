// The factories of our policies, one function each, and the parameters that all of them take.
// Thread rules: pure functions.
#pragma once

#include "dialogue/policy.h"

namespace greenroom {

PolicyFactory RulePolicyFactory();
PolicyFactory MemoizationPolicyFactory();
PolicyFactory AugmentedMemoizationPolicyFactory();
PolicyFactory LearnedPolicyFactory();           // TEDPolicy
PolicyFactory UnexpectedIntentPolicyFactory();  // UnexpecTEDIntentPolicy

// Parameters by kind, for specs. Example: SwitchParameter("restrict_rules", true).
ParameterSpec SwitchParameter(std::string name, bool default_value);
ParameterSpec FractionParameter(std::string name, double default_value);
// Accepted in the form that Rasa knows it, without effect on our models.
ParameterSpec ParameterWithoutEffect(std::string name, Json default_value);
// `priority`, `max_history` and `featurizer`, which every policy has.
std::vector<ParameterSpec> CommonPolicyParameters(int priority);

// The parameters that TEDPolicy and UnexpecTEDIntentPolicy share; most have no meaning for our models.
std::vector<ParameterSpec> NetParameters(int priority);

// How many states a policy looks at: `max_history`, or that of a MaxHistoryTrackerFeaturizer; 0 = all.
size_t MaxHistoryOf(const Json& parameters);

}  // namespace greenroom

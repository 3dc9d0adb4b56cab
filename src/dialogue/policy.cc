#include "dialogue/policy.h"

#include <algorithm>

#include "dialogue/builtin_policies.h"

namespace greenroom {

std::pair<int, double> Prediction::Best() const {
  if (scores.empty()) return {-1, 0.0};
  const auto best = std::max_element(scores.begin(), scores.end());
  return {static_cast<int>(best - scores.begin()), *best};
}

ActionIndex::ActionIndex(const Domain& domain) : names_(domain.ActionNames()) {
  for (size_t i = 0; i < names_.size(); ++i) index_.emplace(names_[i], static_cast<int>(i));
}

int ActionIndex::Find(std::string_view name) const {
  auto found = index_.find(name);
  return found == index_.end() ? -1 : found->second;
}

const std::vector<PolicyFactory>& BuiltinPolicies() {
  static const std::vector<PolicyFactory> kPolicies = {RulePolicyFactory(), MemoizationPolicyFactory(),
                                                       AugmentedMemoizationPolicyFactory(), LearnedPolicyFactory(),
                                                       UnexpectedIntentPolicyFactory()};
  return kPolicies;
}

}  // namespace greenroom

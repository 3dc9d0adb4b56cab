// RulePolicy: answers as the rules say, runs active loops, and falls back when nothing else is sure.
//
// Parameters: core_fallback_threshold (0.3), core_fallback_action_name (action_default_fallback),
// enable_fallback_prediction, restrict_rules, check_for_contradictions, use_nlu_confidence_as_score.
// Example: with the default parameters, when no rule applies the prediction is action_default_fallback with 0.3.
//
// Errors at training: the codes of rule_checks.h. Thread rules: const after training.
#pragma once

#include <set>
#include <string>

#include "dialogue/policy.h"
#include "dialogue/rule_book.h"

namespace greenroom {

class RulePolicy final : public Policy {
 public:
  static Result<std::unique_ptr<Policy>> Train(PolicyTrainContext& context);
  static Result<std::unique_ptr<Policy>> Load(const PolicyLoadContext& context, const BlobReader& blobs);

  Prediction Predict(const DialogueHistory& history) const override;
  HistoryReach reach() const override { return {.states = book_.longest() + 1}; }
  void Save(BlobWriter& blobs) const override;
  RuleOnlyNames rule_only() const override { return rule_only_; }

 private:
  explicit RulePolicy(const PolicyLoadContext& context);

  RuleBook book_;
  std::set<std::string> hidden_sources_;  // decisions that no story needs
  RuleOnlyNames rule_only_;
  std::shared_ptr<const ActionIndex> actions_;
  int fallback_action_ = -1;  // -1 = no fallback
  double fallback_threshold_ = 0;
  bool use_nlu_confidence_ = false;
};

}  // namespace greenroom

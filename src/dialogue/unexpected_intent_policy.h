// UnexpecTEDIntentPolicy: notices that a user says what no story would expect here, and predicts
// action_unlikely_intent.
//
// Learns intents from the states before the user spoke. Per intent the threshold is a low quantile (1 %) of the
// probabilities that models of the other folds gave it where it was right (folds that know the intent), and never above
// what it gets on the stories themselves, so no story is unexpected. `tolerance` (0..1) lowers the thresholds;
// `ignore_intents_list` exempts intents.
//
// Predicts only directly after a user message whose intent was learnt: confidence 1.0 when the probability is below the
// threshold and another intent ranks first, else no opinion. The diagnostics of the prediction hold query_intent
// {name, score, threshold, severity} and ranking, a list of the same; they become the metadata of the action's event.
// Thread rules: const after training.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "dialogue/policy.h"
#include "dialogue/state_classifier.h"

namespace greenroom {

class UnexpectedIntentPolicy final : public Policy {
 public:
  static Result<std::unique_ptr<Policy>> Train(PolicyTrainContext& context);
  static Result<std::unique_ptr<Policy>> Load(const PolicyLoadContext& context, const BlobReader& blobs);

  Prediction Predict(const DialogueHistory& history) const override;
  HistoryReach reach() const override;
  void Save(BlobWriter& blobs) const override;

 private:
  explicit UnexpectedIntentPolicy(const PolicyLoadContext& context);
  Result<void> Adopt(std::string_view blob);
  void Calibrate(const std::vector<StateExample>& examples, const StateTrainOptions& options,
                 const ParallelFor& parallel_for);
  // {name, score, threshold, severity} of one intent.
  Json Judged(size_t intent, float score) const;

  std::string owned_;
  std::string_view blob_;
  StateClassifier classifier_;
  std::vector<float> thresholds_;  // by class
  std::shared_ptr<const ActionIndex> actions_;
  std::set<std::string> ignored_;
  size_t max_history_ = 0;
  size_t ranking_length_ = 10;
  float tolerance_ = 0;
};

}  // namespace greenroom

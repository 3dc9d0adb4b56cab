// TEDPolicy: learns from stories which action follows, and generalises to conversations that no story tells.
//
// The original is as sure as its training was long: after few steps (epochs times batches) its scores are nearly equal
// and the fallback wins. So it is here: the sureness of a model flattens its probabilities, never their order.
//
// Not a transformer: a softmax regression and an embedding net over features of the last states (state_features.h),
// better than the original on the public dialogue sets and trained in about a second. Of its parameters max_history,
// priority, epochs (100 = our normal effort), batch_size, constrain_similarities, random_seed, ranking_length,
// renormalize_confidences and e2e_confidence_threshold have effect.
//
// Example: with end-to-end stories, the text of a message is scored as well as its intent; the text wins when it is
// surer than both the intent and the threshold.
//
// Thread rules: const after training.
#pragma once

#include <memory>
#include <string>

#include "dialogue/policy.h"
#include "dialogue/state_classifier.h"

namespace greenroom {

// The examples of stories: the last `max_history` states before each action that can be predicted. Small sets get each
// story once more after other stories, as conversations do not begin anew with each topic.
std::vector<StateExample> ActionExamples(const StateEncoder& encoder,
                                         const std::vector<TrainingConversation>& conversations, size_t max_history,
                                         uint64_t seed);

class LearnedPolicy final : public Policy {
 public:
  static Result<std::unique_ptr<Policy>> Train(PolicyTrainContext& context);
  static Result<std::unique_ptr<Policy>> Load(const PolicyLoadContext& context, const BlobReader& blobs);

  Prediction Predict(const DialogueHistory& history) const override;
  HistoryReach reach() const override;
  void Save(BlobWriter& blobs) const override;

 private:
  explicit LearnedPolicy(const PolicyLoadContext& context);
  Result<void> Adopt(std::string_view blob, bool end_to_end);
  void Temper(std::vector<float>& probabilities) const;
  void CutRanking(std::vector<double>& scores) const;

  std::string owned_;  // the blob when it was just trained
  std::string_view blob_;
  StateClassifier classifier_;
  std::vector<int> action_of_class_;  // -1 when the domain does not have it
  std::shared_ptr<const ActionIndex> actions_;
  size_t max_history_ = 0;
  size_t ranking_length_ = 0;
  bool renormalize_ = false;
  bool end_to_end_ = false;  // texts were learnt
  double text_threshold_ = 0.5;
  double sureness_ = 1;  // exponent of probabilities
};

}  // namespace greenroom

// StateClassifier: which of some names fits a dialogue: a softmax regression and a small embedding net over
// StateFeatures, joined by the geometric mean of their probabilities. Learns actions (TEDPolicy) and intents
// (UnexpecTEDIntentPolicy).
//
//   std::string blob = TrainStateClassifier(examples, {.seed = 42});
//   GR_ASSIGN(StateClassifier classifier, StateClassifier::Open(blob));
//   std::vector<float> probabilities = classifier.Predict(FeaturesOf(states));   // one per classes()
//
// Bit-identical for the same examples and seed. Thread rules: const, borrows its blob.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dialogue/state_features.h"
#include "pipeline/embedding_bag.h"
#include "pipeline/feature_map.h"
#include "pipeline/quantized_rows.h"

namespace greenroom {

struct StateExample {
  StateFeatures features;
  std::string label;
  size_t group = 0;  // of the conversation, for folds
};

struct StateTrainOptions {
  double effort = 1.0;  // scales the number of epochs
  uint64_t seed = 42;
  TrainProgress* progress = nullptr;
};

// Learns from the examples for which `keep` holds (all when empty); classes are their labels, sorted. "" without
// examples.
std::string TrainStateClassifier(const std::vector<StateExample>& examples, const StateTrainOptions& options,
                                 const std::function<bool(const StateExample&)>& keep = {});

class StateClassifier {
 public:
  StateClassifier() = default;  // knows no class
  // Errors: package_corrupt.
  static Result<StateClassifier> Open(std::string_view blob);

  const std::vector<std::string>& classes() const { return classes_; }
  std::vector<float> Predict(const StateFeatures& features) const;
  int FindClass(std::string_view name) const;  // -1 when it was not learnt

 private:
  std::vector<std::string> classes_;
  std::vector<float> linear_bias_, hidden_bias_, output_, output_bias_;
  FeatureMap map_;
  QuantizedRows rows_;
};

}  // namespace greenroom

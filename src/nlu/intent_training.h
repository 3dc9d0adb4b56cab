// Intent training data and what is learnt about a model from examples it has not seen: out-of-fold logits of three
// linear models, each trained on two thirds of the data. They serve the entity model (soft intents), the temperature
// that calibrates confidences, and the quantiles from which fallback thresholds can be chosen.
//
//   IntentDataset data = MakeIntentDataset(messages);
//   OutOfFold held_out(data, seed);
//   for each fold: held_out.TrainFold(data, fold, progress);   // independent, may run in parallel
//   float temperature = FitTemperature(held_out, data);
//
// Thread rules: data are const once made; TrainFold of different folds may run at the same time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "pipeline/component.h"
#include "pipeline/sparse.h"

namespace greenroom {

// One example to learn from: whose features and which class. Classes are names; equal names are one class.
struct LabelledMessage {
  const MessageState* message = nullptr;
  std::string label;
};

struct IntentDataset {
  std::vector<std::string> classes;  // sorted
  std::vector<uint32_t> labels;      // one per example
  SparseMatrix examples;
  std::vector<std::vector<size_t>> block_ends;  // per example, see IntentVector
  std::vector<uint64_t> hashes;                 // of each row
  std::string feature_map;                      // blob of FeatureMap

  size_t size() const { return labels.size(); }
};

IntentDataset MakeIntentDataset(std::span<const LabelledMessage> messages);

class OutOfFold {
 public:
  static constexpr size_t kFolds = 3;

  // Deals the examples of each class out to the folds in shuffled order.
  OutOfFold(const IntentDataset& data, uint64_t seed);

  void TrainFold(const IntentDataset& data, size_t fold, TrainProgress* progress);
  size_t width() const { return width_; }
  std::span<const float> Logits(size_t example) const { return std::span(logits_).subspan(example * width_, width_); }

 private:
  uint64_t seed_;
  size_t width_;
  std::vector<uint8_t> folds_;  // of each example
  std::vector<float> logits_;
};

// The temperature in [0.5, 2] with the smallest log loss on held-out examples; 1 for too few examples.
float FitTemperature(const OutOfFold& held_out, const IntentDataset& data);

// {"examples", "accuracy", "temperature", "max_probability": {"0.01": ..}, "entropy": {...}}: quantiles 1, 2, 5, 10 %
// of the held-out examples. A threshold at the 5 % quantile of max_probability rejects 5 % of one's own examples; for
// entropy the quantiles count from above.
Json HeldOutMetrics(const OutOfFold& held_out, const IntentDataset& data, float temperature);

}  // namespace greenroom

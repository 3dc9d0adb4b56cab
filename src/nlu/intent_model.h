// IntentModel: a SoftmaxRegression alone, or averaged with two EmbeddingBags, read from one blob that is used in place.
//
//   std::string blob = BuildIntentModel(data, {.linear = ..., .nets = ..., .temperature = 1.1f});
//   GR_ASSIGN(IntentModel model, IntentModel::Open(blob));
//   IntentPrediction prediction = model.Predict(message);
//   model.classes()[i] has probability prediction.probabilities[i]
//
// The logits of the linear model and the mean of those of the nets are averaged and divided by the temperature. One
// class is always predicted with probability 1.
//
// Errors: package_corrupt. Thread rules: const, borrows its blob; Predict may be called concurrently.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "nlu/intent_features.h"
#include "nlu/intent_training.h"
#include "pipeline/embedding_bag.h"
#include "pipeline/feature_map.h"
#include "pipeline/quantized_rows.h"
#include "pipeline/softmax_regression.h"

namespace greenroom {

struct IntentModelParts {
  SoftmaxRegression linear;
  std::vector<EmbeddingBag> nets;  // none or some of equal size
  float temperature = 1;
};

std::string BuildIntentModel(const IntentDataset& data, const IntentModelParts& parts);

// An intent class with the probability that the linear model alone gives it; input of the entity model.
struct SoftIntent {
  uint32_t label = 0;
  float probability = 0;
};

// The most probable classes of a row of logits: at most three, each above 0.1.
std::vector<SoftIntent> SoftIntents(std::span<const float> logits, size_t classes);

struct IntentPrediction {
  std::vector<float> probabilities;  // one per class
  std::vector<SoftIntent> soft;
};

class IntentModel {
 public:
  IntentModel() = default;  // no classes; predicts nothing
  static Result<IntentModel> Open(std::string_view blob);

  const std::vector<std::string>& classes() const { return classes_; }
  IntentPrediction Predict(const MessageState& message) const;

 private:
  struct Net {
    std::vector<float> hidden_bias, output, output_bias;
  };
  Result<void> Check() const;

  std::vector<std::string> classes_;
  float temperature_ = 1;
  FeatureMap map_;
  QuantizedRows rows_;  // segments: linear, then one a net
  std::vector<float> bias_;
  std::vector<Net> nets_;
};

}  // namespace greenroom

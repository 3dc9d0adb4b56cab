#include "pipeline/softmax_regression.h"

#include <algorithm>
#include <cmath>

#include "pipeline/learning_random.h"
#include "pipeline/row_kernels.h"

namespace greenroom {
namespace {

// Below this squared gradient norm an example is learnt; the update would only cost time.
constexpr float kLearntGradient = 1e-8f;
constexpr float kBiasRate = 0.05f;

class Trainer {
 public:
  Trainer(const SparseMatrix& examples, std::span<const uint32_t> labels, const SoftmaxRegressionOptions& options)
      : examples_(examples),
        labels_(labels),
        width_(PaddedWidth(options.classes)),
        sums_(options.features, 1e-6f),
        gradient_(width_) {
    model_.classes = options.classes;
    model_.weights.assign(options.features * width_, 0.0f);
    model_.bias.assign(width_, 0.0f);
  }

  void Learn(uint32_t index, float rate) {
    const SparseView example = examples_[index];
    model_.Logits(example, gradient_.data());
    SoftmaxRow(gradient_.data(), model_.classes, width_);
    gradient_[labels_[index]] -= 1.0f;
    const float norm = Dot(gradient_.data(), gradient_.data(), width_);
    if (norm < kLearntGradient) return;
    for (size_t k = 0; k < example.size(); ++k) {
      const float value = example.values[k];
      float& sum = sums_[example.rows[k]];
      sum += value * value * norm;
      AddScaled(-rate * value / std::sqrt(sum), gradient_.data(), &model_.weights[example.rows[k] * width_], width_);
    }
    AddScaled(-kBiasRate * rate, gradient_.data(), model_.bias.data(), width_);
  }

  SoftmaxRegression Take() { return std::move(model_); }

 private:
  const SparseMatrix& examples_;
  std::span<const uint32_t> labels_;
  size_t width_;
  std::vector<float> sums_;
  std::vector<float> gradient_;
  SoftmaxRegression model_;
};

}  // namespace

void SoftmaxRegression::Logits(const SparseView& example, float* logits) const {
  std::copy(bias.begin(), bias.end(), logits);
  for (size_t k = 0; k < example.size(); ++k)
    AddScaled(example.values[k], &weights[example.rows[k] * width()], logits, width());
}

SoftmaxRegression TrainSoftmaxRegression(const SparseMatrix& examples, std::span<const uint32_t> labels,
                                         std::span<const uint32_t> subset, const SoftmaxRegressionOptions& options) {
  Trainer trainer(examples, labels, options);
  LearningRandom random(options.seed);
  std::vector<uint32_t> order(subset.begin(), subset.end());
  RunEpochs({.epochs = options.epochs, .rate = options.rate, .progress = options.progress}, [&](float rate) {
    random.Shuffle(order);
    for (uint32_t index : order) trainer.Learn(index, rate);
  });
  return trainer.Take();
}

}  // namespace greenroom

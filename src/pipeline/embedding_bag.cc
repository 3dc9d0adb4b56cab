#include "pipeline/embedding_bag.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "pipeline/learning_random.h"
#include "pipeline/row_kernels.h"

namespace greenroom {
namespace {

constexpr float kInitialDeviation = 0.1f;
constexpr float kNegligibleGradient = 1e-4f;  // of one class
constexpr float kLearntGradient = 1e-12f;     // squared norm at the hidden layer
constexpr float kOutputBiasRate = 0.1f;
constexpr float kHiddenBiasRate = 0.01f;

class Trainer {
 public:
  Trainer(const SparseMatrix& examples, std::span<const uint32_t> labels, const EmbeddingBagOptions& options)
      : examples_(examples),
        labels_(labels),
        options_(options),
        random_(options.seed),
        width_(PaddedWidth(options.classes)),
        row_sums_(options.features, 1e-6f),
        class_sums_(options.classes, 1e-6f),
        hidden_(options.hidden),
        back_(options.hidden),
        active_(options.hidden),
        gradient_(width_) {
    net_.classes = options.classes;
    net_.embeddings.resize(options.features * options.hidden);
    for (float& value : net_.embeddings) value = random_.Normal() * kInitialDeviation;
    net_.output.resize(options.classes * options.hidden);
    const float scale = 1.0f / std::sqrt(static_cast<float>(options.hidden));
    for (float& value : net_.output) value = random_.Normal() * scale;
    net_.hidden_bias.assign(options.hidden, 0.0f);
    net_.output_bias.assign(width_, 0.0f);
  }

  void Epoch(std::vector<uint32_t>& order, float rate) {
    random_.Shuffle(order);
    for (uint32_t index : order) Learn(index, rate);
  }

  EmbeddingBag Take() { return std::move(net_); }

 private:
  void Learn(uint32_t index, float rate) {
    DropInputs(examples_[index]);
    Forward();
    gradient_[labels_[index]] -= 1.0f;
    BackwardOutput(rate);
    BackwardEmbeddings(rate);
  }

  void DropInputs(const SparseView& example) {
    rows_.clear();
    values_.clear();
    const float scale = 1.0f / (1.0f - options_.input_dropout);
    for (size_t k = 0; k < example.size(); ++k) {
      if (random_.Uniform() < options_.input_dropout) continue;
      rows_.push_back(example.rows[k]);
      values_.push_back(example.values[k] * scale);
    }
  }

  void Forward() {
    const size_t hidden = options_.hidden;
    std::copy(net_.hidden_bias.begin(), net_.hidden_bias.end(), hidden_.begin());
    for (size_t k = 0; k < rows_.size(); ++k)
      AddScaled(values_[k], &net_.embeddings[rows_[k] * hidden], hidden_.data(), hidden);
    const float scale = 1.0f / (1.0f - options_.hidden_dropout);
    for (size_t h = 0; h < hidden; ++h) {
      active_[h] = hidden_[h] > 0 && random_.Uniform() >= options_.hidden_dropout ? scale : 0.0f;
      hidden_[h] *= active_[h];
    }
    for (size_t c = 0; c < net_.classes; ++c)
      gradient_[c] = net_.output_bias[c] + Dot(&net_.output[c * hidden], hidden_.data(), hidden);
    SoftmaxRow(gradient_.data(), net_.classes, width_);
  }

  void BackwardOutput(float rate) {
    const size_t hidden = options_.hidden;
    std::fill(back_.begin(), back_.end(), 0.0f);
    const float energy = Dot(hidden_.data(), hidden_.data(), hidden) / static_cast<float>(hidden);
    for (size_t c = 0; c < net_.classes; ++c) {
      const float gradient = gradient_[c];
      if (std::fabs(gradient) < kNegligibleGradient) continue;
      float* row = &net_.output[c * hidden];
      AddScaled(gradient, row, back_.data(), hidden);
      class_sums_[c] += gradient * gradient * energy;
      const float step = rate * gradient / std::sqrt(class_sums_[c]);
      AddScaled(-step, hidden_.data(), row, hidden);
      net_.output_bias[c] -= step * kOutputBiasRate;
    }
  }

  void BackwardEmbeddings(float rate) {
    const size_t hidden = options_.hidden;
    for (size_t h = 0; h < hidden; ++h) back_[h] *= active_[h];
    const float norm = Dot(back_.data(), back_.data(), hidden);
    if (norm < kLearntGradient) return;
    for (size_t k = 0; k < rows_.size(); ++k) {
      float& sum = row_sums_[rows_[k]];
      sum += values_[k] * values_[k] * (norm / static_cast<float>(hidden));
      AddScaled(-rate * values_[k] / std::sqrt(sum), back_.data(), &net_.embeddings[rows_[k] * hidden], hidden);
    }
    AddScaled(-kHiddenBiasRate * rate, back_.data(), net_.hidden_bias.data(), hidden);
  }

  const SparseMatrix& examples_;
  std::span<const uint32_t> labels_;
  const EmbeddingBagOptions& options_;
  LearningRandom random_;
  size_t width_;
  std::vector<float> row_sums_, class_sums_;
  std::vector<float> hidden_, back_, active_, gradient_;
  std::vector<uint32_t> rows_;
  std::vector<float> values_;
  EmbeddingBag net_;
};

}  // namespace

void FinishEmbeddingBag(std::span<const float> output, std::span<const float> output_bias, size_t classes,
                        std::span<float> hidden, float* logits) {
  for (float& value : hidden) value = std::max(value, 0.0f);
  for (size_t c = 0; c < classes; ++c)
    logits[c] = output_bias[c] + Dot(&output[c * hidden.size()], hidden.data(), hidden.size());
}

void EmbeddingBag::Logits(const SparseView& example, float* hidden_units, float* logits) const {
  std::copy(hidden_bias.begin(), hidden_bias.end(), hidden_units);
  for (size_t k = 0; k < example.size(); ++k)
    AddScaled(example.values[k], &embeddings[example.rows[k] * hidden()], hidden_units, hidden());
  FinishEmbeddingBag(output, output_bias, classes, {hidden_units, hidden()}, logits);
}

EmbeddingBag TrainEmbeddingBag(const SparseMatrix& examples, std::span<const uint32_t> labels,
                               const EmbeddingBagOptions& options) {
  Trainer trainer(examples, labels, options);
  std::vector<uint32_t> order(examples.size());
  std::iota(order.begin(), order.end(), 0u);
  RunEpochs({.epochs = options.epochs, .rate = options.rate, .progress = options.progress},
            [&](float rate) { trainer.Epoch(order, rate); });
  return trainer.Take();
}

}  // namespace greenroom

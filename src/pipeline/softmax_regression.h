// SoftmaxRegression: multinomial logistic regression over sparse features, one row of class weights per feature.
// Trained by stochastic gradient descent with one AdaGrad accumulator a row (Duchi, Hazan, Singer 2011), so that a
// frequent feature learns slower than a rare one at a fraction of the memory traffic of one accumulator a weight.
//
//   SoftmaxRegression model = TrainSoftmaxRegression(examples, labels, {.features = 9000, .classes = 64});
//   model.Logits(example, logits);                   // logits has width() floats
//
// Deterministic: the same examples, options and seed give the same weights. Progress is
// reported after each epoch; a cancelled training returns after the current one with what it has.
//
// Thread rules: training runs on the calling thread; a trained model is const and safe for concurrent use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pipeline/progress.h"
#include "pipeline/sparse.h"

namespace greenroom {

struct SoftmaxRegressionOptions {
  size_t features = 0;
  size_t classes = 0;
  int epochs = 12;
  float rate = 0.7f;  // decays linearly to 0
  uint64_t seed = 1;
  TrainProgress* progress = nullptr;
};

struct SoftmaxRegression {
  size_t classes = 0;
  std::vector<float> weights;  // features x width
  std::vector<float> bias;     // width

  size_t width() const { return bias.size(); }  // classes, padded
  void Logits(const SparseView& example, float* logits) const;
};

// `subset` names the examples to learn from, as indices.
SoftmaxRegression TrainSoftmaxRegression(const SparseMatrix& examples, std::span<const uint32_t> labels,
                                         std::span<const uint32_t> subset, const SoftmaxRegressionOptions& options);

}  // namespace greenroom

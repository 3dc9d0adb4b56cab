// EmbeddingBag: a small net over sparse features: sum of feature embeddings -> ReLU -> linear -> softmax, with dropout
// of features and of hidden units in training. Row-wise AdaGrad (Duchi, Hazan, Singer 2011) on the embeddings and on
// the output rows. Two of them with different seeds, averaged with a SoftmaxRegression, are our intent model.
//
//   EmbeddingBag net = TrainEmbeddingBag(examples, labels, {.features = 9000, .classes = 64, .seed = 7});
//   net.Logits(example, hidden, logits);             // hidden: kHidden floats, logits: PaddedWidth(classes)
//
// Deterministic and cancellable as SoftmaxRegression. Thread rules: the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pipeline/progress.h"
#include "pipeline/sparse.h"

namespace greenroom {

struct EmbeddingBagOptions {
  size_t features = 0;
  size_t classes = 0;
  size_t hidden = 128;  // a multiple of 8
  int epochs = 15;
  float rate = 0.05f;  // decays linearly to 0
  float input_dropout = 0.5f;
  float hidden_dropout = 0.1f;
  uint64_t seed = 1;
  TrainProgress* progress = nullptr;
};

struct EmbeddingBag {
  size_t classes = 0;
  std::vector<float> embeddings;   // features x hidden
  std::vector<float> hidden_bias;  // hidden
  std::vector<float> output;       // classes x hidden
  std::vector<float> output_bias;  // classes, padded

  size_t hidden() const { return hidden_bias.size(); }
  void Logits(const SparseView& example, float* hidden_units, float* logits) const;
};

EmbeddingBag TrainEmbeddingBag(const SparseMatrix& examples, std::span<const uint32_t> labels,
                               const EmbeddingBagOptions& options);

// The part after the bag, shared with the quantized model: ReLU in place, then the output layer.
void FinishEmbeddingBag(std::span<const float> output, std::span<const float> output_bias, size_t classes,
                        std::span<float> hidden, float* logits);

}  // namespace greenroom

#include "nlu/crf.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "pipeline/learning_random.h"
#include "pipeline/row_kernels.h"

namespace greenroom {
namespace {

constexpr float kInitialSum = 0.1f;
constexpr float kNoticeableGradient = 2e-3f;  // of one tag or step
constexpr float kLearntGradient = 1e-5f;      // squared norm of a token
constexpr float kStepRate = 0.5f;             // of transitions, relative to emissions
constexpr uint32_t kDropped = 0xFFFFFFFFu;

CrfChain SeenChain(const CrfSentences& sentences, size_t tags) {
  const uint32_t start = static_cast<uint32_t>(tags);
  std::set<std::pair<uint32_t, uint32_t>> pairs;
  for (uint32_t from = 0; from <= start; ++from) pairs.insert({from, 0});
  for (size_t s = 0; s < sentences.size(); ++s) {
    uint32_t before = start;
    for (size_t i = sentences.Begin(s); i < sentences.ends[s]; ++i) {
      pairs.insert({before, sentences.tags[i]});
      before = sentences.tags[i];
    }
  }
  return CrfChain(tags, {pairs.begin(), pairs.end()});
}

class Trainer {
 public:
  Trainer(const CrfSentences& sentences, const CrfOptions& options)
      : sentences_(sentences), options_(options), random_(options.seed), row_sums_(options.features, kInitialSum) {
    crf_.chain = SeenChain(sentences, options.tags);
    crf_.weights.assign(options.features * crf_.chain.width(), 0.0f);
    step_sums_.assign(crf_.chain.steps().size(), kInitialSum);
  }

  void Epoch(std::vector<uint32_t>& order, float rate) {
    random_.Shuffle(order);
    for (uint32_t sentence : order) Learn(sentence, rate);
  }

  Crf Take() { return std::move(crf_); }

 private:
  void Learn(size_t sentence, float rate) {
    const size_t begin = sentences_.Begin(sentence);
    const size_t count = sentences_.ends[sentence] - begin;
    if (count == 0) return;
    Emit(begin, count);
    crf_.chain.ForwardBackward(count, CrfChain::Expectation::kMarginalsAndSteps, work_);
    size_t at = 0;
    for (size_t i = 0; i < count; ++i) {
      UpdateRows(begin + i, i, at, rate);
      at += sentences_.tokens[begin + i].size();
    }
    UpdateSteps(begin, count, rate);
  }

  // Emissions of the sentence with some features dropped; `rows_` remembers which were kept.
  void Emit(size_t begin, size_t count) {
    const size_t width = crf_.chain.width();
    work_.emission.assign(count * width, 0.0f);
    rows_.clear();
    const float scale = 1.0f / (1.0f - options_.dropout);
    for (size_t i = 0; i < count; ++i) {
      const SparseView token = sentences_.tokens[begin + i];
      for (size_t k = 0; k < token.size(); ++k) {
        const bool dropped = random_.Uniform() < options_.dropout;
        rows_.push_back(dropped ? kDropped : token.rows[k]);
        if (!dropped)
          AddScaled(token.values[k] * scale, &crf_.weights[token.rows[k] * width], &work_.emission[i * width], width);
      }
    }
  }

  void UpdateRows(size_t token, size_t position, size_t at, float rate) {
    const size_t width = crf_.chain.width();
    float* gradient = &work_.marginal[position * width];
    gradient[sentences_.tags[token]] -= 1.0f;
    active_.clear();
    float norm = 0;
    for (uint32_t j = 0; j < options_.tags; ++j) {
      if (std::fabs(gradient[j]) <= kNoticeableGradient) continue;
      active_.push_back(j);
      norm += gradient[j] * gradient[j];
    }
    if (norm <= kLearntGradient) return;
    const SparseView features = sentences_.tokens[token];
    for (size_t k = 0; k < features.size(); ++k) {
      const uint32_t row = rows_[at + k];
      if (row == kDropped) continue;
      float& sum = row_sums_[row];
      sum += norm * features.values[k] * features.values[k];
      UpdateRow(gradient, -rate * features.values[k] / std::sqrt(sum), &crf_.weights[row * width]);
    }
  }

  void UpdateRow(const float* gradient, float step, float* weights) {
    if (active_.size() * 4 > options_.tags) return AddScaled(step, gradient, weights, crf_.chain.width());
    for (uint32_t j : active_) weights[j] += step * gradient[j];
  }

  void UpdateSteps(size_t begin, size_t count, float rate) {
    uint32_t before = static_cast<uint32_t>(options_.tags);
    for (size_t i = 0; i < count; ++i) {
      const uint32_t tag = sentences_.tags[begin + i];
      UpdateStep(crf_.chain.FindStep(before, tag), -1.0f, rate);
      before = tag;
    }
    for (uint32_t step : work_.touched) {
      if (work_.expected[step] > kNoticeableGradient) UpdateStep(step, work_.expected[step], rate);
    }
  }

  void UpdateStep(size_t step, float gradient, float rate) {
    step_sums_[step] += gradient * gradient;
    crf_.chain.SetWeight(step,
                         crf_.chain.steps()[step].weight - rate * kStepRate * gradient / std::sqrt(step_sums_[step]));
  }

  const CrfSentences& sentences_;
  const CrfOptions& options_;
  LearningRandom random_;
  std::vector<float> row_sums_, step_sums_;
  std::vector<uint32_t> rows_, active_;
  CrfChain::Workspace work_;
  Crf crf_;
};

}  // namespace

Crf TrainCrf(const CrfSentences& sentences, const CrfOptions& options) {
  Trainer trainer(sentences, options);
  std::vector<uint32_t> order(sentences.size());
  std::iota(order.begin(), order.end(), 0u);
  RunEpochs({.epochs = options.epochs, .rate = options.rate, .progress = options.progress},
            [&](float rate) { trainer.Epoch(order, rate); });
  return trainer.Take();
}

}  // namespace greenroom

// Crf: training of a linear-chain conditional random field (Lafferty, McCallum, Pereira 2001) that tags the tokens of a
// sentence. Emission weights are one row of tags per feature; transitions exist only between tag pairs seen in
// training and from any tag to tag 0 ("outside"), which makes training three times faster and loses nothing.
// AdaGrad with one accumulator a feature row, feature dropout, scaled forward-backward (Rabiner 1989).
//
//   Crf crf = TrainCrf(sentences, {.features = 130000, .tags = 109});
//
// Deterministic: the same sentences, options and seed give the same weights. Progress and cancellation as
// RunEpochs.
//
// Thread rules: training runs on the calling thread. CrfChain is const; its workspace belongs to one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "pipeline/progress.h"
#include "pipeline/sparse.h"

namespace greenroom {

// All training sentences: the tokens of all sentences in a row, each a sparse vector, and where each sentence ends.
struct CrfSentences {
  SparseMatrix tokens;
  std::vector<uint32_t> tags;  // one per token; 0 = outside
  std::vector<uint32_t> ends;  // token index after each sentence

  size_t size() const { return ends.size(); }
  size_t Begin(size_t sentence) const { return sentence == 0 ? 0 : ends[sentence - 1]; }
};

// The allowed transitions and their weights, grouped by the later tag. `tags` as the earlier tag means: start.
class CrfChain {
 public:
  struct Step {
    uint32_t from = 0;
    float weight = 0;
    float factor = 1;  // exp(weight)
  };
  // Sums of one sentence. Buffers are kept between sentences.
  struct Workspace {
    std::vector<float> emission;   // tokens x width: filled by the caller
    std::vector<float> potential;  // exp(emission - max)
    std::vector<float> forward, backward, marginal;
    std::vector<float> scale;       // per token
    std::vector<float> expected;    // expected count per step, when asked for
    std::vector<uint32_t> touched;  // steps with a noticeable expected count
    std::vector<uint32_t> back;     // of Viterbi
  };

  CrfChain() = default;
  // `pairs` are (from, to), distinct.
  CrfChain(size_t tags, std::vector<std::pair<uint32_t, uint32_t>> pairs);

  size_t tags() const { return tags_; }
  size_t width() const { return width_; }
  std::span<const Step> steps() const { return steps_; }
  std::span<const Step> StepsTo(size_t tag) const {
    return std::span(steps_).subspan(begins_[tag], begins_[tag + 1] - begins_[tag]);
  }
  // The index of a step, or steps().size() when the pair is not allowed.
  size_t FindStep(uint32_t from, uint32_t to) const;
  void SetWeight(size_t step, float weight);

  enum class Expectation { kMarginals, kMarginalsAndSteps };
  // Fills marginal (tokens x width) from emission.
  void ForwardBackward(size_t tokens, Expectation expectation, Workspace& work) const;
  // The best tag of each token (Viterbi 1967); the earlier tag wins a tie.
  void BestPath(size_t tokens, Workspace& work, std::vector<uint32_t>& path) const;

 private:
  void Forward(size_t tokens, Workspace& work) const;
  void Backward(size_t tokens, Expectation expectation, Workspace& work) const;
  void BackwardToken(size_t token, Expectation expectation, Workspace& work) const;

  size_t tags_ = 0;
  size_t width_ = 0;
  std::vector<Step> steps_;
  std::vector<uint32_t> begins_;  // tags + 1
};

struct CrfOptions {
  size_t features = 0;
  size_t tags = 1;
  int epochs = 8;
  float rate = 0.3f;  // decays linearly to 0
  float dropout = 0.3f;
  uint64_t seed = 1;
  TrainProgress* progress = nullptr;
};

struct Crf {
  CrfChain chain;
  std::vector<float> weights;  // features x chain.width()
};

Crf TrainCrf(const CrfSentences& sentences, const CrfOptions& options);

}  // namespace greenroom

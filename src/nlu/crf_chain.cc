#include <algorithm>

#include "nlu/crf.h"
#include "pipeline/row_kernels.h"

namespace greenroom {
namespace {

constexpr float kNegligibleMass = 1e-9f;
constexpr float kNoticeableCount = 1e-3f;
constexpr float kImpossible = -1e30f;

void ExpAgainstTop(const float* emission, size_t tags, size_t width, float* potential) {
  const float top = *std::max_element(emission, emission + tags);
  for (size_t j = 0; j < width; ++j) potential[j] = emission[j] - top;
  ExpRow(potential, width);
}

}  // namespace

CrfChain::CrfChain(size_t tags, std::vector<std::pair<uint32_t, uint32_t>> pairs)
    : tags_(tags), width_(PaddedWidth(tags)) {
  std::sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second < b.second : a.first < b.first;
  });
  begins_.assign(tags + 1, 0);
  for (const auto& [from, to] : pairs) {
    steps_.push_back({.from = from});
    ++begins_[to + 1];
  }
  for (size_t j = 0; j < tags; ++j) begins_[j + 1] += begins_[j];
}

size_t CrfChain::FindStep(uint32_t from, uint32_t to) const {
  for (size_t step = begins_[to]; step < begins_[to + 1]; ++step) {
    if (steps_[step].from == from) return step;
  }
  return steps_.size();
}

void CrfChain::SetWeight(size_t step, float weight) {
  alignas(32) float factor[kRowLanes] = {weight};
  ExpRow(factor, kRowLanes);
  steps_[step].weight = weight;
  steps_[step].factor = factor[0];
}

void CrfChain::Forward(size_t tokens, Workspace& work) const {
  for (size_t i = 0; i < tokens; ++i) {
    const float* potential = &work.potential[i * width_];
    const float* before = i == 0 ? nullptr : &work.forward[(i - 1) * width_];
    float* now = &work.forward[i * width_];
    float total = 0;
    for (size_t j = 0; j < tags_; ++j) {
      float mass = 0;
      for (const Step& step : StepsTo(j)) {
        if (step.from == tags_) {
          if (i == 0) mass += step.factor;
        } else if (i > 0) {
          mass += before[step.from] * step.factor;
        }
      }
      now[j] = mass * potential[j];
      total += now[j];
    }
    total += 1e-30f;
    work.scale[i] = total;
    const float inverse = 1.0f / total;
    for (size_t j = 0; j < tags_; ++j) now[j] *= inverse;
  }
}

void CrfChain::BackwardToken(size_t token, Expectation expectation, Workspace& work) const {
  const float* potential = &work.potential[token * width_];
  const float* now = &work.backward[token * width_];
  const float* forward_before = token == 0 ? nullptr : &work.forward[(token - 1) * width_];
  float* before = token == 0 ? nullptr : &work.backward[(token - 1) * width_];
  const float inverse = 1.0f / work.scale[token];
  for (size_t j = 0; j < tags_; ++j) {
    const float mass = potential[j] * now[j] * inverse;
    if (mass < kNegligibleMass) continue;
    for (size_t s = begins_[j]; s < begins_[j + 1]; ++s) {
      const Step& step = steps_[s];
      if ((step.from == tags_) != (token == 0)) continue;
      const float through = step.factor * mass;
      if (token > 0) before[step.from] += through;
      if (expectation == Expectation::kMarginals) continue;
      const float count = token > 0 ? forward_before[step.from] * through : through;
      if (count <= kNoticeableCount) continue;
      if (work.expected[s] == 0) work.touched.push_back(static_cast<uint32_t>(s));
      work.expected[s] += count;
    }
  }
}

void CrfChain::Backward(size_t tokens, Expectation expectation, Workspace& work) const {
  std::fill_n(&work.backward[(tokens - 1) * width_], tags_, 1.0f);
  for (size_t i = tokens; i-- > 0;) {
    BackwardToken(i, expectation, work);
    for (size_t j = 0; j < width_; ++j)
      work.marginal[i * width_ + j] = work.forward[i * width_ + j] * work.backward[i * width_ + j];
  }
}

void CrfChain::ForwardBackward(size_t tokens, Expectation expectation, Workspace& work) const {
  if (tokens == 0) return;
  work.potential.resize(tokens * width_);
  work.forward.assign(tokens * width_, 0.0f);
  work.backward.assign(tokens * width_, 0.0f);
  work.marginal.resize(tokens * width_);
  work.scale.resize(tokens);
  if (expectation == Expectation::kMarginalsAndSteps) {
    work.expected.resize(steps_.size());
    for (uint32_t step : work.touched) work.expected[step] = 0;
    work.touched.clear();
  }
  for (size_t i = 0; i < tokens; ++i)
    ExpAgainstTop(&work.emission[i * width_], tags_, width_, &work.potential[i * width_]);
  Forward(tokens, work);
  Backward(tokens, expectation, work);
}

void CrfChain::BestPath(size_t tokens, Workspace& work, std::vector<uint32_t>& path) const {
  path.assign(tokens, 0);
  if (tokens == 0) return;
  std::vector<float>& best = work.forward;
  best.assign(tokens * width_, kImpossible);
  work.back.assign(tokens * width_, 0);
  for (size_t i = 0; i < tokens; ++i) {
    for (size_t j = 0; j < tags_; ++j) {
      float top = kImpossible;
      for (const Step& step : StepsTo(j)) {
        if ((step.from == tags_) != (i == 0)) continue;
        const float score = i == 0 ? step.weight : best[(i - 1) * width_ + step.from] + step.weight;
        if (score <= top) continue;
        top = score;
        work.back[i * width_ + j] = i == 0 ? 0 : step.from;
      }
      best[i * width_ + j] = top + work.emission[i * width_ + j];
    }
  }
  const float* last = &best[(tokens - 1) * width_];
  path[tokens - 1] = static_cast<uint32_t>(std::max_element(last, last + tags_) - last);
  for (size_t i = tokens - 1; i > 0; --i) path[i - 1] = work.back[i * width_ + path[i]];
}

}  // namespace greenroom

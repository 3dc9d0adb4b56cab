#include "nlu/crf.h"

#include <gtest/gtest.h>

#include <cmath>

#include "pipeline/learning_random.h"

namespace greenroom {
namespace {

constexpr size_t kTags = 3, kTokens = 4;

// A chain with all transitions and random weights, small enough to enumerate all paths.
class CrfChainTest : public testing::Test {
 protected:
  CrfChainTest() {
    std::vector<std::pair<uint32_t, uint32_t>> pairs;
    for (uint32_t from = 0; from <= kTags; ++from) {
      for (uint32_t to = 0; to < kTags; ++to) pairs.emplace_back(from, to);
    }
    chain_ = CrfChain(kTags, pairs);
    LearningRandom random(3);
    for (size_t s = 0; s < chain_.steps().size(); ++s) chain_.SetWeight(s, random.Normal());
    work_.emission.assign(kTokens * chain_.width(), 0.0f);
    for (size_t i = 0; i < kTokens; ++i) {
      for (size_t j = 0; j < kTags; ++j) work_.emission[i * chain_.width() + j] = random.Normal();
    }
    Enumerate();
  }

  void Enumerate() {
    marginals_.assign(kTokens * kTags, 0.0);
    double total = 0, best = -1e9;
    for (uint32_t code = 0; code < 81; ++code) {
      std::vector<uint32_t> path;
      for (uint32_t rest = code, i = 0; i < kTokens; ++i, rest /= kTags) path.push_back(rest % kTags);
      double score = 0;
      uint32_t before = kTags;
      for (size_t i = 0; i < kTokens; ++i) {
        score += work_.emission[i * chain_.width() + path[i]] + chain_.steps()[chain_.FindStep(before, path[i])].weight;
        before = path[i];
      }
      if (score > best) {
        best = score;
        best_ = path;
      }
      total += std::exp(score);
      for (size_t i = 0; i < kTokens; ++i) marginals_[i * kTags + path[i]] += std::exp(score);
    }
    for (double& value : marginals_) value /= total;
  }

  CrfChain chain_;
  CrfChain::Workspace work_;
  std::vector<double> marginals_;
  std::vector<uint32_t> best_;
};

TEST_F(CrfChainTest, MarginalsAreThoseOfAllPathsTogether) {
  chain_.ForwardBackward(kTokens, CrfChain::Expectation::kMarginals, work_);
  for (size_t i = 0; i < kTokens; ++i) {
    for (size_t j = 0; j < kTags; ++j)
      EXPECT_NEAR(work_.marginal[i * chain_.width() + j], marginals_[i * kTags + j], 1e-5);
  }
}

TEST_F(CrfChainTest, TheBestPathIsTheBestOfAllPaths) {
  std::vector<uint32_t> path;
  chain_.BestPath(kTokens, work_, path);
  EXPECT_EQ(path, best_);
}

TEST_F(CrfChainTest, AnEmptySentenceHasAnEmptyPath) {
  std::vector<uint32_t> path = {1};
  chain_.BestPath(0, work_, path);
  EXPECT_TRUE(path.empty());
}

TEST(TrainCrfTest, ATagThatDependsOnTheTagBeforeIsLearnt) {
  // The same feature is tagged 1 at the start and 2 after a 1: only transitions can tell.
  CrfSentences sentences;
  const uint32_t row = 0;
  const float value = 1;
  for (int s = 0; s < 40; ++s) {
    for (uint32_t tag : {1u, 2u, 0u}) {
      sentences.tokens.Append({.rows = {&row, 1}, .values = {&value, 1}});
      sentences.tags.push_back(tag);
    }
    sentences.ends.push_back(static_cast<uint32_t>(sentences.tags.size()));
  }
  const Crf crf = TrainCrf(sentences, {.features = 1, .tags = kTags});
  CrfChain::Workspace work;
  work.emission.assign(3 * crf.chain.width(), 0.0f);
  std::vector<uint32_t> path;
  crf.chain.BestPath(3, work, path);
  EXPECT_EQ(path, (std::vector<uint32_t>{1, 2, 0}));
  EXPECT_EQ(crf.chain.FindStep(2, 1), crf.chain.steps().size());
}

}  // namespace
}  // namespace greenroom

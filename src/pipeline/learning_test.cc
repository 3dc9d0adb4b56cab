// The learners that intent models, entity models and policies share.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "pipeline/embedding_bag.h"
#include "pipeline/feature_map.h"
#include "pipeline/learning_random.h"
#include "pipeline/progress_test_support.h"
#include "pipeline/quantized_rows.h"
#include "pipeline/row_kernels.h"
#include "pipeline/softmax_regression.h"

namespace greenroom {
namespace {

TEST(RowKernels, ExponentialsAreCloseToThoseOfTheLibrary) {
  std::array<float, 16> values = {0, 1, -1, 5.5f, -20, 80, -86, 0.001f, -0.3f, 3, 10, -10, 40, -40, 0.7f, 88};
  const auto before = values;
  ExpRow(values.data(), values.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i] / std::exp(before[i]), 1.0, 1e-6) << before[i];
}

TEST(RowKernels, ProbabilitiesSumToOneAndThePaddingIsZero) {
  std::array<float, 8> logits = {1000, 999, -1000, 5, 5, 5, 5, 5};
  SoftmaxRow(logits.data(), 3, 8);
  EXPECT_NEAR(logits[0] + logits[1] + logits[2], 1.0, 1e-6);
  EXPECT_NEAR(logits[0], 1 / (1 + std::exp(-1.0)), 1e-6);
  EXPECT_EQ(logits[3], 0.0f);
}

TEST(FeatureMapTest, FindsEveryHashAndNoOther) {
  FeatureCounter counter;
  LearningRandom random(1);
  std::vector<uint64_t> hashes;
  for (int i = 0; i < 5000; ++i) hashes.push_back(random.Next());
  for (uint64_t hash : hashes) counter.Add(hash);
  counter.Add(hashes[17]);
  const std::vector<uint64_t> ordered = counter.Rows().hashes;
  EXPECT_EQ(ordered[0], hashes[17]);
  const std::string blob = BuildFeatureMap(ordered);
  const FeatureMap map = std::move(FeatureMap::Open(blob)).value();
  for (uint32_t row = 0; row < ordered.size(); ++row) EXPECT_EQ(map.Find(ordered[row]), row);
  for (int i = 0; i < 5000; ++i) EXPECT_EQ(map.Find(random.Next()), kNoRow);
}

TEST(FeatureMapTest, DamagedTablesAreRefused) {
  const std::vector<uint64_t> hashes = {11, 22, 33};
  const std::string blob = BuildFeatureMap(hashes);
  for (size_t cut = 0; cut < blob.size(); ++cut)
    EXPECT_FALSE(FeatureMap::Open(std::string_view(blob).substr(0, cut)).ok());
  for (size_t at = 0; at < blob.size(); ++at) {
    std::string damaged = blob;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x5A);
    const auto map = FeatureMap::Open(damaged);
    if (!map.ok()) continue;
    const uint32_t row = map->Find(22);
    EXPECT_TRUE(row == kNoRow || row < map->size());
  }
}

TEST(QuantizedRowsTest, ARowIsKeptToAHalfOfAStep) {
  std::array<float, 8> first = {1, -0.5f, 0.25f, 0, 0.1f, -1, 0.7f, 0.003f};
  std::array<float, 16> second = {};
  second[3] = 42;
  QuantizedRowsBuilder builder({8, 16});
  const std::array<const float*, 2> segments = {first.data(), second.data()};
  builder.Row(segments);
  const std::string blob = builder.Take();
  const QuantizedRows rows = std::move(QuantizedRows::Open(blob)).value();
  std::array<float, 8> out = {};
  rows.AddSegment(0, 0, 2.0f, out.data());
  for (size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], 2 * first[i], 2 * 0.51 / 127);
  std::array<float, 16> wide = {};
  rows.AddSegment(0, 1, 1.0f, wide.data());
  EXPECT_FLOAT_EQ(wide[3], 42.0f);
  for (size_t cut = 0; cut < blob.size(); ++cut)
    EXPECT_FALSE(QuantizedRows::Open(std::string_view(blob).substr(0, cut)).ok());
}

// Class c has feature c and shares feature 3 with the others.
class LearnerTest : public testing::Test {
 protected:
  LearnerTest() {
    for (uint32_t i = 0; i < 60; ++i) {
      const std::array<uint32_t, 2> rows = {i % 3, 3};
      const std::array<float, 2> values = {0.7f, 0.7f};
      examples_.Append({.rows = rows, .values = values});
      labels_.push_back(i % 3);
      all_.push_back(i);
    }
  }
  SparseMatrix examples_;
  std::vector<uint32_t> labels_, all_;
};

TEST_F(LearnerTest, SoftmaxRegressionTellsSeparableClassesApart) {
  const SoftmaxRegression model = TrainSoftmaxRegression(examples_, labels_, all_, {.features = 4, .classes = 3});
  std::array<float, 8> logits = {};
  for (uint32_t c = 0; c < 3; ++c) {
    model.Logits(examples_[c], logits.data());
    EXPECT_EQ(std::max_element(logits.begin(), logits.begin() + 3) - logits.begin(), c);
  }
}

TEST_F(LearnerTest, EmbeddingBagsTellSeparableClassesApart) {
  const EmbeddingBag net =
      TrainEmbeddingBag(examples_, labels_, {.features = 4, .classes = 3, .hidden = 16, .epochs = 40});
  std::array<float, 16> hidden = {};
  std::array<float, 8> logits = {};
  for (uint32_t c = 0; c < 3; ++c) {
    net.Logits(examples_[c], hidden.data(), logits.data());
    EXPECT_EQ(std::max_element(logits.begin(), logits.begin() + 3) - logits.begin(), c);
  }
}

TEST_F(LearnerTest, ACancelledTrainingEndsEarly) {
  RecordedProgress progress;
  progress.cancel_after = 0;
  const SoftmaxRegression model =
      TrainSoftmaxRegression(examples_, labels_, all_, {.features = 4, .classes = 3, .progress = &progress});
  EXPECT_TRUE(std::all_of(model.weights.begin(), model.weights.end(), [](float w) { return w == 0.0f; }));
}

}  // namespace
}  // namespace greenroom

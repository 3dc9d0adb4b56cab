// Intent features: how the hashed features of a message become the sparse vector that the intent models read.
// Values are binary; each block (words, word pairs, characters, patterns) is scaled to length one, which matters more
// for accuracy than the choice of the classifier.
//
//   IntentVector vector;
//   vector.Assign(message, map);                     // parsing: features unknown to the map are left out
//   model.Logits(vector.view(), ...);
//
// Thread rules: an IntentVector belongs to one call.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "pipeline/component.h"
#include "pipeline/feature_map.h"
#include "pipeline/sparse.h"

namespace greenroom {

inline constexpr size_t kFeatureBlocks = 3;

// The feature lists of a message, one a block.
std::array<std::span<const uint64_t>, kFeatureBlocks> FeatureBlocks(const MessageState& message);

class IntentVector {
 public:
  void Assign(const MessageState& message, const FeatureMap& map);
  // Adds one block of rows, which may hold repetitions; they are counted once.
  void AddBlock(std::vector<uint32_t>& rows);
  void Clear();
  SparseView view() const { return {.rows = rows_, .values = values_}; }
  // Number of rows at the end of each block added so far.
  std::span<const size_t> block_ends() const { return block_ends_; }

 private:
  std::vector<uint32_t> rows_;
  std::vector<float> values_;
  std::vector<size_t> block_ends_;
  std::vector<uint32_t> found_;
};

}  // namespace greenroom

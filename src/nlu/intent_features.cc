#include "nlu/intent_features.h"

#include <algorithm>
#include <cmath>

namespace greenroom {

std::array<std::span<const uint64_t>, kFeatureBlocks> FeatureBlocks(const MessageState& message) {
  return {message.word_features, message.char_features, message.extra_features};
}

void IntentVector::Clear() {
  rows_.clear();
  values_.clear();
  block_ends_.clear();
}

void IntentVector::AddBlock(std::vector<uint32_t>& rows) {
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  rows_.insert(rows_.end(), rows.begin(), rows.end());
  const float value = rows.empty() ? 0.0f : 1.0f / std::sqrt(static_cast<float>(rows.size()));
  values_.resize(rows_.size(), value);
  block_ends_.push_back(rows_.size());
}

void IntentVector::Assign(const MessageState& message, const FeatureMap& map) {
  Clear();
  const auto blocks = FeatureBlocks(message);
  for (std::span<const uint64_t> block : blocks) {
    for (uint64_t hash : block) map.Prefetch(hash);
  }
  for (std::span<const uint64_t> block : blocks) {
    found_.clear();
    for (uint64_t hash : block) {
      if (const uint32_t row = map.Find(hash); row != kNoRow) found_.push_back(row);
    }
    AddBlock(found_);
  }
}

}  // namespace greenroom

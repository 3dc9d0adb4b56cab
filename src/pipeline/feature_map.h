// FeatureMap: an exact map from 64-bit feature hashes to row numbers, as one blob that is used in place.
//
//   FeatureCounter counter;                          // training: collects the hashes of all examples
//   counter.Add(hash);
//   std::string blob = BuildFeatureMap(counter.Rows().hashes);
//   GR_ASSIGN(FeatureMap map, FeatureMap::Open(blob));
//   uint32_t row = map.Find(hash);                   // kNoRow when the feature was not seen in training
//
// Layout: u32 count, u32 slots (a power of two), then slots of 12 bytes: u64 hash (0 = empty), u32 row. Open addressing
// with linear probing. Rows are numbered in the order given, the most frequent first, so that the rows which every
// message needs lie together.
//
// Errors: package_corrupt for a blob that is not such a table.
// Thread rules: FeatureCounter belongs to one thread; FeatureMap is const and borrows its blob.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace greenroom {

inline constexpr uint32_t kNoRow = 0xFFFFFFFFu;

// Numbers distinct hashes in order of their first appearance and counts them.
class FeatureCounter {
 public:
  FeatureCounter();
  // Returns the number of the hash.
  uint32_t Add(uint64_t hash);
  size_t size() const { return hashes_.size(); }
  std::span<const uint64_t> hashes() const { return hashes_; }
  // Numbers ordered by falling count, then by rising hash, so that the order of the examples does not matter.
  std::vector<uint32_t> Ranking() const;
  // The same as rows of a feature map: the hash of each row, and the row of each number.
  struct Numbered {
    std::vector<uint64_t> hashes;
    std::vector<uint32_t> row_of;
  };
  Numbered Rows() const;

 private:
  void Grow();
  std::vector<uint32_t> slots_;  // number + 1; 0 = empty
  std::vector<uint64_t> hashes_;
  std::vector<uint32_t> counts_;
};

// The blob of a map in which hashes[i] has row i. Hashes are distinct.
std::string BuildFeatureMap(std::span<const uint64_t> hashes);

class FeatureMap {
 public:
  FeatureMap() = default;  // empty: finds nothing
  static Result<FeatureMap> Open(std::string_view blob);

  size_t size() const { return count_; }
  uint32_t Find(uint64_t hash) const;
  // Fetches the slot of a hash into the cache; call it for all hashes of a message before the first Find.
  void Prefetch(uint64_t hash) const;

 private:
  std::string_view slots_;
  size_t mask_ = 0;
  uint32_t count_ = 0;
};

}  // namespace greenroom

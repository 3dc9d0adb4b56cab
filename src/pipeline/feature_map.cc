#include "pipeline/feature_map.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "pipeline/learned_blob.h"

namespace greenroom {
namespace {

constexpr size_t kSlotBytes = 12;

// Zero marks an empty slot, so the one hash that is zero shares the number of its neighbour.
uint64_t Key(uint64_t hash) { return hash == 0 ? 1 : hash; }

size_t SlotOf(uint64_t key, size_t mask) { return static_cast<size_t>((key * 0x9E3779B97F4A7C15ull) >> 20) & mask; }

struct Slot {
  uint64_t key = 0;
  uint32_t row = 0;
};

Slot ReadSlot(const char* at) {
  Slot slot;
  std::memcpy(&slot.key, at, sizeof slot.key);
  std::memcpy(&slot.row, at + sizeof slot.key, sizeof slot.row);
  return slot;
}

void WriteSlot(char* at, const Slot& slot) {
  std::memcpy(at, &slot.key, sizeof slot.key);
  std::memcpy(at + sizeof slot.key, &slot.row, sizeof slot.row);
}

size_t SlotsFor(size_t count) {
  size_t slots = 16;
  while (slots < count + count / 2 + 1) slots *= 2;
  return slots;
}

}  // namespace

FeatureCounter::FeatureCounter() : slots_(1024) {}

uint32_t FeatureCounter::Add(uint64_t hash) {
  if (hashes_.size() * 2 >= slots_.size()) Grow();
  const uint64_t key = Key(hash);
  const size_t mask = slots_.size() - 1;
  size_t at = SlotOf(key, mask);
  while (slots_[at] != 0) {
    const uint32_t number = slots_[at] - 1;
    if (hashes_[number] == key) {
      ++counts_[number];
      return number;
    }
    at = (at + 1) & mask;
  }
  hashes_.push_back(key);
  counts_.push_back(1);
  slots_[at] = static_cast<uint32_t>(hashes_.size());
  return slots_[at] - 1;
}

void FeatureCounter::Grow() {
  std::vector<uint32_t> slots(slots_.size() * 2);
  const size_t mask = slots.size() - 1;
  for (uint32_t number = 0; number < hashes_.size(); ++number) {
    size_t at = SlotOf(hashes_[number], mask);
    while (slots[at] != 0) at = (at + 1) & mask;
    slots[at] = number + 1;
  }
  slots_ = std::move(slots);
}

std::vector<uint32_t> FeatureCounter::Ranking() const {
  std::vector<uint32_t> order(hashes_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return counts_[a] != counts_[b] ? counts_[a] > counts_[b] : hashes_[a] < hashes_[b];
  });
  return order;
}

FeatureCounter::Numbered FeatureCounter::Rows() const {
  Numbered rows{.hashes = {}, .row_of = std::vector<uint32_t>(hashes_.size())};
  rows.hashes.reserve(hashes_.size());
  for (uint32_t number : Ranking()) {
    rows.row_of[number] = static_cast<uint32_t>(rows.hashes.size());
    rows.hashes.push_back(hashes_[number]);
  }
  return rows;
}

std::string BuildFeatureMap(std::span<const uint64_t> hashes) {
  const size_t slots = SlotsFor(hashes.size());
  LearnedBlobWriter writer;
  writer.U32(static_cast<uint32_t>(hashes.size()));
  writer.U32(static_cast<uint32_t>(slots));
  std::string blob = writer.Take();
  const size_t header = blob.size();
  blob.resize(header + slots * kSlotBytes);
  char* table = blob.data() + header;
  for (uint32_t row = 0; row < hashes.size(); ++row) {
    const uint64_t key = Key(hashes[row]);
    size_t at = SlotOf(key, slots - 1);
    while (ReadSlot(table + at * kSlotBytes).key != 0) at = (at + 1) & (slots - 1);
    WriteSlot(table + at * kSlotBytes, {.key = key, .row = row});
  }
  return blob;
}

Result<FeatureMap> FeatureMap::Open(std::string_view blob) {
  LearnedBlobReader reader(blob);
  const uint32_t count = reader.U32();
  const size_t slots = reader.U32();
  const bool power_of_two = slots != 0 && (slots & (slots - 1)) == 0;
  if (!reader.ok() || !power_of_two || count >= slots || blob.size() != 8 + slots * kSlotBytes)
    return BlobCorrupt("features");
  FeatureMap map;
  map.slots_ = blob.substr(8);
  map.mask_ = slots - 1;
  map.count_ = count;
  size_t used = 0;
  for (size_t i = 0; i < slots; ++i) {
    const Slot slot = ReadSlot(map.slots_.data() + i * kSlotBytes);
    if (slot.key == 0) continue;
    ++used;
    if (slot.row >= count) return BlobCorrupt("features");
  }
  // At least one slot stays empty, which is what ends a search.
  if (used != count) return BlobCorrupt("features");
  return map;
}

uint32_t FeatureMap::Find(uint64_t hash) const {
  if (count_ == 0) return kNoRow;
  const uint64_t key = Key(hash);
  for (size_t at = SlotOf(key, mask_);; at = (at + 1) & mask_) {
    const Slot slot = ReadSlot(slots_.data() + at * kSlotBytes);
    if (slot.key == key) return slot.row;
    if (slot.key == 0) return kNoRow;
  }
}

void FeatureMap::Prefetch(uint64_t hash) const {
  if (count_ != 0) __builtin_prefetch(slots_.data() + SlotOf(Key(hash), mask_) * kSlotBytes);
}

}  // namespace greenroom

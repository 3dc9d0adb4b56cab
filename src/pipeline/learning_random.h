// LearningRandom: the one source of randomness in training. The same seed gives the same numbers on every platform,
// which the standard library's distributions do not promise. Algorithm: splitmix64 (Steele, Lea, Flood 2014).
//
//   LearningRandom random(seed);
//   random.Shuffle(order);                           // Fisher-Yates
//   if (random.Uniform() < 0.5f) ...
//
// Thread rules: one per task; not shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace greenroom {

class LearningRandom {
 public:
  explicit LearningRandom(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  // In [0, 1), with 24 bits.
  float Uniform() { return static_cast<float>(Next() >> 40) * (1.0f / 16777216.0f); }
  // About normal with mean 0 and deviation 1: the sum of four uniform 16-bit numbers, which needs no logarithm.
  float Normal() {
    const uint64_t bits = Next();
    const uint64_t sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
    return (static_cast<float>(sum) * (1.0f / 65536.0f) - 2.0f) * 1.7320508f;
  }
  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[Next() % i]);
  }

 private:
  uint64_t state_;
};

}  // namespace greenroom

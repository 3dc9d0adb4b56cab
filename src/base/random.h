// Random: a seeded deterministic generator for training and choices; and unguessable tokens from the system.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace greenroom {

// splitmix64 stream: the same numbers for the same seed everywhere. One owner per object.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  // Uniform in [0, n); n >= 1.
  uint64_t Below(uint64_t n);
  // Uniform in [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  // Mean 0, deviation 1 (polar method).
  double Normal();
  // Fisher-Yates.
  template <typename T>
  void Shuffle(std::vector<T>& values) {
    for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[Below(i)]);
  }

 private:
  uint64_t state_;
  double spare_ = 0;
  bool has_spare_ = false;
};

// Hex digits of so many bytes from the system's generator.
std::string SecureToken(size_t bytes);
// A unique id: 32 hex digits.
std::string NewId();

}  // namespace greenroom

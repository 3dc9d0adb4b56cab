// Digests: SHA-256 (OpenSSL) for identity, a fast stable 64-bit hash for features and sharding.
// Thread rules: functions are pure; a Sha256 object has one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace greenroom {

// 64 lower-case hex digits.
std::string Sha256Hex(std::string_view bytes);

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void Update(std::string_view bytes);
  // Ends the computation; call once.
  std::string HexDigest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A 64-bit hash that is the same on every machine and in every version (it is stored in model packages).
// Algorithm: 8 bytes at a time multiplied and folded (the 64x64->128 mix known from wyhash).
uint64_t Hash64(std::string_view bytes, uint64_t seed = 0);
// Combines two hashes; order matters.
uint64_t HashCombine(uint64_t a, uint64_t b);

// Compares in a time that depends on the lengths only.
bool SecretEquals(std::string_view a, std::string_view b);

}  // namespace greenroom

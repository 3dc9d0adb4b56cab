#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstring>

#include "base/check.h"
#include "base/text.h"

namespace greenroom {
namespace {

constexpr uint64_t kMix1 = 0xa0761d6478bd642full, kMix2 = 0xe7037ed1a0b428dbull;

uint64_t Fold(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t LoadTail(const char* data, size_t count) {
  uint64_t value = 0;
  std::memcpy(&value, data, count);
  return value;
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() { CHECK(context && EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1, "SHA-256 is not available"); }
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Update(std::string_view bytes) { EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()); }

std::string Sha256::HexDigest() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_DigestFinal_ex(state_->context, digest, &length);
  return HexEncode({reinterpret_cast<const char*>(digest), length});
}

std::string Sha256Hex(std::string_view bytes) {
  Sha256 sha;
  sha.Update(bytes);
  return sha.HexDigest();
}

uint64_t Hash64(std::string_view bytes, uint64_t seed) {
  uint64_t hash = seed ^ Fold(seed ^ kMix1, bytes.size() ^ kMix2);
  const char* data = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; data += 8, left -= 8) hash = Fold(LoadTail(data, 8) ^ kMix1, hash ^ kMix2);
  if (left > 0) hash = Fold(LoadTail(data, left) ^ kMix2, hash ^ kMix1);
  return Fold(hash ^ kMix1, kMix2 ^ bytes.size());
}

uint64_t HashCombine(uint64_t a, uint64_t b) { return Fold(a ^ kMix1, b ^ kMix2); }

bool SecretEquals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace greenroom

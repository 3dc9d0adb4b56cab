// SecretBox: encrypts secrets that have to be read back (signing key, tokens that are sent to other servers), so that a
// copy of the store alone gives none away.
//
//   GR_ASSIGN(SecretBox box, SecretBox::Create(key));            // 32 bytes, from a file beside the store
//   std::string sealed = box.Seal("token");                      // text, may be stored
//   GR_ASSIGN(std::string token, box.Open(sealed));
//
// Algorithm: crypto_secretbox of libsodium (XSalsa20 and Poly1305) with a random nonce in front, as Base64 without
// padding. Secrets that only need comparing are kept as digests instead.
// Errors: key_malformed, secret_unreadable (kDataLoss: another key, or changed bytes). Thread rules: immutable.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace greenroom {

class SecretBox {
 public:
  static constexpr size_t kKeyBytes = 32;

  static Result<SecretBox> Create(std::string key);
  // Bytes for a new key.
  static std::string NewKey();

  std::string Seal(std::string_view secret) const;
  Result<std::string> Open(std::string_view sealed) const;

 private:
  explicit SecretBox(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

}  // namespace greenroom

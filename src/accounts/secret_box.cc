#include "accounts/secret_box.h"

#include <sodium.h>

#include "base/text.h"

namespace greenroom {
namespace {

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

static_assert(SecretBox::kKeyBytes == crypto_secretbox_KEYBYTES);

Result<SecretBox> SecretBox::Create(std::string key) {
  if (key.size() == kKeyBytes && sodium_init() >= 0) return SecretBox(std::move(key));
  return Error{ErrorCode::kInvalidArgument, "key_malformed", "the key for secrets must have 32 bytes",
               "restore the key file that belongs to this data directory"};
}

std::string SecretBox::NewKey() {
  std::string key(kKeyBytes, '\0');
  if (sodium_init() < 0) return "";
  randombytes_buf(key.data(), key.size());
  return key;
}

std::string SecretBox::Seal(std::string_view secret) const {
  std::string nonce(crypto_secretbox_NONCEBYTES, '\0');
  randombytes_buf(nonce.data(), nonce.size());
  std::string box(secret.size() + crypto_secretbox_MACBYTES, '\0');
  crypto_secretbox_easy(Bytes(box), Bytes(secret), secret.size(), Bytes(nonce), Bytes(key_));
  return Base64UrlEncode(nonce + box);
}

Result<std::string> SecretBox::Open(std::string_view sealed) const {
  Error unreadable{ErrorCode::kDataLoss, "secret_unreadable", "a stored secret cannot be decrypted",
                   "restore the key file that belongs to this data directory"};
  auto bytes = Base64Decode(sealed);
  if (!bytes || bytes->size() < crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES) return unreadable;
  std::string_view nonce = std::string_view(*bytes).substr(0, crypto_secretbox_NONCEBYTES);
  std::string_view box = std::string_view(*bytes).substr(crypto_secretbox_NONCEBYTES);
  std::string secret(box.size() - crypto_secretbox_MACBYTES, '\0');
  if (crypto_secretbox_open_easy(Bytes(secret), Bytes(box), box.size(), Bytes(nonce), Bytes(key_)) != 0)
    return unreadable;
  return secret;
}

}  // namespace greenroom

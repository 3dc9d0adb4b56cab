#include "accounts/jwt.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/digest.h"
#include "base/text.h"

namespace greenroom {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Error Invalid() {
  return {ErrorCode::kUnauthenticated, "jwt_invalid", "the token is not valid or has expired", "log in again"};
}

std::string Contents(BIO* bio) {
  char* data = nullptr;
  long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size)) : std::string();
}

// Only the one spelling that an encoder makes: no padding, no other alphabet, no stray bits at the end.
std::optional<std::string> DecodeStrictly(std::string_view text) {
  bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (!plain) return std::nullopt;
  auto bytes = Base64Decode(text);
  if (!bytes || Base64UrlEncode(*bytes) != text) return std::nullopt;
  return std::move(*bytes);
}

std::optional<Json> DecodeObject(std::string_view text) {
  auto bytes = DecodeStrictly(text);
  if (!bytes) return std::nullopt;
  auto json = ParseJson(*bytes, {.bytes = JwtKey::kMaxBytes, .depth = 8, .nodes = 1000});
  if (!json || !json->is_object()) return std::nullopt;
  return std::move(*json);
}

// An RSA public key from its two numbers; nullptr when they are none.
std::shared_ptr<EVP_PKEY> PublicKeyOf(const std::string& modulus, const std::string& exponent) {
  Number n(BN_bin2bn(Bytes(modulus), static_cast<int>(modulus.size()), nullptr), BN_free);
  Number e(BN_bin2bn(Bytes(exponent), static_cast<int>(exponent.size()), nullptr), BN_free);
  std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> build(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  if (!n || !e || OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters(OSSL_PARAM_BLD_to_param(build.get()),
                                                                     OSSL_PARAM_free);
  std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return {key, EVP_PKEY_free};
}

std::string NumberText(EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return "";
  Number number(raw, BN_free);
  std::string bytes(static_cast<size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return Base64UrlEncode(bytes);
}

struct Parts {
  std::string_view header, claims, signature, signed_part;
};

std::optional<Parts> SplitToken(std::string_view token) {
  size_t first = token.find('.'), second = token.find('.', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  Parts parts{.header = token.substr(0, first),
              .claims = token.substr(first + 1, second - first - 1),
              .signature = token.substr(second + 1),
              .signed_part = token.substr(0, second)};
  if (parts.signature.empty() || parts.signature.find('.') != std::string_view::npos) return std::nullopt;
  return parts;
}

bool HeaderFits(const Json& header, const std::string& algorithm) {
  for (const auto& [name, value] : header.members()) {
    if (name != "alg" && name != "typ" && name != "kid") return false;
  }
  return header["alg"].is_string() && header["alg"].AsString() == algorithm;
}

bool EndFits(const Json& claims, const JwtCheck& check) {
  const Json* exp = claims.Find("exp");
  if (!exp) return !check.needs_end;
  return exp->is_int() && exp->AsInt() > 0 && static_cast<double>(exp->AsInt()) + JwtKey::kLeewaySeconds >= check.now;
}

bool TimesFit(const Json& claims, const JwtCheck& check) {
  const double now = check.now;
  if (!EndFits(claims, check)) return false;
  for (const char* name : {"nbf", "iat"}) {
    const Json* time = claims.Find(name);
    if (!time) continue;
    if (!time->is_int() || static_cast<double>(time->AsInt()) - JwtKey::kLeewaySeconds > now) return false;
  }
  return true;
}

}  // namespace

Result<JwtKey> JwtKey::FromSecret(std::string secret) {
  if (secret.size() < kMinSecret) {
    return Error{ErrorCode::kInvalidArgument, "secret_too_short", "the secret for HS256 must have 32 bytes or more",
                 "make one with: openssl rand -hex 32"};
  }
  JwtKey key;
  key.algorithm_ = "HS256";
  key.secret_ = std::move(secret);
  return key;
}

Result<JwtKey> JwtKey::FromPrivatePem(std::string_view pem) {
  Error malformed{ErrorCode::kInvalidArgument, "key_malformed", "this is no RSA key of 2048 bits or more in PEM form"};
  Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  std::shared_ptr<EVP_PKEY> pair(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (!pair || EVP_PKEY_get_base_id(pair.get()) != EVP_PKEY_RSA || EVP_PKEY_get_bits(pair.get()) < 2048)
    return malformed;
  Bio out(BIO_new(BIO_s_mem()), BIO_free);
  if (PEM_write_bio_PUBKEY(out.get(), pair.get()) != 1) return malformed;
  JwtKey key;
  key.algorithm_ = "RS256";
  key.public_pem_ = Contents(out.get());
  key.key_pair_ = std::move(pair);
  return key;
}

Result<JwtKey> JwtKey::FromPublicPem(std::string_view pem) {
  Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  std::shared_ptr<EVP_PKEY> pair(PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (!pair || EVP_PKEY_get_base_id(pair.get()) != EVP_PKEY_RSA || EVP_PKEY_get_bits(pair.get()) < 2048) {
    return Error{ErrorCode::kInvalidArgument, "key_malformed",
                 "this is no public RSA key of 2048 bits or more in PEM form"};
  }
  JwtKey key;
  key.algorithm_ = "RS256";
  key.public_pem_ = std::string(pem);
  key.key_pair_ = std::move(pair);
  return key;
}

Result<JwtKey> JwtKey::Configured(std::string_view method, std::string key) {
  if (method == "HS256") return FromSecret(std::move(key));
  if (method == "RS256") return FromPublicPem(key);
  return Error{ErrorCode::kInvalidArgument, "method_unknown",
               "tokens signed with `" + std::string(method) + "` are not taken", "use HS256 or RS256"};
}

Result<JwtKey> JwtKey::FromPublicJwk(const Json& jwk) {
  Error malformed{ErrorCode::kInvalidArgument, "key_malformed", "this is no RSA key of 2048 bits or more"};
  auto modulus = DecodeStrictly(jwk["n"].AsString()), exponent = DecodeStrictly(jwk["e"].AsString());
  if (jwk["kty"].AsString() != "RSA" || !modulus || !exponent || modulus->size() > 1024 || exponent->size() > 8)
    return malformed;
  std::shared_ptr<EVP_PKEY> pair = PublicKeyOf(*modulus, *exponent);
  if (!pair || EVP_PKEY_get_bits(pair.get()) < 2048) return malformed;
  JwtKey key;
  key.algorithm_ = "RS256";
  key.key_pair_ = std::move(pair);
  return key;
}

Json JwtKey::PublicJwk() const {
  if (!key_pair_) return {};
  auto* pair = static_cast<EVP_PKEY*>(key_pair_.get());
  return Json::Object({{"kty", "RSA"},
                       {"alg", "RS256"},
                       {"use", "sig"},
                       {"n", NumberText(pair, OSSL_PKEY_PARAM_RSA_N)},
                       {"e", NumberText(pair, OSSL_PKEY_PARAM_RSA_E)}});
}

Result<std::string> JwtKey::NewPrivatePem() {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(EVP_RSA_gen(2048), EVP_PKEY_free);
  Bio out(BIO_new(BIO_s_mem()), BIO_free);
  if (pair && PEM_write_bio_PKCS8PrivateKey(out.get(), pair.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1)
    return Contents(out.get());
  return Error{ErrorCode::kInternal, "key_failed", "no signing key could be made"};
}

std::string JwtKey::Signature(std::string_view signed_part) const {
  if (!key_pair_) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned int size = 0;
    HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), Bytes(signed_part), signed_part.size(),
         mac.data(), &size);
    return {reinterpret_cast<const char*>(mac.data()), size};
  }
  Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  auto* pair = static_cast<EVP_PKEY*>(key_pair_.get());
  size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, pair) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, Bytes(signed_part), signed_part.size()) != 1) {
    return "";
  }
  std::string signature(size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  if (EVP_DigestSign(context.get(), out, &size, Bytes(signed_part), signed_part.size()) != 1) return "";
  signature.resize(size);
  return signature;
}

bool JwtKey::Matches(std::string_view signed_part, std::string_view signature) const {
  if (!key_pair_) return SecretEquals(Signature(signed_part), signature);
  Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  auto* pair = static_cast<EVP_PKEY*>(key_pair_.get());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, pair) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(signed_part), signed_part.size()) ==
             1;
}

Result<std::string> JwtKey::Sign(const Json& claims) const {
  Json header = Json::Object({{"alg", algorithm_}, {"typ", "JWT"}});
  std::string token = Base64UrlEncode(header.Dump()) + "." + Base64UrlEncode(claims.Dump());
  std::string signature = Signature(token);
  if (signature.empty()) return Error{ErrorCode::kInternal, "key_failed", "a token could not be signed"};
  return token + "." + Base64UrlEncode(signature);
}

Result<Json> JwtKey::Verify(std::string_view token, const JwtCheck& check) const {
  if (token.size() > kMaxBytes) return Invalid();
  auto parts = SplitToken(token);
  if (!parts) return Invalid();
  auto header = DecodeObject(parts->header);
  auto signature = DecodeStrictly(parts->signature);
  if (!header || !signature || !HeaderFits(*header, algorithm_) || !Matches(parts->signed_part, *signature))
    return Invalid();
  auto claims = DecodeObject(parts->claims);
  if (!claims || !TimesFit(*claims, check)) return Invalid();
  if (!check.issuer.empty() && (*claims)["iss"].AsString() != check.issuer) return Invalid();
  return std::move(*claims);
}

}  // namespace greenroom

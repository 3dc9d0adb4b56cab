// JSON Web Tokens: signing and checking, and nothing that a caller could choose.
//
//   GR_ASSIGN(JwtKey key, JwtKey::FromPrivatePem(pem));                 // RS256
//   std::string token = key.Sign(Json::Object({{"iss", "greenroom"}, {"exp", now + 3600}}));
//   GR_ASSIGN(Json claims, key.Verify(token, {.now = now, .issuer = "greenroom"}));
//
// One algorithm per key: the header's `alg` must be the key's own and is never followed; headers that bring a key or
// ask for extensions (jwk, jku, x5u, x5c, crit) are refused. `exp` is needed; exp, nbf and iat must be whole numbers;
// clocks may differ by kLeewaySeconds. Encoding is checked strictly (base64url without padding, canonical bits), and
// anything longer than kMaxBytes is refused unread.
// Algorithms: RFC 7515, 7518 (HS256, RS256), 7519; signatures are computed by OpenSSL.
// Errors: jwt_invalid (kUnauthenticated; one reason, so that nobody learns which check failed), secret_too_short,
// key_malformed (kInvalidArgument). Thread rules: a key is immutable and may be shared.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace greenroom {

struct JwtCheck {
  double now = 0;           // unix seconds
  std::string issuer = {};  // `iss` must be this; "" = any
  bool needs_end = true;    // whether `exp` must be there; when it is, it counts
};

class JwtKey {
 public:
  static constexpr double kLeewaySeconds = 60;
  static constexpr size_t kMaxBytes = 8192;
  static constexpr size_t kMinSecret = 32;  // bytes

  // HS256 with a shared secret of kMinSecret bytes or more.
  static Result<JwtKey> FromSecret(std::string secret);
  // RS256 with a private key.
  static Result<JwtKey> FromPrivatePem(std::string_view pem);
  // What somebody configured by the name of a method: a secret for HS256, a public key in PEM form for RS256. Error
  // besides: method_unknown.
  static Result<JwtKey> Configured(std::string_view method, std::string key);
  // RS256 with a public key: it verifies and cannot sign.
  static Result<JwtKey> FromPublicPem(std::string_view pem);
  // RS256 with a public key of a provider: it verifies and cannot sign.
  static Result<JwtKey> FromPublicJwk(const Json& jwk);
  // A new RSA key of 2048 bits as PEM (PKCS #8).
  static Result<std::string> NewPrivatePem();

  Result<std::string> Sign(const Json& claims) const;
  // The claims of a valid token.
  Result<Json> Verify(std::string_view token, const JwtCheck& check) const;
  // The public half of an RS256 key as PEM; "" for HS256.
  const std::string& public_pem() const { return public_pem_; }
  // The same as a JSON Web Key (RFC 7517); null for HS256.
  Json PublicJwk() const;
  // "HS256" or "RS256".
  const std::string& algorithm() const { return algorithm_; }

 private:
  JwtKey() = default;
  std::string Signature(std::string_view signed_part) const;
  bool Matches(std::string_view signed_part, std::string_view signature) const;

  std::string algorithm_;
  std::string secret_;
  std::shared_ptr<void> key_pair_;
  std::string public_pem_;
};

}  // namespace greenroom

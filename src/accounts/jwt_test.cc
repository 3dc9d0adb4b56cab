#include "accounts/jwt.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace greenroom {
namespace {

constexpr char kSecret[] = "0123456789abcdef0123456789abcdef";
constexpr double kNow = 1'700'000'000;

Json Claims(int64_t lasts = 100) {
  return Json::Object({{"iss", "us"}, {"sub", "ann"}, {"exp", static_cast<int64_t>(kNow) + lasts}});
}

struct JwtTest : testing::Test {
  JwtKey secret = JwtKey::FromSecret(kSecret).value();
  static const JwtKey& Rsa() {
    static const JwtKey key = JwtKey::FromPrivatePem(JwtKey::NewPrivatePem().value()).value();
    return key;
  }
  bool Good(const JwtKey& key, const std::string& token, double now = kNow) {
    auto claims = key.Verify(token, {.now = now, .issuer = "us"});
    EXPECT_EQ(claims.ok() ? "jwt_invalid" : claims.error().reason, "jwt_invalid");
    return claims.ok();
  }
  // A token with a header of the attacker's choice and no signature.
  std::string With(const std::string& header, const std::string& claims) {
    return Base64UrlEncode(header) + "." + Base64UrlEncode(claims) + ".";
  }
};

TEST_F(JwtTest, AConfiguredKeyHasTheOneMethodThatItsOwnerNamed) {
  std::string by_rsa = Rsa().Sign(Claims()).value();
  JwtKey rsa = JwtKey::Configured("RS256", Rsa().public_pem()).value();
  EXPECT_TRUE(Good(rsa, by_rsa));
  // The public key is no secret: what is signed with it must not pass.
  std::string forged = JwtKey::FromSecret(Rsa().public_pem())->Sign(Claims()).value();
  EXPECT_FALSE(Good(rsa, forged));
  JwtKey shared = JwtKey::Configured("HS256", kSecret).value();
  EXPECT_TRUE(Good(shared, secret.Sign(Claims()).value()));
  EXPECT_FALSE(Good(shared, by_rsa));
  EXPECT_EQ(JwtKey::Configured("HS256", "8-bytes!").error().reason, "secret_too_short");
  EXPECT_EQ(JwtKey::Configured("RS256", kSecret).error().reason, "key_malformed");
  for (const char* method : {"none", "", "hs256", "HS384", "ES256"})
    EXPECT_EQ(JwtKey::Configured(method, kSecret).error().reason, "method_unknown") << method;
}

TEST_F(JwtTest, WhatWasSignedIsRead) {
  for (const JwtKey* key : std::initializer_list<const JwtKey*>{&secret, &Rsa()}) {
    auto claims = key->Verify(key->Sign(Claims()).value(), {.now = kNow, .issuer = "us"});
    ASSERT_TRUE(claims.ok());
    EXPECT_EQ((*claims)["sub"].AsString(), "ann");
  }
}

TEST_F(JwtTest, ATokenOfAnotherAlgorithmIsRefused) {
  EXPECT_FALSE(Good(Rsa(), secret.Sign(Claims()).value()));
  EXPECT_FALSE(Good(secret, Rsa().Sign(Claims()).value()));
  // Signed with the public key as a secret, which everybody has.
  JwtKey confused = JwtKey::FromSecret(Rsa().public_pem()).value();
  EXPECT_FALSE(Good(Rsa(), confused.Sign(Claims()).value()));
}

TEST_F(JwtTest, UnsignedTokensAndBrokenShapesAreRefused) {
  std::string good = secret.Sign(Claims()).value();
  for (const char* alg : {"none", "None", "nOnE", ""}) {
    std::string header = std::string(R"({"alg":")") + alg + R"("})";
    EXPECT_FALSE(Good(secret, With(header, Claims().Dump())));
  }
  std::string body = good.substr(0, good.rfind('.'));
  for (const std::string& bad :
       {std::string(), std::string("a.b"), std::string("a.b.c"), body, body + ".", good + ".x.y", good + "=",
        " " + good, good + "\n", good.substr(1), std::string(1 << 20, 'a'), std::string("..")}) {
    EXPECT_FALSE(Good(secret, bad)) << bad.substr(0, 60);
  }
}

TEST_F(JwtTest, EveryChangedCharacterIsNoticed) {
  std::string good = Rsa().Sign(Claims()).value();
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(Good(Rsa(), bad)) << i;
  }
}

TEST_F(JwtTest, TimesAreCheckedWithAMinuteOfLeeway) {
  EXPECT_TRUE(Good(secret, secret.Sign(Claims(-59)).value()));
  EXPECT_FALSE(Good(secret, secret.Sign(Claims(-61)).value()));
  auto now = static_cast<int64_t>(kNow);
  EXPECT_TRUE(Good(secret, secret.Sign(Claims().Set("nbf", now + 59)).value()));
  EXPECT_FALSE(Good(secret, secret.Sign(Claims().Set("nbf", now + 61)).value()));
  EXPECT_FALSE(Good(secret, secret.Sign(Claims().Set("nbf", "1")).value()));
}

TEST_F(JwtTest, AnExpiryIsNeededAndMustBeAWholeNumber) {
  Json without = Claims();
  without.Erase("exp");
  EXPECT_FALSE(Good(secret, secret.Sign(without).value()));
  for (const Json& exp : {Json("1800000000"), Json(1800000000.5), Json(1e300), Json(-1), Json(), Json(true)})
    EXPECT_FALSE(Good(secret, secret.Sign(Claims().Set("exp", exp)).value())) << exp.Dump();
}

TEST_F(JwtTest, TheIssuerMustBeTheExpectedOne) {
  EXPECT_FALSE(Good(secret, secret.Sign(Claims().Set("iss", "them")).value()));
  EXPECT_FALSE(Good(secret, secret.Sign(Claims().Set("iss", Json())).value()));
}

TEST_F(JwtTest, WeakSecretsAndForeignKeysAreRefused) {
  EXPECT_EQ(JwtKey::FromSecret("12345678").error().reason, "secret_too_short");
  EXPECT_EQ(JwtKey::FromPrivatePem("x").error().reason, "key_malformed");
  EXPECT_EQ(JwtKey::FromPrivatePem(Rsa().public_pem()).error().reason, "key_malformed");
}

}  // namespace
}  // namespace greenroom

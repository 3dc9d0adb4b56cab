#include "accounts/oidc.h"

#include <gtest/gtest.h>

#include "accounts/jwt.h"

namespace greenroom {
namespace {

constexpr double kNow = 1'700'000'000;

struct OidcTest : testing::Test {
  static const JwtKey& Key() {
    static const JwtKey key = JwtKey::FromPrivatePem(JwtKey::NewPrivatePem().value()).value();
    return key;
  }
  OidcSettings settings{.issuer = "https://idp.example",
                        .client_id = "desk",
                        .client_secret = "s&cret",
                        .redirect_uri = "https://desk.example/api/auth/oidc/callback",
                        .roles = {{"devs", "release"}, {"ops", "admin"}}};
  OidcFlow flow = OidcFlow::New(kNow);
  Json jwks = Json::Object({{"keys", Json::List({Json::Object({{"kty", "EC"}}), Key().PublicJwk()})}});

  Json Claims() {
    return Json::Object({{"iss", "https://idp.example"},
                         {"sub", "u1"},
                         {"aud", "desk"},
                         {"exp", static_cast<int64_t>(kNow) + 60},
                         {"nonce", flow.nonce},
                         {"preferred_username", "dana"},
                         {"groups", Json::List({Json("devs"), Json("others")})}});
  }
  Result<OidcIdentity> Check(const Json& claims, const JwtKey& key = Key(), double now = kNow) {
    return CheckIdToken(key.Sign(claims).value(), jwks, {settings, flow, now});
  }
};

TEST_F(OidcTest, ATokenOfTheProviderForThisFlowSaysWhoItIs) {
  auto who = Check(Claims());
  ASSERT_TRUE(who.ok()) << who.error().message;
  EXPECT_EQ(who->subject, "https://idp.example u1");
  EXPECT_EQ(who->name, "dana");
  EXPECT_EQ(who->roles, std::vector<std::string>{"release"});
  EXPECT_TRUE(Check(Claims().Set("aud", Json::List({Json("desk")}))).ok());
  EXPECT_TRUE(Check(Claims().Set("aud", Json::List({Json("desk"), Json("x")})).Set("azp", "desk")).ok());
  EXPECT_EQ(Check(Claims().Set("groups", "ops"))->roles, std::vector<std::string>{"admin"});
  EXPECT_TRUE(Check(Claims().Set("groups", Json()))->roles.empty());
}

TEST_F(OidcTest, ATokenForSomebodyElseOrAnotherFlowIsRefused) {
  auto reason = [&](const Json& claims) {
    auto who = Check(claims);
    return who ? "" : who.error().reason;
  };
  EXPECT_EQ(reason(Claims().Set("iss", "https://other.example")), "oidc_refused");
  EXPECT_EQ(reason(Claims().Set("aud", "other")), "oidc_refused");
  EXPECT_EQ(reason(Claims().Set("aud", Json())), "oidc_refused");
  EXPECT_EQ(reason(Claims().Set("aud", Json::List({Json("desk"), Json("x")}))), "oidc_refused");
  EXPECT_EQ(reason(Claims().Set("nonce", "other")), "oidc_refused");
  EXPECT_EQ(reason(Claims().Set("nonce", Json())), "oidc_refused");
  EXPECT_EQ(reason(Claims().Set("sub", "")), "oidc_refused");
  EXPECT_EQ(reason(Claims().Set("exp", static_cast<int64_t>(kNow) - 61)), "oidc_refused");
  JwtKey foreign = JwtKey::FromPrivatePem(JwtKey::NewPrivatePem().value()).value();
  EXPECT_FALSE(Check(Claims(), foreign).ok());
  JwtKey shared = JwtKey::FromSecret("0123456789abcdef0123456789abcdef").value();
  EXPECT_FALSE(Check(Claims(), shared).ok());
  EXPECT_FALSE(Check(Claims().Set("exp", static_cast<int64_t>(kNow) + 9000), Key(), kNow + 601).ok());
}

TEST_F(OidcTest, TheBrowserIsSentWithAChallengeAndTheVerifierStaysHere) {
  std::string url = AuthorizationUrl(settings, {.authorization_endpoint = "https://idp.example/auth"}, flow);
  EXPECT_TRUE(url.starts_with("https://idp.example/auth?response_type=code&client_id=desk&redirect_uri=https%3"));
  EXPECT_NE(url.find("code_challenge_method=S256"), std::string::npos);
  EXPECT_EQ(url.find(flow.verifier), std::string::npos);
  EXPECT_EQ(url.find(settings.client_secret), std::string::npos);
  EXPECT_NE(TokenForm(settings, flow, "c d").find("&code=c%20d&"), std::string::npos);
  OidcFlow read = OidcFlow::Read(flow.Dump()).value();
  EXPECT_EQ(read.verifier, flow.verifier);
  EXPECT_EQ(read.expires_at, flow.expires_at);
  OidcFlow example{.verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"};  // RFC 7636, appendix B
  EXPECT_NE(AuthorizationUrl(settings, {.authorization_endpoint = "https://idp.example/a?b=c"}, example)
                .find("code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            std::string::npos);
}

TEST_F(OidcTest, SettingsAndProvidersThatAreNotEncryptedAreRefused) {
  EXPECT_TRUE(CheckOidcSettings({}).ok());
  EXPECT_TRUE(CheckOidcSettings(settings).ok());
  for (const char* issuer : {"http://idp.example", "http://127.0.0.1.evil.example", "https://", "x"}) {
    OidcSettings bad = settings;
    bad.issuer = issuer;
    EXPECT_EQ(CheckOidcSettings(bad).error().reason, "oidc_settings_invalid") << issuer;
  }
  Json document = Json::Object({{"issuer", "https://idp.example"},
                                {"authorization_endpoint", "https://idp.example/a"},
                                {"token_endpoint", "https://idp.example/t"},
                                {"jwks_uri", "https://idp.example/k"}});
  EXPECT_TRUE(ReadProvider(document, settings).ok());
  EXPECT_FALSE(ReadProvider(Json(document).Set("token_endpoint", "http://idp.example/t"), settings).ok());
  EXPECT_FALSE(ReadProvider(Json(document).Set("issuer", "https://other"), settings).ok());
  EXPECT_EQ(ReadRoleMap("devs=release, cn=a=admin")->at("cn=a"), "admin");
  EXPECT_FALSE(ReadRoleMap("devs").ok());
}

}  // namespace
}  // namespace greenroom

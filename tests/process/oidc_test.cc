// Signing in at a provider: one of our own, which checks PKCE and signs as real ones do.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <mutex>

#include "accounts/jwt.h"
#include "app/server.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "http/client.h"
#include "http/server.h"

namespace greenroom {
namespace {

constexpr char kAdmin[] = "the-admin-token-of-the-sign-in-test";

std::map<std::string, std::string> FieldsOf(const std::string& form) {
  std::map<std::string, std::string> fields;
  for (const std::string& pair : Split(form, '&')) {
    size_t cut = pair.find('=');
    fields[pair.substr(0, cut)] = pair.substr(cut + 1);
  }
  return fields;
}

std::string ChallengeOf(const std::string& verifier) {
  std::string bytes, hex = Sha256Hex(verifier);
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return Base64UrlEncode(bytes);
}

// The provider: one client, one code at a time.
class Provider {
 public:
  Provider() {
    auto server = HttpServer::Start(
        {}, [this](std::shared_ptr<HttpRequest> request, Responder respond) { respond(Answer(*request)); });
    server_ = std::move(server).value();
  }
  std::string issuer() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

  // What the user's page at the provider does: reads where it was sent, and knows who signs in.
  void Allow(const std::map<std::string, std::string>& asked, Json groups) {
    std::lock_guard<std::mutex> lock(mutex_);
    challenge_ = asked.at("code_challenge");
    nonce_ = asked.at("nonce");
    groups_ = std::move(groups);
  }

 private:
  HttpResponse Answer(const HttpRequest& request) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (request.path == "/.well-known/openid-configuration") {
      return HttpResponse::Json(200, Json::Object({{"issuer", issuer()},
                                                   {"authorization_endpoint", issuer() + "/authorize"},
                                                   {"token_endpoint", issuer() + "/token"},
                                                   {"jwks_uri", issuer() + "/keys"}}));
    }
    if (request.path == "/keys")
      return HttpResponse::Json(200, Json::Object({{"keys", Json::List({key_.PublicJwk()})}}));
    auto fields = FieldsOf(request.body);
    bool good = request.path == "/token" && fields["code"] == "the-code" && fields["client_secret"] == "hush" &&
                ChallengeOf(fields["code_verifier"]) == challenge_;
    if (!good) return HttpResponse::Json(400, Json::Object({{"error", "invalid_grant"}}));
    Json claims = Json::Object({{"iss", issuer()},
                                {"sub", "user-1"},
                                {"aud", "desk"},
                                {"exp", static_cast<int64_t>(SystemClock().NowSeconds()) + 60},
                                {"nonce", nonce_},
                                {"preferred_username", "dana"},
                                {"groups", groups_}});
    return HttpResponse::Json(200, Json::Object({{"id_token", key_.Sign(claims).value()}}));
  }

  std::mutex mutex_;
  JwtKey key_ = JwtKey::FromPrivatePem(JwtKey::NewPrivatePem().value()).value();
  std::string challenge_, nonce_;
  Json groups_;
  std::unique_ptr<HttpServer> server_;
};

class OidcSignInTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SetLogLevel(LogLevel::kOff);
    char name[] = "/tmp/greenroom-oidc-test-XXXXXX";
    home_ = ::mkdtemp(name);
    auto server = Server::Start({.home = home_,
                                 .port = 0,
                                 .program = GREENROOM_BINARY,
                                 .admin_token = kAdmin,
                                 .oidc = {.issuer = provider_.issuer(),
                                          .client_id = "desk",
                                          .client_secret = "hush",
                                          .redirect_uri = "http://127.0.0.1/api/auth/oidc/callback",
                                          .roles = {{"devs", "tester"}, {"ops", "admin"}}}});
    ASSERT_TRUE(server.ok()) << server.error().message;
    server_ = std::move(*server);
    client_ = std::move(HttpClient::Create({})).value();
  }
  void TearDown() override {
    client_.reset();
    server_.reset();
    std::filesystem::remove_all(home_);
  }

  HttpClientResponse Get(const std::string& path, const std::string& cookie = "") {
    HttpClientRequest request{.url = "http://127.0.0.1:" + std::to_string(server_->port()) + path};
    if (!cookie.empty()) request.headers.Set("Cookie", cookie);
    auto answer = client_->Send(std::move(request));
    return answer ? *answer : HttpClientResponse{};
  }

  struct Begun {
    std::map<std::string, std::string> asked;
    std::string cookie;
  };
  Begun Begin() {
    HttpClientResponse sent = Get("/api/auth/oidc/login");
    EXPECT_EQ(sent.status, 302) << sent.body;
    std::string url(sent.headers.Get("Location")), cookie(sent.headers.Get("Set-Cookie"));
    EXPECT_TRUE(url.starts_with(provider_.issuer() + "/authorize?")) << url;
    return {FieldsOf(url.substr(url.find('?') + 1)), cookie.substr(0, cookie.find(';'))};
  }
  std::string SessionAfter(const Begun& begun) {
    HttpClientResponse back =
        Get("/api/auth/oidc/callback?code=the-code&state=" + begun.asked.at("state"), begun.cookie);
    EXPECT_EQ(back.status, 302) << back.body;
    std::string cookie(back.headers.Get("Set-Cookie"));
    return cookie.substr(0, cookie.find(';'));
  }
  std::string RolesIn(const std::string& session) {
    return ParseJson(Get("/api/user", session).body).value()["roles"].Dump();
  }

  Provider provider_;
  std::string home_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<HttpClient> client_;
};

TEST_F(OidcSignInTest, AUserSignsInAndHasTheRolesOfTheGroups) {
  Begun begun = Begin();
  provider_.Allow(begun.asked, Json::List({Json("devs")}));
  std::string session = SessionAfter(begun);
  Json me = ParseJson(Get("/api/user", session).body).value();
  EXPECT_EQ(me["username"].AsString(), "dana");
  EXPECT_EQ(me["authentication_mechanism"].AsString(), "sso");
  EXPECT_EQ(me["roles"].Dump(), R"(["tester"])");
  begun = Begin();
  provider_.Allow(begun.asked, Json("ops"));
  EXPECT_EQ(RolesIn(SessionAfter(begun)), R"(["admin"])");
  EXPECT_EQ(RolesIn(session), R"(["admin"])");
}

TEST_F(OidcSignInTest, WhoLosesTheGroupLosesTheRole) {
  Begun begun = Begin();
  provider_.Allow(begun.asked, Json::List({Json("devs")}));
  SessionAfter(begun);
  begun = Begin();
  provider_.Allow(begun.asked, Json::List());
  EXPECT_EQ(RolesIn(SessionAfter(begun)), R"(["annotator"])");
}

TEST_F(OidcSignInTest, ACodeOfSomebodyElseIsRefused) {
  Begun begun = Begin(), other = Begin();
  provider_.Allow(begun.asked, Json::List());
  std::string back = "/api/auth/oidc/callback?code=the-code&state=";
  EXPECT_EQ(Get(back + begun.asked["state"]).status, 401);
  EXPECT_EQ(Get(back + begun.asked["state"], other.cookie).status, 401);
  EXPECT_EQ(Get(back + "x", begun.cookie).status, 401);
  EXPECT_EQ(Get(back + other.asked["state"], other.cookie).status, 401);  // the provider sees another verifier
  EXPECT_EQ(Get("/api/auth/oidc/callback?error=denied&state=" + begun.asked["state"], begun.cookie).status, 401);
  EXPECT_EQ(Get("/api/auth/oidc/callback?code=wrong&state=" + begun.asked["state"], begun.cookie).status, 401);
  EXPECT_EQ(Get(back + begun.asked["state"], begun.cookie).status, 302);
}

}  // namespace
}  // namespace greenroom

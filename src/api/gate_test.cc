#include "api/gate.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

Route Of(const std::string& policy, const std::string& pattern = "/api/x") {
  return {.method = "GET", .pattern = pattern, .name = "x", .policy = policy};
}

Principal User(Grants grants) {
  return {.name = "ann", .kind = PrincipalKind::kUser, .grants = std::move(grants), .user = "id"};
}

Principal ServerOf(const std::string& environment) {
  return {.name = "server",
          .kind = PrincipalKind::kEnvironment,
          .grants = {"models.view", "conversations.view"},
          .environment = environment};
}

std::string Outcome(const Route& route, const PathParams& params, const Principal& who) {
  auto checked = CheckPolicy(route, params, who);
  return checked ? "ok" : checked.error().reason;
}

TEST(GateTest, OpenRoutesTakeEverybodyAndOthersNeedAProof) {
  EXPECT_EQ(Outcome(Of("public"), {}, {}), "ok");
  EXPECT_EQ(Outcome(Of("chat"), {}, {}), "ok");
  for (const char* policy : {"login", "service", "models.view", "conversation.read"})
    EXPECT_EQ(Outcome(Of(policy), {}, {}), "token_needed") << policy;
  EXPECT_EQ(Outcome(Of("login"), {}, User({})), "ok");
  EXPECT_EQ(Outcome(Of("models.view"), {}, User({})), "not_allowed");
}

TEST(GateTest, AllWordsOfAPolicyMustHold) {
  Route route = Of("environments.modify environments.{environment}.write", "/api/environments/{environment}");
  PathParams production = {{"environment", "production"}};
  EXPECT_EQ(Outcome(route, production, User({"environments.modify"})), "not_allowed");
  EXPECT_EQ(Outcome(route, production, User({"environments.production.write"})), "not_allowed");
  EXPECT_EQ(Outcome(route, production, User({"environments.modify", "environments.qa.write"})), "not_allowed");
  EXPECT_EQ(Outcome(route, production, User({"environments.modify", "environments.production.write"})), "ok");
}

TEST(GateTest, ANameInThePathCannotBecomeAnotherRight) {
  Route route = Of("environments.{tag}.write", "/api/tags/{tag}");
  for (const char* tag : {"", "*", "qa.write environments.production", "production", "QA"})
    EXPECT_EQ(Outcome(route, {{"tag", tag}}, User({"environments.qa.write", "environments.view"})), "not_allowed")
        << tag;
  EXPECT_EQ(Outcome(route, {}, User({"environments.qa.write"})), "not_allowed");
  EXPECT_EQ(Outcome(route, {{"tag", "qa"}}, User({"environments.qa.write"})), "ok");
}

TEST(GateTest, AServerOfAnEnvironmentStaysThere) {
  Route pull = Of("service", "/api/models/tags/{tag}");
  EXPECT_EQ(Outcome(pull, {{"tag", "qa"}}, ServerOf("qa")), "ok");
  EXPECT_EQ(Outcome(pull, {{"tag", "production"}}, ServerOf("qa")), "not_allowed");
  EXPECT_EQ(Outcome(Of("models.view"), {}, ServerOf("qa")), "not_allowed");
  EXPECT_EQ(Outcome(Of("service", "/api/config"), {}, ServerOf("qa")), "ok");
  EXPECT_EQ(Outcome(Of("models.view", "/status"), {}, ServerOf("qa")), "not_allowed");
  EXPECT_EQ(Outcome(Of("models.view", "/status"), {}, ServerOf("production")), "ok");
}

TEST(GateTest, EverybodyWhoMayTestHasAConversationOfTheirOwn) {
  Route read = Of("conversation.read", "/api/conversations/{conversation_id}");
  Principal ann = User({"test_conversation.view"});
  EXPECT_EQ(Outcome(read, {{"conversation_id", "ann"}}, ann), "ok");
  EXPECT_EQ(Outcome(read, {{"conversation_id", "Ann"}}, ann), "not_allowed");
  EXPECT_EQ(Outcome(read, {{"conversation_id", "ann"}}, User({})), "not_allowed");
  Principal program = ann;
  program.user = "";
  EXPECT_EQ(Outcome(read, {{"conversation_id", "ann"}}, program), "not_allowed");
}

TEST(GateTest, TokensInTheAddressDoNotManageAccounts) {
  Principal ann = User({"*"});
  ann.place = CredentialPlace::kQuery;
  for (const char* policy : {"users.view", "users.modify", "tokens.view", "audit.view", "login"})
    EXPECT_EQ(Outcome(Of(policy), {}, ann), "header_needed") << policy;
  EXPECT_EQ(Outcome(Of("models.modify"), {}, ann), "ok");
}

TEST(GateTest, AnUnknownPolicyStopsTheStart) {
  EXPECT_TRUE(CheckPolicyTexts({Of("public"), Of("environments.{tag}.write", "/api/{tag}")}).ok());
  for (const char* policy : {"", "token", "admin", "model.view", "environments.{tag}.write", "models.view "})
    EXPECT_EQ(CheckPolicyTexts({Of(policy)}).error().reason, "bad_route") << policy;
}

TEST(GateTest, CookiesAndOriginsAreReadAsBrowsersSendThem) {
  HttpRequest request;
  request.headers.Add("Cookie", "a=1; __Host-greenroom=x=y ;b=2");
  EXPECT_EQ(CookieOf(request, "__Host-greenroom"), "x=y");
  EXPECT_EQ(CookieOf(request, "b"), "2");
  EXPECT_EQ(CookieOf(request, "greenroom"), "");
  EXPECT_TRUE(IsSameOrigin(request));
  request.headers.Add("Host", "desk.example:5005");
  request.headers.Set("Origin", "https://desk.example:5005");
  EXPECT_TRUE(IsSameOrigin(request));
  for (const char* origin : {"https://desk.example", "https://evil.example", "null", "desk.example:5005"}) {
    request.headers.Set("Origin", origin);
    EXPECT_FALSE(IsSameOrigin(request)) << origin;
  }
  request.headers.Remove("Origin");
  request.headers.Set("Sec-Fetch-Site", "cross-site");
  EXPECT_FALSE(IsSameOrigin(request));
}

}  // namespace
}  // namespace greenroom

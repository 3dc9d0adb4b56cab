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

TEST(GateTest, AGuestMayChatAndSeeTheOneConversation) {
  Principal guest{.name = "guest-1", .kind = PrincipalKind::kUser, .grants = {"test_conversation.view"}, .guest = true};
  EXPECT_EQ(Outcome(Of("conversation.own", "/api/chat"), {}, guest), "ok");
  EXPECT_EQ(Outcome(Of("test_conversation.view"), {}, guest), "not_allowed");
  EXPECT_EQ(Outcome(Of("login"), {}, guest), "not_allowed");
  Route read = Of("conversation.read", "/api/conversations/{conversation_id}");
  EXPECT_EQ(Outcome(read, {{"conversation_id", "guest-1"}}, guest), "ok");
  EXPECT_EQ(Outcome(read, {{"conversation_id", "guest-2"}}, guest), "not_allowed");
  EXPECT_EQ(Outcome(Of("conversation.own", "/api/chat"), {}, {}), "token_needed");
  EXPECT_EQ(Outcome(Of("conversation.own", "/api/chat"), {}, User({"models.view"})), "not_allowed");
  EXPECT_EQ(Outcome(Of("conversation.own", "/api/chat"), {}, ServerOf("qa")), "not_allowed");
}

std::string QueryOutcome(const Route& route, std::vector<std::pair<std::string, std::string>> query) {
  HttpRequest request;
  request.query = std::move(query);
  auto checked = CheckQuery(route, request);
  return checked ? "ok" : checked.error().message;
}

TEST(GateTest, AQueryHoldsWhatTheRouteDeclaresEachOnce) {
  Route route = Of("login");
  EXPECT_EQ(QueryOutcome(route, {}), "ok");
  EXPECT_EQ(QueryOutcome(route, {{"x", ""}}), "the parameter `x` is not known here; there are none");
  route.query = {{"limit"}, {"text"}};
  EXPECT_EQ(QueryOutcome(route, {{"limit", "1"}, {"token", "t"}, {"api_token", "t"}}), "ok");
  EXPECT_EQ(QueryOutcome(route, {{"Limit", "1"}}), "the parameter `Limit` is not known here; known: limit, text");
  for (const char* name : {"limit", "token", "api_token", "x"})
    EXPECT_EQ(QueryOutcome(route, {{name, "1"}, {name, "1"}}), "`" + std::string(name) + "` is given more than once");
  route.open_query = true;
  EXPECT_EQ(QueryOutcome(route, {{"x", "1"}}), "ok");
  EXPECT_EQ(QueryOutcome(Of("chat", "/webhooks/rest/webhook"), {{"x", "1"}, {"x", "2"}}), "ok");
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

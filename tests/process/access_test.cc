// Who may call what, tried on every route that the server itself describes: a new route is tried as soon as it exists.
#include "tests/process/home_fixture.h"

namespace greenroom {
namespace {

constexpr char kSmallGrant[] = "analytics.view";

struct DescribedRoute {
  std::string method, path, policy;
  bool open() const { return policy == "public" || policy == "chat"; }
};

// A path with a value for each parameter; but for the project there is nothing of that name, so that no call harms.
std::string FillIn(const std::string& pattern) {
  std::string path;
  for (size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '{') {
      path += pattern[at];
      continue;
    }
    const size_t close = pattern.find('}', at);
    path += pattern.substr(at + 1, close - at - 1) == "project" ? "default" : "absent";
    at = close;
  }
  return path;
}

std::string UpperCase(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::vector<DescribedRoute> DescribedRoutes(const ApiClient& api) {
  std::vector<DescribedRoute> routes;
  const Json description = api.Get("/api/openapi.json");
  for (const auto& [path, operations] : description["paths"].members()) {
    for (const auto& [method, operation] : operations.members())
      routes.push_back({UpperCase(method), FillIn(path), operation["x-policy"].AsString()});
  }
  return routes;
}

class AccessTest : public HomeTest {
 protected:
  void SetUp() override {
    HomeTest::SetUp();
    server_ = std::make_unique<Program>(
        Program::Options{.arguments = {"up", "--home", home_, "--port", "0"},
                         .environment = {std::string("GREENROOM_ADMIN_TOKEN=") + kAdminToken}});
    const uint16_t port = server_->WaitReady();
    ASSERT_NE(port, 0) << server_->output();
    api_ = std::make_unique<ApiClient>(port);
    routes_ = DescribedRoutes(*api_);
    ASSERT_GT(routes_.size(), 30u);
  }

  // A token that holds one grant, which is enough for hardly anything.
  std::string SmallToken() const {
    const std::string wanted =
        R"({"name": "small", "kind": "service", "scopes": [")" + std::string(kSmallGrant) + "\"]}";
    const HttpClientResponse made = api_->Call("POST", "/api/tokens", wanted);
    EXPECT_EQ(made.status, 201) << made.body;
    return JsonOf(made.body)["token"].AsString();
  }

  // The status and reason of one call.
  std::string Try(const DescribedRoute& route, const std::string& token) const {
    HttpClientRequest request = api_->Request(route.method, route.path, "{}");
    request.headers.Remove("Authorization");
    if (!token.empty()) request.headers.Set("Authorization", "Bearer " + token);
    const Result<HttpClientResponse> sent = api_->client().Send(std::move(request));
    if (!sent) return sent.error().reason;
    const HttpClientResponse& answer = *sent;
    const Result<Json> body = ParseJson(answer.body);
    const bool failed = answer.status >= 400 && body.ok() && body->is_object();
    if (failed) {
      EXPECT_FALSE((*body)["request_id"].AsString().empty()) << route.method << " " << route.path;
    }
    if (answer.status == 401) {
      EXPECT_FALSE(answer.headers.Get("WWW-Authenticate").empty()) << route.path;
    }
    return std::to_string(answer.status) + (failed ? " " + ReasonOf(*body) : "");
  }

  std::unique_ptr<Program> server_;
  std::unique_ptr<ApiClient> api_;
  std::vector<DescribedRoute> routes_;
};

TEST_F(AccessTest, RoutesThatAreNotOpenRefuseWhoHasNoTokenOrAWrongOne) {
  for (const DescribedRoute& route : routes_) {
    SCOPED_TRACE(route.method + " " + route.path + " (" + route.policy + ")");
    if (route.open()) continue;
    EXPECT_EQ(Try(route, ""), "401 TokenNeeded");
    EXPECT_EQ(Try(route, "wrong"), "401 TokenInvalid");
    EXPECT_EQ(Try(route, std::string(kAdminToken) + "x"), "401 TokenInvalid");
    EXPECT_EQ(Try(route, std::string(kAdminToken).substr(1)), "401 TokenInvalid");
  }
}

TEST_F(AccessTest, OpenRoutesAskNobodyForAToken) {
  size_t open = 0;
  for (const DescribedRoute& route : routes_) {
    SCOPED_TRACE(route.method + " " + route.path + " (" + route.policy + ")");
    if (!route.open()) continue;
    ++open;
    EXPECT_FALSE(Try(route, "").starts_with("401 Token"));
    EXPECT_FALSE(Try(route, "").starts_with("403"));
  }
  EXPECT_GT(open, 5u);
  EXPECT_LT(open, routes_.size());
}

TEST_F(AccessTest, AnAdminIsRefusedNowhere) {
  for (const DescribedRoute& route : routes_) {
    SCOPED_TRACE(route.method + " " + route.path + " (" + route.policy + ")");
    const std::string answer = Try(route, kAdminToken);
    EXPECT_FALSE(answer.starts_with("401") || answer.starts_with("403") || answer.starts_with("5")) << answer;
  }
}

TEST_F(AccessTest, ATokenMayDoWhatItHoldsAndNothingElse) {
  const std::string token = SmallToken();
  ASSERT_FALSE(token.empty());
  size_t refused = 0;
  for (const DescribedRoute& route : routes_) {
    SCOPED_TRACE(route.method + " " + route.path + " (" + route.policy + ")");
    const std::string answer = Try(route, token);
    const bool allowed =
        route.open() || route.policy == "login" || route.policy == "service" || route.policy == kSmallGrant;
    EXPECT_FALSE(answer.starts_with("401")) << answer;
    if (allowed) continue;
    EXPECT_EQ(answer, "403 NotAllowed");
    ++refused;
  }
  EXPECT_GT(refused, 15u);
}

TEST_F(AccessTest, TheCommandDescribesTheRoutesThatAreServed) {
  Program command({.arguments = {"openapi"}, .folder = home_});
  ASSERT_EQ(command.WaitEnd(), 0) << command.output();
  const Result<Json> described = ParseJson(command.output(), {.bytes = 4u << 20, .depth = 64, .nodes = 100'000});
  ASSERT_TRUE(described.ok()) << described.error().message;
  EXPECT_EQ(*described, api_->Get("/api/openapi.json"));
}

}  // namespace
}  // namespace greenroom

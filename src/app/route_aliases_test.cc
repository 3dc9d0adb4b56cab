#include "app/route_aliases.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace greenroom {
namespace {

Route Of(const std::string& pattern, std::string* seen) {
  Route route{.method = "POST", .pattern = pattern, .name = "r" + std::to_string(pattern.size()), .policy = "login"};
  route.handler = [seen](std::shared_ptr<HttpRequest> request, Responder) {
    *seen = Join(request->path_segments, "/") + " in " + request->Param("environment");
    for (const auto& [name, value] : request->query) *seen += " " + name + "=" + value;
  };
  return route;
}

std::string Ask(const std::vector<Route>& routes, const std::string& pattern, HttpRequest request) {
  for (const Route& route : routes) {
    if (route.pattern != pattern) continue;
    route.handler(std::make_shared<HttpRequest>(std::move(request)), [](HttpResponse) {});
    return route.policy;
  }
  return "no route";
}

TEST(RouteAliasesTest, CoreIsProductionWithoutThePrefix) {
  std::string seen;
  std::vector<Route> routes = WithAliases({Of("/", &seen), Of("/webhooks/rest/webhook", &seen)});
  ASSERT_EQ(routes.size(), 3u);
  EXPECT_EQ(Ask(routes, "/core/webhooks/rest/webhook", {.path_segments = {"core", "webhooks", "rest", "webhook"}}),
            "login");
  EXPECT_EQ(seen, "webhooks/rest/webhook in ");
}

TEST(RouteAliasesTest, PredictingInAnEnvironmentHasAnAddressOfRasaX) {
  std::string seen;
  const std::string end = "/conversations/{conversation_id}/predict", here = "/api" + end;
  std::vector<Route> routes = WithAliases({Of("/environments/{environment}" + end, &seen)});
  HttpRequest request{.path_segments = {"api", "conversations", "a/b", "predict"}};
  EXPECT_EQ(Ask(routes, here, request), "clientEvents:create");
  EXPECT_EQ(seen, "environments/production/conversations/a/b/predict in production");
  request.query = {{"environment", "qa"}, {"include_events", "NONE"}};
  Ask(routes, here, request);
  EXPECT_EQ(seen, "environments/qa/conversations/a/b/predict in qa include_events=NONE");
}

}  // namespace
}  // namespace greenroom

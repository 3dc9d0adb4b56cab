#include "app/route_aliases.h"

namespace greenroom {
namespace {

constexpr char kCore[] = "/core", kEnvironments[] = "/environments/{environment}";
constexpr char kProduction[] = "production";

HttpHandler WithoutPrefix(HttpHandler handler) {
  return [handler = std::move(handler)](std::shared_ptr<HttpRequest> request, Responder respond) {
    request->path_segments.erase(request->path_segments.begin());
    handler(std::move(request), std::move(respond));
  };
}

Route CoreAlias(Route route) {
  route.pattern = kCore + route.pattern;
  route.name += "_of_core";
  route.handler = WithoutPrefix(std::move(route.handler));
  return route;
}

// "/api/conversations/ID/predict?environment=E" is "/environments/E/conversations/ID/predict".
HttpHandler InEnvironment(HttpHandler handler) {
  return [handler = std::move(handler)](std::shared_ptr<HttpRequest> request, Responder respond) {
    const std::string* asked = request->Query("environment");
    std::string environment = asked && !asked->empty() ? *asked : kProduction;
    std::erase_if(request->query, [](const auto& parameter) { return parameter.first == "environment"; });
    request->params["environment"] = environment;
    auto& segments = request->path_segments;
    segments.front() = environment;  // in the place of "api"
    segments.insert(segments.begin(), "environments");
    handler(std::move(request), std::move(respond));
  };
}

Route ApiAlias(Route route) {
  route.pattern = "/api" + route.pattern.substr(sizeof kEnvironments - 1);
  route.name += "_by_query";
  route.policy = "clientEvents:create";
  route.query.push_back({"environment", "Whose conversation; production when left out"});
  route.handler = InEnvironment(std::move(route.handler));
  return route;
}

}  // namespace

std::vector<Route> WithAliases(std::vector<Route> routes) {
  std::vector<Route> aliases;
  for (const Route& route : routes) {
    bool in_environment = route.pattern.starts_with(kEnvironments);
    bool learns = route.pattern.ends_with("/conversations/{conversation_id}/predict") ||
                  route.pattern.ends_with("/conversations/{conversation_id}/execute");
    if (in_environment && learns) aliases.push_back(ApiAlias(route));
    if (!in_environment && route.pattern != "/") aliases.push_back(CoreAlias(route));
  }
  for (Route& alias : aliases) routes.push_back(std::move(alias));
  return routes;
}

}  // namespace greenroom

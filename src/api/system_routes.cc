#include "api/routes.h"
#include "training/train_model.h"

namespace greenroom {
namespace {

// Ready: every environment with a model answers. Rasa X's shape: one member per environment.
HttpResponse Health(const ApiServices& services) {
  Json body = Json::Object();
  bool ready = true;
  for (const EnvironmentStatus& environment : services.environments.Status()) {
    ready = ready && environment.state != "loading";
    body.Set(environment.name, Json::Object({{"status", environment.state},
                                             {"model", environment.serving ? Json(*environment.serving) : Json()},
                                             {"version", std::string(EngineVersion())}}));
  }
  return HttpResponse::Json(ready ? 200 : 503, body);
}

// `keys` is what clients check our JWTs with. `rasa-x` is the version whose API we speak.
Result<HttpResponse> Version(const ApiServices& services, const HttpRequest&) {
  GR_ASSIGN(std::string key, services.accounts.PublicKey());
  return HttpResponse::Json(200,
                            Json::Object({{"greenroom", std::string(EngineVersion())},
                                          {"rasa", Json::Object({{"production", "3.6.21"}, {"worker", "3.6.21"}})},
                                          {"rasa-x", "1.4.0"},
                                          {"enterprise", true},
                                          {"keys", Json::List({Json::Object({{"alg", "RS256"}, {"key", key}})})}}));
}

}  // namespace

std::vector<Route> SystemRoutes(const ApiServices& services) {
  return {
      {.method = "GET",
       .pattern = "/api/health",
       .name = "health",
       .policy = "public",
       .summary = "Whether the environments answer",
       .response_schema = TypeOf("object"),
       .handler = [services](std::shared_ptr<HttpRequest>, Responder respond) { respond(Health(services)); }},
      {.method = "GET",
       .pattern = "/api/version",
       .name = "version",
       .policy = "public",
       .summary = "The version of this server",
       .response_schema = TypeOf("object"),
       .handler = Bind(services, Version)},
  };
}

std::vector<Route> ApiRoutes(const ApiServices& services) {
  std::vector<Route> all;
  for (auto make : {SystemRoutes, ModelRoutes, PullRoutes, UploadRoutes, JobRoutes, EnvironmentRoutes,
                    ConversationRoutes, AccountRoutes}) {
    for (Route& route : make(services)) all.push_back(std::move(route));
  }
  return all;
}

}  // namespace greenroom

#include <algorithm>

#include "api/environment_view.h"
#include "api/routes.h"
#include "training/train_model.h"

namespace greenroom {
namespace {

// Rasa X's shape: one member per environment with the HTTP status of its server. 502 when a remote server of one of the
// two that every installation has does not answer, 503 while an embedded environment is loading.
Result<HttpResponse> Health(const ApiServices& services, const HttpRequest&) {
  GR_ASSIGN(std::vector<EnvironmentRecord> records, services.registry.ListEnvironments("default"));
  EnvironmentView view(services);
  Json body = Json::Object();
  int overall = 200;
  for (const EnvironmentRecord& record : records) {
    Json health = view.Health(record);
    bool well = health["status"].AsInt() < 400;
    bool needed = record.name == "production" || record.name == "worker";
    if (!well && record.url.empty()) overall = 503;
    if (!well && !record.url.empty() && needed && overall == 200) overall = 502;
    body.Set(record.name, std::move(health));
  }
  // The port is open only once the store has the schema of this program.
  body.Set("database_migration", Json::Object({{"status", "completed"}, {"progress_in_percent", 100.0}}));
  return HttpResponse::Json(overall, body);
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
       .handler = Bind(services, Health)},
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
  for (auto make : {SystemRoutes, ConfigRoutes, RasaModelRoutes, RasaTestRoutes, ModelRoutes, PullRoutes, UploadRoutes,
                    JobRoutes, EnvironmentRoutes, EventRoutes, ConversationRoutes, MessageRoutes, EvaluationRoutes,
                    AccountRoutes, LegacyRoutes}) {
    for (Route& route : make(services)) all.push_back(std::move(route));
  }
  all = ForwardConversations(std::move(all), services);
  auto send = std::find_if(all.begin(), all.end(), [](const Route& route) { return route.name == "send_message"; });
  for (Route& route : ChatRoutes(send->handler)) all.push_back(std::move(route));
  return all;
}

}  // namespace greenroom

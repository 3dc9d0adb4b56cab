#include "api/routes.h"
#include "base/files.h"

namespace greenroom {
namespace {

constexpr size_t kLargestText = 1u << 20;

// What a Rasa server needs to follow its environment. The variables are those of the installations: each server has its
// own values and replaces them itself.
constexpr char kEndpoints[] = R"yaml(models:
  url: ${RASA_MODEL_SERVER}
  token: ${RASA_X_TOKEN}
  wait_time_between_pulls: 10
action_endpoint:
  url: ${RASA_USER_APP}/webhook
  token: ""
)yaml";

constexpr char kCredentials[] = R"yaml(rasa:
  url: ${RASA_X_HOST}/api
rest:
)yaml";

// A text of the operator, in the data directory, wins over ours.
Result<std::string> TextOf(const ApiServices& services, const std::string& name, const char* ours) {
  std::string path = services.data_directory + "/served/" + name;
  if (!FileExists(path)) return std::string(ours);
  return ReadFile(path, kLargestText);
}

Result<HttpResponse> Config(const ApiServices& services, const HttpRequest&) {
  GR_ASSIGN(std::string endpoints, TextOf(services, "endpoints.yml", kEndpoints));
  GR_ASSIGN(std::string credentials, TextOf(services, "credentials.yml", kCredentials));
  return HttpResponse::Json(
      200, Json::Object({{"endpoints", std::move(endpoints)}, {"credentials", std::move(credentials)}}));
}

}  // namespace

std::vector<Route> ConfigRoutes(const ApiServices& services) {
  Json text = TypeOf("string");
  return {{.method = "GET",
           .pattern = "/api/config",
           .name = "server_config",
           .policy = "service",
           .summary = "The endpoints and credentials of a Rasa server, as two texts of YAML with their variables",
           .response_schema = SchemaOf({{"endpoints", text}, {"credentials", text}}),
           .handler = Bind(services, Config)}};
}

}  // namespace greenroom

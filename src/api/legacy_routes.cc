// What clients of Rasa X call and what means nothing here, or what they only read: answered so that they go on.
#include "api/routes.h"
#include "base/files.h"

namespace greenroom {
namespace {

constexpr size_t kLargestConfig = 1u << 20;

// There is no licence to check: any is taken, none is kept.
Result<HttpResponse> TakeLicence(const ApiServices&, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadObject(request, {"license"}));
  if (body["license"].is_string()) return HttpResponse::Json(201, Json::Object());
  return Error{ErrorCode::kInvalidArgument, "bad_request", "`license` is needed: a text"};
}

// What a client tells of its use is not kept, so it is not even read.
Result<HttpResponse> Nothing(const ApiServices&, const HttpRequest&) { return HttpResponse::Empty(204); }

Result<HttpResponse> NoFeatures(const ApiServices&, const HttpRequest&) {
  return HttpResponse::Json(200, Json::List());
}

// The pipeline and the policies of the project that jobs train, under both names that clients read.
Result<HttpResponse> Settings(const ApiServices& services, const HttpRequest& request) {
  GR_TRY(AssistantOf(request));
  if (services.project_directory.empty()) {
    return Error{ErrorCode::kNotFound, "project_source_missing", "this server was started without a project",
                 "name it with --project"};
  }
  GR_ASSIGN(std::string config, ReadFile(services.project_directory + "/config.yml", kLargestConfig));
  return HttpResponse::Json(200, Json::Object({{"config", config}, {"nlu_config", config}}));
}

}  // namespace

std::vector<Route> LegacyRoutes(const ApiServices& services) {
  Json text = TypeOf("string"), object = TypeOf("object");
  auto route = [&](Route base, Result<HttpResponse> (*handle)(const ApiServices&, const HttpRequest&)) {
    base.handler = Bind(services, handle);
    return base;
  };
  return {
      route({"POST", "/api/license", "take_licence", "*", "Takes any licence and keeps none",
             SchemaOf({{"license", text}}), object},
            TakeLicence),
      route({"DELETE", "/api/license", "drop_licence", "*", "There is none"}, Nothing),
      route({"POST", "/api/telemetry", "take_telemetry", "login",
             "Takes what clients tell of their use and keeps nothing", object},
            Nothing),
      route({"GET",
             "/api/features",
             "list_features",
             "login",
             "Switches of a client: there are none",
             {},
             TypeOf("array")},
            NoFeatures),
      route({"GET",
             "/api/projects/{project}/settings",
             "show_settings",
             "models.view",
             "The pipeline and policies of the project",
             {},
             SchemaOf({{"config", text}, {"nlu_config", text}})},
            Settings),
  };
}

}  // namespace greenroom

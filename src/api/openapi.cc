#include <map>

#include "api/routes.h"
#include "base/text.h"
#include "training/train_model.h"

namespace greenroom {
namespace {

Json ParametersOf(const Route& route) {
  const std::string& pattern = route.pattern;
  Json parameters = Json::List();
  for (size_t open = pattern.find('{'); open != std::string::npos; open = pattern.find('{', open + 1)) {
    std::string name = pattern.substr(open + 1, pattern.find('}', open) - open - 1);
    parameters.Append(Json::Object({{"name", name}, {"in", "path"}, {"required", true}, {"schema", TypeOf("string")}}));
  }
  for (const QueryParameter& parameter : route.query) {
    parameters.Append(Json::Object({{"name", parameter.name},
                                    {"in", "query"},
                                    {"description", parameter.summary},
                                    {"schema", TypeOf(parameter.type.c_str())}}));
  }
  return parameters;
}

Json Content(const Json& schema) { return Json::Object({{"application/json", Json::Object({{"schema", schema}})}}); }

Json ErrorAnswer(const char* when) {
  return Json::Object(
      {{"description", when}, {"content", Content(Json::Object({{"$ref", "#/components/schemas/Failure"}}))}});
}

Json Operation(const Route& route) {
  Json good = Json::Object({{"description", "Done"}});
  if (!route.response_schema.is_null()) good.Set("content", Content(route.response_schema));
  Json answers = Json::Object({{"200", good}, {"400", ErrorAnswer("The request is malformed")}});
  bool open = route.policy == "public" || route.policy == "chat";
  if (!open) answers.Set("401", ErrorAnswer("A token is needed")).Set("403", ErrorAnswer("The token may not do this"));
  Json operation =
      Json::Object({{"operationId", route.name},
                    {"summary", route.summary},
                    {"x-policy", route.policy},
                    {"responses", answers},
                    {"security", open ? Json::List() : Json::List({Json::Object({{"bearer", Json::List()}})})}});
  Json parameters = ParametersOf(route);
  if (parameters.size() > 0) operation.Set("parameters", parameters);
  if (!route.request_schema.is_null())
    operation.Set("requestBody", Json::Object({{"content", Content(route.request_schema)}}));
  return operation;
}

Json FailureSchema() {
  Json text = TypeOf("string");
  return Json::Object({{"type", "object"},
                       {"properties", Json::Object({{"version", text},
                                                    {"status", text},
                                                    {"reason", text},
                                                    {"message", text},
                                                    {"code", TypeOf("integer")},
                                                    {"request_id", text}})}});
}

}  // namespace

Json DescribeApi(const std::vector<Route>& routes) {
  Json paths = Json::Object();
  for (const Route& route : routes) {
    if (!paths.Find(route.pattern)) paths.Set(route.pattern, Json::Object());
    paths.Find(route.pattern)->Set(LowerCase(route.method), Operation(route));
  }
  Json components = Json::Object(
      {{"schemas", Json::Object({{"Failure", FailureSchema()}})},
       {"securitySchemes", Json::Object({{"bearer", Json::Object({{"type", "http"}, {"scheme", "bearer"}})}})}});
  return Json::Object({{"openapi", "3.1.0"},
                       {"info", Json::Object({{"title", "Greenroom"}, {"version", std::string(EngineVersion())}})},
                       {"paths", paths},
                       {"components", components}});
}

}  // namespace greenroom

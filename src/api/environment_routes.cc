#include <cmath>

#include "accounts/permissions.h"
#include "api/environment_set.h"
#include "api/environment_view.h"
#include "api/routes.h"

namespace greenroom {
namespace {

// Both parts follow the registry: what is embedded is loaded, what is remote is forwarded to from now on.
Result<void> Follow(const ApiServices& services) {
  services.reconciler.Wake();
  if (!services.remotes) return {};
  GR_TRY(services.remotes->Refresh());
  services.remotes->Wake();
  return {};
}

Result<HttpResponse> List(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::vector<EnvironmentRecord> records, services.registry.ListEnvironments("default"));
  const std::string* format = request.Query("format");
  if (format && *format == "yaml") return HttpResponse::Json(200, Json::Object({{"environments", AsText(records)}}));
  EnvironmentView view(services);
  Json list = Json::List();
  for (const EnvironmentRecord& record : records) list.Append(view.Describe(record));
  return HttpResponse::Json(200, list);
}

Result<HttpResponse> Put(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadObject(request, {"url", "token"}));
  EnvironmentRecord record{
      .name = request.Param("environment"), .url = body["url"].AsString(), .token = body["token"].AsString()};
  GR_TRY(KeepHiddenToken(services, record));
  GR_ASSIGN(EnvironmentRecord stored, services.registry.PutEnvironment(std::move(record), ByOf(request)));
  GR_TRY(Follow(services));
  return HttpResponse::Json(200, EnvironmentView(services).Describe(stored));
}

Result<HttpResponse> Delete(const ApiServices& services, const HttpRequest& request) {
  GR_TRY(services.registry.DeleteEnvironment("default", request.Param("environment"), ByOf(request)));
  GR_TRY(Follow(services));
  return HttpResponse::Empty(204);
}

// The set as a client sends it, in either of the two shapes.
Result<std::vector<EnvironmentRecord>> ReadSet(const Json& body) {
  if (body.is_array()) return ReadEnvironmentList(body);
  if (!body.is_object() || !body["environments"].is_string() || body.size() != 1) {
    return Error{
        ErrorCode::kInvalidArgument, "bad_request",
        "the body must be a list of {name, url, token}, or {\"environments\": \"<text of environments.yml>\"}"};
  }
  return ReadEnvironmentText(body["environments"].AsString());
}

Result<HttpResponse> PutAll(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ParseJson(request.body));
  GR_ASSIGN(std::vector<EnvironmentRecord> wanted, ReadSet(body));
  GR_ASSIGN(EnvironmentChanges changes, PlanEnvironments(services, std::move(wanted)));
  // Where messages of an environment go is what it serves: each one that changes needs the right to write it.
  for (const std::string& name : changes.Names()) GR_TRY(Require(request, WriteGrant(name)));
  GR_TRY(ApplyEnvironments(services, changes, ByOf(request)));
  GR_TRY(Follow(services));
  GR_ASSIGN(std::vector<EnvironmentRecord> records, services.registry.ListEnvironments("default"));
  if (body.is_object()) return HttpResponse::Json(200, Json::Object({{"environments", AsText(records)}}));
  EnvironmentView view(services);
  Json list = Json::List();
  for (const EnvironmentRecord& record : records) list.Append(view.Describe(record));
  return HttpResponse::Json(201, list);
}

Json OptionalText(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

Json DescribeDeployment(const DeploymentRecord& record) {
  return Json::Object({{"id", record.id},
                       {"environment", record.environment},
                       {"model", OptionalText(record.model)},
                       {"previous_model", OptionalText(record.previous_model)},
                       {"epoch", record.epoch},
                       {"actor", record.actor},
                       {"reason", record.reason},
                       {"at", record.at}});
}

Result<HttpResponse> Promote(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadObject(request, {"model", "expected_epoch", "reason"}));
  if (!body["model"].is_string()) {
    return Error{ErrorCode::kInvalidArgument, "bad_request", "`model` is needed: the name of a model",
                 "see GET /api/projects/default/models"};
  }
  const std::string& name = request.Param("environment");
  GR_ASSIGN(EnvironmentRecord environment, services.registry.GetEnvironment("default", name));
  GR_ASSIGN(ModelRecord model, services.registry.GetModel("default", body["model"].AsString()));
  TagMove move{.tag = environment.name,
               .model = model.name,
               .actor = ActorOf(request),
               .reason = body["reason"].AsString(),
               .address = ByOf(request).address};
  if (const Json* epoch = body.Find("expected_epoch"); epoch && !epoch->is_null())
    move.expected_epoch = epoch->AsInt(-1);
  GR_ASSIGN(DeploymentRecord deployment, services.registry.MoveTag(move));
  GR_TRY(Follow(services));
  return HttpResponse::Json(200, DescribeDeployment(deployment));
}

Result<HttpResponse> RollBack(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadObject(request, {"reason"}));
  GR_ASSIGN(DeploymentRecord deployment, services.registry.RollBack("default", request.Param("environment"),
                                                                    ByOf(request), body["reason"].AsString()));
  GR_TRY(Follow(services));
  return HttpResponse::Json(200, DescribeDeployment(deployment));
}

Result<HttpResponse> History(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(int64_t limit, QueryNumber(request, "limit", {.fallback = 50, .low = 1, .high = 1000}));
  const std::string& name = request.Param("environment");
  if (!name.empty()) GR_TRY(services.registry.GetEnvironment("default", name));
  GR_ASSIGN(std::vector<DeploymentRecord> deployments, services.registry.History("default", name, limit));
  Json list = Json::List();
  for (const DeploymentRecord& deployment : deployments) list.Append(DescribeDeployment(deployment));
  return HttpResponse::Json(200, list);
}

// To a tenth of a millisecond: more is not known.
double Rounded(double seconds) { return std::round(seconds * 1e4) / 1e4; }

Result<HttpResponse> LastHour(const ApiServices& services, const HttpRequest& request) {
  const std::string& name = request.Param("environment");
  GR_TRY(services.registry.GetEnvironment("default", name));
  Json list = Json::List();
  for (const TrafficMinute& minute : services.turn_service.traffic().LastHour(name)) {
    list.Append(Json::Object({{"at", minute.at},
                              {"turns", static_cast<int64_t>(minute.turns)},
                              {"failed", static_cast<int64_t>(minute.failed)},
                              {"p50", Rounded(minute.p50)},
                              {"p95", Rounded(minute.p95)}}));
  }
  return HttpResponse::Json(200, list);
}

// What environments were to serve, and how they did.
std::vector<Route> LookingBack(const ApiServices& services, const std::string& one, const Json& list) {
  return {
      {.method = "GET",
       .pattern = one + "/deployments",
       .name = "environment_deployments",
       .policy = "environments.view",
       .summary = "Which models this environment was to serve, newest first",
       .response_schema = list,
       .query = {{"limit", "How many at most", "integer"}},
       .handler = Bind(services, History)},
      {.method = "GET",
       .pattern = one + "/traffic",
       .name = "environment_traffic",
       .policy = "environments.view",
       .summary = "Turns of the last hour, minute by minute: how many, how many failed, how long they took (seconds)",
       .response_schema = list,
       .handler = Bind(services, LastHour)},
      {.method = "GET",
       .pattern = "/api/deployments",
       .name = "deployments",
       .policy = "environments.view",
       .summary = "All tag moves, newest first",
       .response_schema = list,
       .query = {{"limit", "How many at most", "integer"}},
       .handler = Bind(services, History)},
  };
}

}  // namespace

std::vector<Route> EnvironmentRoutes(const ApiServices& services) {
  Json text = TypeOf("string"), list = TypeOf("array"), object = TypeOf("object");
  const std::string one = "/api/environments/{environment}";
  std::vector<Route> routes = {
      {.method = "GET",
       .pattern = "/api/environments",
       .name = "list_environments",
       .policy = "environments.view",
       .summary = "All environments: the model each wants and the one it serves",
       .response_schema = list,
       .query = {{"format", "`yaml`: as the text of an environments.yml"}},
       .handler = Bind(services, List)},
      {.method = "PUT",
       .pattern = "/api/environments",
       .name = "put_environments",
       .policy = "environments.modify",
       .summary = "Replace the whole set: a list of {name, url, token}, or the text of an environments.yml",
       .request_schema = Json::Object({{"type", Json::List({"array", "object"})}}),
       .response_schema = Json::Object({{"type", Json::List({"array", "object"})}}),
       .handler = Bind(services, PutAll)},
      {.method = "PUT",
       .pattern = one,
       .name = "put_environment",
       .policy = "environments.modify environments.{environment}.write",
       .summary = "Add or change an environment",
       .request_schema = SchemaOf({{"url", text}, {"token", text}}),
       .response_schema = object,
       .handler = Bind(services, Put)},
      {.method = "DELETE",
       .pattern = one,
       .name = "delete_environment",
       .policy = "environments.modify environments.{environment}.write",
       .summary = "Remove an environment",
       .handler = Bind(services, Delete)},
      {.method = "POST",
       .pattern = one + "/promote",
       .name = "promote",
       .policy = "environments.{environment}.write",
       .summary = "Serve a model: moves the tag",
       .request_schema = SchemaOf({{"model", text}, {"expected_epoch", TypeOf("integer")}, {"reason", text}}),
       .response_schema = object,
       .handler = Bind(services, Promote)},
      {.method = "POST",
       .pattern = one + "/rollback",
       .name = "roll_back",
       .policy = "environments.{environment}.write",
       .summary = "Serve the model before the latest move again",
       .request_schema = SchemaOf({{"reason", text}}),
       .response_schema = object,
       .handler = Bind(services, RollBack)},
  };
  for (Route& route : LookingBack(services, one, list)) routes.push_back(std::move(route));
  return routes;
}

}  // namespace greenroom

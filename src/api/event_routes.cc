#include "api/routes.h"
#include "serving/event_intake.h"

namespace greenroom {
namespace {

constexpr size_t kMaxId = 255;
constexpr size_t kMaxBatch = 1000;
constexpr JsonLimits kBatch = {.bytes = 16u << 20, .depth = 64, .nodes = 2'000'000};

Error BadBatch(std::string message) {
  return {ErrorCode::kInvalidArgument, "bad_request", std::move(message),
          "send {\"server\", \"events\": [{\"conversation\", \"number\", \"model\", \"event\"}]}"};
}

Result<std::string> IdOf(const Json& json, const char* name) {
  const std::string& id = json[name].AsString();
  if (!id.empty() && id.size() <= kMaxId) return id;
  return BadBatch(std::string("`") + name + "` is needed: a text of at most 255 bytes");
}

Result<ForeignEvent> ReadEvent(const Json& json) {
  ForeignEvent foreign;
  GR_ASSIGN(foreign.conversation, IdOf(json, "conversation"));
  foreign.number = json["number"].AsInt();
  if (foreign.number < 1) return BadBatch("`number` of an event must be 1 or more");
  foreign.model = json["model"].AsString().substr(0, kMaxId);
  GR_ASSIGN(foreign.event, EventFromJson(json["event"]));
  return foreign;
}

Result<IntakeBatch> ReadBatch(const HttpRequest& request) {
  GR_ASSIGN(Json body, ParseJson(request.body, kBatch));
  IntakeBatch batch{.environment = request.Param("environment")};
  GR_ASSIGN(batch.origin, IdOf(body, "server"));
  if (!body["events"].is_array() || body["events"].size() > kMaxBatch)
    return BadBatch("`events` must be a list of at most 1000 events");
  for (const Json& json : body["events"].array()) {
    GR_ASSIGN(ForeignEvent foreign, ReadEvent(json));
    batch.events.push_back(std::move(foreign));
  }
  return batch;
}

Result<HttpResponse> TakeEvents(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(EnvironmentRecord environment, services.registry.GetEnvironment("default", request.Param("environment")));
  if (environment.url.empty()) {
    return Error{
        ErrorCode::kConflict, "environment_embedded",
        "the conversations of `" + environment.name + "` are held here; events from elsewhere do not belong to it",
        "give the environment the url of its server"};
  }
  GR_ASSIGN(IntakeBatch batch, ReadBatch(request));
  GR_ASSIGN(IntakeReport report, EventIntake(services.turns).Take(batch));
  return HttpResponse::Json(200, Json::Object({{"taken", report.taken}, {"known", report.known}}));
}

}  // namespace

std::vector<Route> EventRoutes(const ApiServices& services) {
  Json text = TypeOf("string"), number = TypeOf("integer");
  return {{.method = "POST",
           .pattern = "/api/environments/{environment}/events",
           .name = "take_events",
           .policy = "clientEvents:create",
           .summary = "Events of a server of this environment; each is kept once, in the order of its conversation",
           .request_schema = SchemaOf({{"server", text}, {"events", TypeOf("array")}}),
           .response_schema = SchemaOf({{"taken", number}, {"known", number}}),
           .body_limit = kBatch.bytes,
           .handler = Bind(services, TakeEvents)}};
}

}  // namespace greenroom

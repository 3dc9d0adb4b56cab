#include "channels/rasa_routes.h"

#include "channels/rasa_requests.h"
#include "channels/rasa_surface.h"

namespace greenroom {
namespace {

HttpHandler Fixed(std::function<HttpResponse()> make) {
  return [make = std::move(make)](std::shared_ptr<HttpRequest>, Responder respond) { respond(make()); };
}

HttpResponse Version() {
  return HttpResponse::Json(200,
                            Json::Object({{"version", kRasaVersion}, {"minimum_compatible_version", kRasaVersion}}));
}

Json ObjectSchema(std::initializer_list<Json::Member> properties) {
  return Json::Object({{"type", "object"}, {"properties", Json::Object(properties)}});
}

Json TypeSchema(const char* type) { return Json::Object({{"type", type}}); }

QueryParameter IncludeEvents() {
  return {"include_events", "Events to show: NONE, APPLIED, AFTER_RESTART (the default) or ALL"};
}

QueryParameter Until() { return {"until", "Only what happened up to this time, in seconds since 1970", "number"}; }

using BlockingHandler = Result<HttpResponse> (*)(const ChannelServices&, const HttpRequest&);

HttpHandler Blocking(const ChannelServices& services, BlockingHandler handle) {
  return OnPool(services, [services, handle](const HttpRequest& request) { return handle(services, request); });
}

// Where a set of routes lies: the prefix of its patterns, and what keeps its names apart from those of the others.
struct Place {
  std::string prefix, suffix;
};

void AddChannel(std::vector<Route>& routes, const ChannelServices& services, const Place& at) {
  const Json text = TypeSchema("string"), object = TypeSchema("object");
  routes.push_back({.method = "POST",
                    .pattern = at.prefix + "/webhooks/rest/webhook",
                    .name = "rest_message" + at.suffix,
                    .policy = kPolicyChat,
                    .summary = "Send a message and get the assistant's answers",
                    .request_schema = ObjectSchema(
                        {{"sender", text}, {"message", text}, {"input_channel", text}, {"metadata", object}}),
                    .response_schema = TypeSchema("array"),
                    .handler = RestWebhook(services)});
  routes.push_back({.method = "GET",
                    .pattern = at.prefix + "/webhooks/rest",
                    .name = "rest_health" + at.suffix,
                    .policy = kPolicyPublic,
                    .summary = "Whether the REST channel is there",
                    .response_schema = object,
                    .handler = Fixed([] { return HttpResponse::Json(200, Json::Object({{"status", "ok"}})); })});
}

void AddModel(std::vector<Route>& routes, const ChannelServices& services, const Place& at) {
  const Json text = TypeSchema("string"), object = TypeSchema("object"), list = TypeSchema("array");
  routes.push_back({.method = "GET",
                    .pattern = at.prefix + "/version",
                    .name = "rasa_version" + at.suffix,
                    .policy = kPolicyPublic,
                    .summary = "The Rasa version whose API is spoken",
                    .response_schema = object,
                    .handler = Fixed(Version)});
  routes.push_back({.method = "GET",
                    .pattern = at.prefix + "/status",
                    .name = "status" + at.suffix,
                    .policy = kPolicyStatus,
                    .summary = "Which model answers",
                    .response_schema = object,
                    .handler = Blocking(services, ModelStatus)});
  routes.push_back({.method = "GET",
                    .pattern = at.prefix + "/domain",
                    .name = "domain" + at.suffix,
                    .policy = kPolicyStatus,
                    .summary = "The domain of the model that answers, as JSON or as YAML",
                    .response_schema = object,
                    .handler = Blocking(services, GetDomain)});
  routes.push_back({.method = "POST",
                    .pattern = at.prefix + "/model/parse",
                    .name = "parse" + at.suffix,
                    .policy = kPolicyParse,
                    .summary = "What the model makes of a text",
                    .request_schema = ObjectSchema({{"text", text}, {"message_id", text}}),
                    .response_schema = object,
                    .query = {{"emulation_mode", "Answer in the form of WIT, LUIS or DIALOGFLOW"}},
                    .handler = Blocking(services, ParseMessage)});
  routes.push_back({.method = "POST",
                    .pattern = at.prefix + "/model/predict",
                    .name = "predict_for_events" + at.suffix,
                    .policy = kPolicyParse,
                    .summary = "The next action after these events",
                    .request_schema = list,
                    .response_schema = object,
                    .query = {IncludeEvents()},
                    .handler = Blocking(services, PredictForEvents)});
}

void AddReading(std::vector<Route>& routes, const ChannelServices& services, const Place& at) {
  const Json object = TypeSchema("object");
  routes.push_back({.method = "GET",
                    .pattern = at.prefix + "/tracker",
                    .name = "tracker" + at.suffix,
                    .policy = kPolicyRead,
                    .summary = "The state and events of a conversation",
                    .response_schema = object,
                    .query = {IncludeEvents(), Until()},
                    .handler = Blocking(services, GetTracker)});
  routes.push_back(
      {.method = "GET",
       .pattern = at.prefix + "/story",
       .name = "story" + at.suffix,
       .policy = kPolicyRead,
       .summary = "The conversation as a story to train on, in YAML",
       .query = {Until(), {"all_sessions", "Every session as a story of its own, not the latest alone", "boolean"}},
       .handler = Blocking(services, GetStory)});
  routes.push_back({.method = "POST",
                    .pattern = at.prefix + "/predict",
                    .name = "predict_next" + at.suffix,
                    .policy = kPolicyRead,
                    .summary = "The next action of the conversation, with the score of each",
                    .response_schema = object,
                    .query = {IncludeEvents()},
                    .handler = Blocking(services, PredictNext)});
}

void AddChanging(std::vector<Route>& routes, const ChannelServices& services, const Place& at) {
  const Json text = TypeSchema("string"), object = TypeSchema("object"), list = TypeSchema("array");
  routes.push_back({.method = "POST",
                    .pattern = at.prefix + "/messages",
                    .name = "append_message" + at.suffix,
                    .policy = kPolicyWrite,
                    .summary = "Append a user message without predicting",
                    .request_schema = ObjectSchema({{"text", text}, {"sender", text}, {"parse_data", object}}),
                    .response_schema = object,
                    .query = {IncludeEvents()},
                    .handler = AppendMessage(services)});
  routes.push_back({.method = "POST",
                    .pattern = at.prefix + "/tracker/events",
                    .name = "append_events" + at.suffix,
                    .policy = kPolicyWrite,
                    .summary = "Append events without predicting",
                    .request_schema = object,
                    .response_schema = object,
                    .query = {IncludeEvents()},
                    .handler = AppendTrackerEvents(services)});
  routes.push_back({.method = "PUT",
                    .pattern = at.prefix + "/tracker/events",
                    .name = "replace_events" + at.suffix,
                    .policy = kPolicyWrite,
                    .summary = "Put these events in the place of all that the conversation has",
                    .request_schema = list,
                    .response_schema = object,
                    .query = {IncludeEvents()},
                    .handler = ReplaceTrackerEvents(services)});
  routes.push_back({.method = "POST",
                    .pattern = at.prefix + "/trigger_intent",
                    .name = "trigger_intent" + at.suffix,
                    .policy = kPolicyWrite,
                    .summary = "Go on as if the user had said something of this intent",
                    .request_schema = ObjectSchema({{"name", text}, {"entities", list}}),
                    .response_schema = object,
                    .query = {IncludeEvents()},
                    .handler = TriggerIntent(services)});
  routes.push_back(
      {.method = "POST",
       .pattern = at.prefix + "/execute",
       .name = "execute_action" + at.suffix,
       .policy = kPolicyWrite,
       .summary = "Run one action now, predict nothing",
       .request_schema = ObjectSchema({{"name", text}, {"policy", text}, {"confidence", TypeSchema("number")}}),
       .response_schema = object,
       .query = {IncludeEvents()},
       .handler = ExecuteAction(services)});
}

// The whole surface below a prefix.
void AddSurface(std::vector<Route>& routes, const ChannelServices& services, const Place& at) {
  AddChannel(routes, services, at);
  AddModel(routes, services, at);
  const Place conversation{at.prefix + "/conversations/{conversation_id}", at.suffix};
  AddReading(routes, services, conversation);
  AddChanging(routes, services, conversation);
}

// Where the wrong parameter is. Of the model to load it is said that it came in the query, wherever it was.
const char* PlaceOf(const Error& error) {
  return error.reason == "bad_query" || error.parameter == "model" ? "query" : "body";
}

bool IsUnreadableBody(const Error& error) { return error.reason == "json_syntax"; }

const char* RasaReason(const Error& error, int status) {
  static const std::map<int, const char*> kReasons = {
      {400, "BadRequest"},    {401, "NotAuthenticated"}, {403, "NotAuthorized"},      {404, "NotFound"},
      {406, "NotAcceptable"}, {409, "Conflict"},         {422, "BadRequest"},         {429, "TooManyRequests"},
      {503, "Unavailable"},   {504, "Timeout"},          {507, "InsufficientStorage"}};
  // Two words there, and clients compare texts.
  if (error.reason == "conversation_not_found") return "Not found";
  auto named = kReasons.find(status);
  return named == kReasons.end() ? "InternalError" : named->second;
}

// What the web framework of a Rasa server answers before its own code is asked.
struct Fault {
  int status;
  const char* description;
  std::string message;
  std::string reason;
};

HttpResponse FrameworkFailure(const Fault& fault, const HttpRequest& request) {
  return HttpResponse::Json(fault.status, Json::Object({{"description", fault.description},
                                                        {"status", fault.status},
                                                        {"message", fault.message},
                                                        {"reason", fault.reason},
                                                        {"request_id", request.request_id}}));
}

// The same to people, who sent no JSON.
HttpResponse FrameworkPage(const Fault& fault, const HttpRequest& request) {
  if (request.headers.Get("Content-Type").find("json") != std::string_view::npos)
    return FrameworkFailure(fault, request);
  return HttpResponse::Text(fault.status, std::to_string(fault.status) + " " + fault.description + "\n" +
                                              fault.message + "\n" + fault.reason + ", request " + request.request_id +
                                              "\n");
}

}  // namespace

HttpHandler OnPool(const ChannelServices& services, std::function<Result<HttpResponse>(const HttpRequest&)> handle) {
  return [services, handle = std::move(handle)](std::shared_ptr<HttpRequest> request, Responder respond) {
    services.executor.Submit([request, respond, handle] {
      auto response = handle(*request);
      respond(response ? std::move(*response) : RasaFailure(response.error(), *request));
    });
  };
}

HttpResponse RasaFailure(const Error& error, const HttpRequest& request) {
  const int status = error.reason == "idempotency_key_reused" ? 422 : HttpStatus(error);
  if (IsUnreadableBody(error) && !request.body.empty())
    return FrameworkFailure({status, "Bad Request", error.message, WireReason(error.reason)}, request);
  Json details = Json::Object({{"reason", WireReason(error.reason)}});
  if (!error.parameter.empty()) details.Set("parameter", error.parameter).Set("in", PlaceOf(error));
  const bool ours = status >= 500 && status != 503 && status != 504 && status != 507;
  HttpResponse response = HttpResponse::Json(
      status,
      Json::Object({{"version", kRasaVersion},
                    {"status", "failure"},
                    {"message", ours ? "something went wrong on the server; the log has more under this request id"
                                     : error.message},
                    {"reason", RasaReason(error, status)},
                    {"details", std::move(details)},
                    {"help", error.help.empty() ? Json() : Json(error.help)},
                    {"code", status},
                    {"request_id", request.request_id}}));
  if (status == 401) response.headers.Set("WWW-Authenticate", "Bearer");
  if (status == 429 || status == 503) response.headers.Set("Retry-After", "1");
  return response;
}

HttpResponse RasaNoRoute(const RouteMatch& match, const HttpRequest& request) {
  if (match.kind != RouteMatch::Kind::kMethodNotAllowed)
    return FrameworkPage({404, "Not Found", "there is nothing at " + request.path, "RouteNotFound"}, request);
  HttpResponse response = FrameworkPage(
      {405, "Method Not Allowed", "this path takes " + match.allow + ", not " + request.method, "MethodNotAllowed"},
      request);
  response.headers.Set("Allow", match.allow);
  return response;
}

std::vector<Route> RasaRoutes(const ChannelServices& services) {
  std::vector<Route> routes;
  routes.push_back(
      {.method = "GET",
       .pattern = "/",
       .name = "hello",
       .policy = kPolicyPublic,
       .summary = "Says hello",
       .handler = Fixed([] { return HttpResponse::Text(200, std::string("Hello from Rasa: ") + kRasaVersion); })});
  AddSurface(routes, services, {"", ""});
  AddSurface(routes, services, {"/environments/{environment}", "_in_environment"});
  return routes;
}

}  // namespace greenroom

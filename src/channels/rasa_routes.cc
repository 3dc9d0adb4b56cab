#include "channels/rasa_routes.h"

#include <algorithm>

#include "base/clock.h"
#include "base/digest.h"
#include "base/random.h"
#include "base/text.h"

namespace greenroom {
namespace {

constexpr char kRasaVersion[] = "3.6.21";
constexpr char kMinimumCompatible[] = "3.5.0";
constexpr size_t kMaxText = 64u << 10;
constexpr size_t kMaxId = 255;
constexpr size_t kMaxEvents = 10'000;  // of one request
constexpr double kLatestTime = 1e11;   // seconds; the year 5138

std::string EnvironmentOf(const HttpRequest& request) {
  const std::string& named = request.Param("environment");
  return named.empty() ? "production" : named;
}

Error BadBody(std::string message) {
  return {ErrorCode::kInvalidArgument, "bad_request", std::move(message),
          "send a JSON object as the API description says"};
}

Result<Json> ReadBody(const HttpRequest& request) {
  GR_ASSIGN(Json body, ParseJson(request.body));
  if (!body.is_object()) return BadBody("the body must be a JSON object");
  return body;
}

Result<std::string> TextMember(const Json& body, const char* name, const std::string& fallback) {
  const Json* member = body.Find(name);
  if (!member || member->is_null()) return fallback;
  if (!member->is_string()) return BadBody(std::string("`") + name + "` must be a string");
  return member->AsString();
}

Error BadQuery(std::string message) { return {ErrorCode::kInvalidArgument, "bad_query", std::move(message)}; }

Error TooLarge(const char* reason, std::string message) {
  return {ErrorCode::kInvalidArgument, reason, std::move(message)};
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Ids end up in logs, file names of exports and addresses: one line, nothing that steers a terminal.
Result<void> CheckId(const std::string& id, const char* name) {
  const bool sound = !id.empty() && id.size() <= kMaxId && std::none_of(id.begin(), id.end(), IsControl);
  if (sound) return {};
  return Error{ErrorCode::kInvalidArgument, "bad_conversation_id",
               std::string("`") + name + "` must have 1 to 255 bytes and no control characters"};
}

// Lines and tabs are part of what people write; a NUL is not, and some stores cannot keep it.
Result<std::string> ReadText(const Json& body) {
  if (!body.Find("message")) return Error{ErrorCode::kInvalidArgument, "missing_field", "`message` is needed"};
  GR_ASSIGN(std::string text, TextMember(body, "message", ""));
  if (text.size() > kMaxText) return TooLarge("message_too_long", "`message` is longer than 64 KiB");
  if (text.find('\0') != std::string::npos)
    return Error{ErrorCode::kInvalidArgument, "control_character", "`message` holds a NUL"};
  return text;
}

Result<std::string> ReadKey(const HttpRequest& request) {
  const std::string_view key = request.headers.Get("Idempotency-Key");
  if (key.size() <= kMaxId && std::none_of(key.begin(), key.end(), IsControl)) return std::string(key);
  return Error{ErrorCode::kInvalidArgument, "bad_key",
               "Idempotency-Key must have at most 255 bytes and no control characters"};
}

// The turn request of a REST channel message.
Result<TurnRequest> ReadRestMessage(const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadBody(request));
  TurnRequest turn{.environment = EnvironmentOf(request)};
  GR_ASSIGN(turn.message.conversation_id, TextMember(body, "sender", "default"));
  GR_ASSIGN(turn.message.text, ReadText(body));
  GR_ASSIGN(turn.message.channel, TextMember(body, "input_channel", "rest"));
  GR_TRY(CheckId(turn.message.conversation_id, "sender"));
  turn.message.metadata = body["metadata"];
  if (turn.message.metadata.Dump().size() > kMaxText)
    return TooLarge("metadata_too_large", "`metadata` is larger than 64 KiB");
  GR_ASSIGN(turn.idempotency_key, ReadKey(request));
  if (!turn.idempotency_key.empty()) turn.body_hash = Sha256Hex(request.body);
  return turn;
}

HttpResponse ReplyResponse(const TurnReply& reply, bool stream) {
  if (!stream) {
    HttpResponse response = HttpResponse::Text(reply.status, reply.body, "application/json");
    if (reply.replayed) response.headers.Set("Idempotent-Replayed", "true");
    return response;
  }
  std::string lines;
  if (auto messages = ParseJson(reply.body, {.bytes = 16u << 20, .depth = 64, .nodes = 1'000'000})) {
    for (const Json& message : messages->array()) lines += message.Dump() + "\n";
  }
  return HttpResponse::Text(reply.status, lines, "application/json");
}

HttpHandler RestWebhook(ChannelServices services) {
  return [services](std::shared_ptr<HttpRequest> request, Responder respond) {
    auto turn = ReadRestMessage(*request);
    if (!turn) return respond(RasaFailure(turn.error(), *request));
    const std::string* stream = request->Query("stream");
    bool lines = stream && (*stream == "true" || *stream == "True" || *stream == "1");
    services.turns.Handle(std::move(*turn), [request, respond, lines](Result<TurnReply> reply) {
      respond(reply ? ReplyResponse(*reply, lines) : RasaFailure(reply.error(), *request));
    });
  };
}

// Runs a blocking handler on the CPU pool.
HttpHandler OnPool(ChannelServices services, std::function<Result<HttpResponse>(const HttpRequest&)> handle) {
  return [services, handle = std::move(handle)](std::shared_ptr<HttpRequest> request, Responder respond) {
    services.executor.Submit([request, respond, handle] {
      auto response = handle(*request);
      respond(response ? std::move(*response) : RasaFailure(response.error(), *request));
    });
  };
}

Result<HttpResponse> ParseMessage(ChannelServices services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadBody(request));
  const Json* text = body.Find("text");
  if (!text || !text->is_string()) return BadBody("`text` is needed and must be a string");
  if (text->AsString().size() > kMaxText) return BadBody("`text` is longer than 64 KiB");
  GR_ASSIGN(ServingHandle handle, services.environments.Acquire(EnvironmentOf(request)));
  UserMessage message{.conversation_id = "parse", .text = text->AsString()};
  Json parse = ParseToJson(ParseForTurn(*handle.model, message));
  if (const Json* id = body.Find("message_id")) parse.Set("message_id", *id);
  return HttpResponse::Json(200, parse);
}

Result<HttpResponse> Status(ChannelServices services, const HttpRequest& request) {
  GR_ASSIGN(ServingHandle handle, services.environments.Acquire(EnvironmentOf(request)));
  return HttpResponse::Json(200, Json::Object({{"model_file", handle.model->name},
                                               {"model_id", handle.model->digest},
                                               {"num_active_training_jobs", 0}}));
}

HttpResponse Version() {
  return HttpResponse::Json(
      200, Json::Object({{"version", kRasaVersion}, {"minimum_compatible_version", kMinimumCompatible}}));
}

Result<EventScope> ReadScope(const HttpRequest& request) {
  const std::string* named = request.Query("include_events");
  if (!named || *named == "AFTER_RESTART") return EventScope::kAfterRestart;
  if (*named == "ALL") return EventScope::kAll;
  if (*named == "APPLIED") return EventScope::kApplied;
  if (*named == "NONE") return EventScope::kNone;
  return BadQuery("`include_events` must be NONE, APPLIED, AFTER_RESTART or ALL");
}

Result<std::optional<double>> ReadUntil(const HttpRequest& request) {
  const std::string* named = request.Query("until");
  if (!named) return std::optional<double>();
  auto number = ParseJson(*named);
  if (!number || !number->is_number() || number->AsDouble() < 0 || number->AsDouble() > kLatestTime)
    return BadQuery("`until` must be a time in seconds since 1970");
  return std::optional<double>(number->AsDouble());
}

ConversationKey KeyOf(const HttpRequest& request) {
  return {.environment = EnvironmentOf(request), .conversation = request.Param("conversation_id")};
}

Result<HttpResponse> GetTracker(ChannelServices services, const HttpRequest& request) {
  ConversationKey key = KeyOf(request);
  GR_TRY(CheckId(key.conversation, "conversation_id"));
  GR_ASSIGN(EventScope scope, ReadScope(request));
  GR_ASSIGN(std::optional<double> until, ReadUntil(request));
  GR_ASSIGN(Tracker tracker, services.turns.ReadTracker(key));
  return HttpResponse::Json(200, tracker.ToJson(scope, until));
}

void AppendThenTracker(ChannelServices services, std::shared_ptr<HttpRequest> request, std::vector<Event> events,
                       Responder respond) {
  services.turns.AppendEvents(KeyOf(*request), std::move(events),
                              [services, request, respond](Result<TurnReply> outcome) {
                                if (!outcome) return respond(RasaFailure(outcome.error(), *request));
                                services.executor.Submit([services, request, respond] {
                                  auto tracker = GetTracker(services, *request);
                                  respond(tracker ? std::move(*tracker) : RasaFailure(tracker.error(), *request));
                                });
                              });
}

Result<std::vector<Event>> ReadUserMessage(ChannelServices services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadBody(request));
  GR_TRY(CheckId(request.Param("conversation_id"), "conversation_id"));
  if (body["sender"].AsString() != "user") return BadBody("`sender` must be \"user\"");
  if (!body["text"].is_string()) return BadBody("`text` is needed and must be a string");
  GR_ASSIGN(ServingHandle handle, services.environments.Acquire(EnvironmentOf(request)));
  UserMessage message{.conversation_id = request.Param("conversation_id"), .text = body["text"].AsString()};
  if (const Json* parse = body.Find("parse_data")) message.parse = ParseFromJson(*parse);
  UserUttered user{.text = message.text,
                   .parse = ParseForTurn(*handle.model, message),
                   .input_channel = "rest",
                   .message_id = NewId()};
  return std::vector<Event>{{.body = std::move(user)}};
}

Result<std::vector<Event>> ReadEvents(const HttpRequest& request) {
  GR_ASSIGN(Json body, ParseJson(request.body, {.bytes = 1u << 20, .depth = 64, .nodes = 1'000'000}));
  GR_TRY(CheckId(request.Param("conversation_id"), "conversation_id"));
  if (body.is_object()) body = Json::List({body});
  if (!body.is_array() || body.size() == 0) return BadBody("the body must be an event or a list of events");
  if (body.size() > kMaxEvents) return TooLarge("too_many_events", "a request may append at most 10,000 events");
  std::vector<Event> events;
  for (const Json& json : body.array()) {
    auto event = EventFromJson(json);
    if (!event) {
      return Error{ErrorCode::kInvalidArgument, "bad_event",
                   "event " + std::to_string(events.size()) + " of the list: " + event.error().message,
                   event.error().help};
    }
    events.push_back(std::move(*event));
  }
  return events;
}

HttpHandler AppendMessage(ChannelServices services) {
  return [services](std::shared_ptr<HttpRequest> request, Responder respond) {
    auto events = ReadUserMessage(services, *request);
    if (!events) return respond(RasaFailure(events.error(), *request));
    AppendThenTracker(services, request, std::move(*events), respond);
  };
}

HttpHandler AppendTrackerEvents(ChannelServices services) {
  return [services](std::shared_ptr<HttpRequest> request, Responder respond) {
    auto events = ReadEvents(*request);
    if (!events) return respond(RasaFailure(events.error(), *request));
    AppendThenTracker(services, request, std::move(*events), respond);
  };
}

HttpHandler Fixed(std::function<HttpResponse()> make) {
  return [make = std::move(make)](std::shared_ptr<HttpRequest>, Responder respond) { respond(make()); };
}

Json ObjectSchema(std::initializer_list<Json::Member> properties) {
  return Json::Object({{"type", "object"}, {"properties", Json::Object(properties)}});
}

Json TypeSchema(const char* type) { return Json::Object({{"type", type}}); }

// Adds the same surface below a prefix; `suffix` keeps the route names unique.
void AddSurface(std::vector<Route>& routes, ChannelServices services, const std::string& prefix,
                const std::string& suffix) {
  Json text = TypeSchema("string"), object = TypeSchema("object"), list = TypeSchema("array");
  routes.push_back({.method = "POST",
                    .pattern = prefix + "/webhooks/rest/webhook",
                    .name = "rest_message" + suffix,
                    .policy = kPolicyChat,
                    .summary = "Send a message and get the assistant's answers",
                    .request_schema = ObjectSchema(
                        {{"sender", text}, {"message", text}, {"input_channel", text}, {"metadata", object}}),
                    .response_schema = list,
                    .handler = RestWebhook(services)});
  routes.push_back({.method = "GET",
                    .pattern = prefix + "/webhooks/rest",
                    .name = "rest_health" + suffix,
                    .policy = kPolicyPublic,
                    .summary = "Whether the REST channel is there",
                    .response_schema = object,
                    .handler = Fixed([] { return HttpResponse::Json(200, Json::Object({{"status", "ok"}})); })});
  routes.push_back({.method = "GET",
                    .pattern = prefix + "/version",
                    .name = "rasa_version" + suffix,
                    .policy = kPolicyPublic,
                    .summary = "The Rasa version whose API is spoken",
                    .response_schema = object,
                    .handler = Fixed(Version)});
  routes.push_back(
      {.method = "POST",
       .pattern = prefix + "/model/parse",
       .name = "parse" + suffix,
       .policy = kPolicyParse,
       .summary = "What the model makes of a text",
       .request_schema = ObjectSchema({{"text", text}, {"message_id", text}}),
       .response_schema = object,
       .handler = OnPool(services, [services](const HttpRequest& r) { return ParseMessage(services, r); })});
  routes.push_back({.method = "GET",
                    .pattern = prefix + "/status",
                    .name = "status" + suffix,
                    .policy = kPolicyStatus,
                    .summary = "Which model answers",
                    .response_schema = object,
                    .handler = OnPool(services, [services](const HttpRequest& r) { return Status(services, r); })});
  std::string conversation = prefix + "/conversations/{conversation_id}";
  routes.push_back({.method = "GET",
                    .pattern = conversation + "/tracker",
                    .name = "tracker" + suffix,
                    .policy = kPolicyRead,
                    .summary = "The state and events of a conversation",
                    .response_schema = object,
                    .handler = OnPool(services, [services](const HttpRequest& r) { return GetTracker(services, r); })});
  routes.push_back({.method = "POST",
                    .pattern = conversation + "/tracker/events",
                    .name = "append_events" + suffix,
                    .policy = kPolicyWrite,
                    .summary = "Append events without predicting",
                    .request_schema = object,
                    .response_schema = object,
                    .handler = AppendTrackerEvents(services)});
  routes.push_back({.method = "POST",
                    .pattern = conversation + "/messages",
                    .name = "append_message" + suffix,
                    .policy = kPolicyWrite,
                    .summary = "Append a user message without predicting",
                    .request_schema = ObjectSchema({{"text", text}, {"sender", text}, {"parse_data", object}}),
                    .response_schema = object,
                    .handler = AppendMessage(services)});
}

}  // namespace

HttpResponse RasaFailure(const Error& error, const HttpRequest& request) {
  static const std::map<int, const char*> kReasons = {
      {400, "BadRequest"}, {401, "NotAuthenticated"},   {403, "NotAuthorized"},   {404, "NotFound"},
      {409, "Conflict"},   {422, "BadRequest"},         {429, "TooManyRequests"}, {503, "Unavailable"},
      {504, "Timeout"},    {507, "InsufficientStorage"}};
  int status = error.reason == "idempotency_key_reused" ? 422 : HttpStatus(error);
  auto named = kReasons.find(status);
  bool ours = status >= 500 && status != 503 && status != 504 && status != 507;
  HttpResponse response = HttpResponse::Json(
      status,
      Json::Object({{"version", kRasaVersion},
                    {"status", "failure"},
                    {"message", ours ? "something went wrong on the server; the log has more under this request id"
                                     : error.message},
                    {"reason", named == kReasons.end() ? "InternalError" : named->second},
                    {"details", Json::Object({{"reason", WireReason(error.reason)}})},
                    {"help", error.help.empty() ? Json() : Json(error.help)},
                    {"code", status},
                    {"request_id", request.request_id}}));
  if (status == 429 || status == 503) response.headers.Set("Retry-After", "1");
  return response;
}

std::vector<Route> RasaRoutes(ChannelServices services) {
  std::vector<Route> routes;
  routes.push_back(
      {.method = "GET",
       .pattern = "/",
       .name = "hello",
       .policy = kPolicyPublic,
       .summary = "Says hello",
       .handler = Fixed([] { return HttpResponse::Text(200, std::string("Hello from Rasa: ") + kRasaVersion); })});
  AddSurface(routes, services, "", "");
  AddSurface(routes, services, "/environments/{environment}", "_in_environment");
  return routes;
}

}  // namespace greenroom

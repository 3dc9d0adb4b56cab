#include "api/routes.h"
#include "base/digest.h"

namespace greenroom {
namespace {

constexpr size_t kMaxText = 64u << 10;

std::string EnvironmentOf(const HttpRequest& request) {
  const std::string* named = request.Query("environment");
  return named ? *named : "production";
}

Result<ConversationKey> KeyOf(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(EnvironmentRecord environment, services.registry.GetEnvironment("default", EnvironmentOf(request)));
  ConversationKey key{.environment = environment.name, .conversation = request.Param("conversation_id")};
  if (key.conversation.size() > 255)
    return Error{ErrorCode::kInvalidArgument, "bad_request", "the conversation id is longer than 255 bytes"};
  return key;
}

Result<TurnRequest> ReadMessage(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, KeyOf(services, request));
  GR_ASSIGN(Json body, ReadObject(request, {"message", "text", "metadata"}));
  const Json& text = body.Find("message") ? body["message"] : body["text"];
  if (!text.is_string()) return Error{ErrorCode::kInvalidArgument, "bad_request", "`message` is needed: a text"};
  if (text.AsString().size() > kMaxText)
    return Error{ErrorCode::kInvalidArgument, "message_too_long", "`message` is longer than 64 KiB"};
  TurnRequest turn{.environment = key.environment};
  turn.message = {
      .conversation_id = key.conversation, .text = text.AsString(), .channel = "rasa", .metadata = body["metadata"]};
  turn.idempotency_key = std::string(request.headers.Get("Idempotency-Key"));
  if (!turn.idempotency_key.empty()) turn.body_hash = Sha256Hex(request.body);
  return turn;
}

HttpHandler SendMessage(const ApiServices& services) {
  return [services](std::shared_ptr<HttpRequest> request, Responder respond) {
    services.executor.Submit([services, request, respond] {
      auto turn = ReadMessage(services, *request);
      if (!turn) return respond(ApiFailure(turn.error(), *request));
      services.turn_service.Handle(std::move(*turn), [request, respond](Result<TurnReply> reply) {
        respond(reply ? HttpResponse::Text(reply->status, reply->body, "application/json")
                      : ApiFailure(reply.error(), *request));
      });
    });
  };
}

Result<HttpResponse> List(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(int64_t limit, QueryNumber(request, "limit", {.fallback = 50, .low = 1, .high = 1000}));
  GR_ASSIGN(int64_t offset, QueryNumber(request, "offset", {.fallback = 0, .low = 0, .high = 1'000'000'000}));
  const std::string* environment = request.Query("environment");
  GR_ASSIGN(std::vector<ConversationSummary> found,
            services.turns.Conversations("default", environment ? *environment : "", limit, offset));
  Json list = Json::List();
  for (const ConversationSummary& summary : found) {
    list.Append(Json::Object({{"conversation_id", summary.key.conversation},
                              {"sender_id", summary.key.conversation},
                              {"environment", summary.key.environment},
                              {"n_events", summary.events},
                              {"latest_event_time", summary.last_event_time},
                              {"model", summary.last_model}}));
  }
  return HttpResponse::Json(200, list);
}

Result<HttpResponse> EventsOf(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, KeyOf(services, request));
  GR_ASSIGN(int64_t after, QueryNumber(request, "after", {.fallback = 0, .low = 0, .high = 1'000'000'000'000}));
  GR_ASSIGN(std::vector<StoredEvent> events, services.turns.Events(key, after));
  Json list = Json::List();
  for (const StoredEvent& stored : events) {
    Json event = EventToJson(stored.event);
    event.Set("seq", stored.seq)
        .Set("turn", stored.turn)
        .Set("model_digest", stored.model)
        .Set("environment", key.environment);
    list.Append(std::move(event));
  }
  return HttpResponse::Json(200, list);
}

Result<HttpResponse> Show(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, KeyOf(services, request));
  GR_ASSIGN(Tracker tracker, services.turn_service.ReadTracker(key));
  return HttpResponse::Json(200, tracker.ToJson(EventScope::kAll));
}

}  // namespace

std::vector<Route> ConversationRoutes(const ApiServices& services) {
  Json text = TypeOf("string"), list = TypeOf("array"), object = TypeOf("object");
  const std::string one = "/api/conversations/{conversation_id}";
  return {
      {.method = "GET",
       .pattern = "/api/conversations",
       .name = "list_conversations",
       .policy = "conversations.view",
       .summary = "Conversations, latest activity first",
       .response_schema = list,
       .handler = Bind(services, List)},
      {.method = "GET",
       .pattern = one,
       .name = "show_conversation",
       .policy = "conversation.read",
       .summary = "The state of a conversation",
       .response_schema = object,
       .handler = Bind(services, Show)},
      {.method = "GET",
       .pattern = one + "/events",
       .name = "conversation_events",
       .policy = "conversation.read",
       .summary = "All stored events of a conversation, oldest first",
       .response_schema = list,
       .handler = Bind(services, EventsOf)},
      {.method = "POST",
       .pattern = one + "/messages",
       .name = "send_message",
       .policy = "conversation.write",
       .summary = "Talk to the model of an environment",
       .request_schema = SchemaOf({{"message", text}, {"text", text}, {"metadata", object}}),
       .response_schema = list,
       .handler = SendMessage(services)},
  };
}

}  // namespace greenroom

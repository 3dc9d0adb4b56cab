// Conversations: the list, one with its events and messages, talking, changing and erasing. What reviewers do:
// review_routes.cc. Conversations of remote environments: remote_conversations.cc.
#include <algorithm>

#include "api/conversation_query.h"
#include "api/conversation_view.h"
#include "api/known_stories.h"
#include "api/routes.h"
#include "base/digest.h"
#include "base/random.h"

namespace greenroom {
namespace {

constexpr size_t kMaxText = 64u << 10;
constexpr size_t kMaxKey = 255;
constexpr size_t kMaxEvents = 10'000;  // of one request
constexpr JsonLimits kEvents = {.bytes = 16u << 20, .depth = 64, .nodes = 2'000'000};

Error BadRequest(std::string message) { return {ErrorCode::kInvalidArgument, "bad_request", std::move(message)}; }

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool HasControl(std::string_view text) { return std::any_of(text.begin(), text.end(), IsControl); }

// A message must be one that every store and channel can hold, as those of the channels are.
Result<void> CheckMessage(const ConversationKey& key, const std::string& text, std::string_view idempotency_key) {
  if (HasControl(key.conversation))
    return Error{ErrorCode::kInvalidArgument, "bad_conversation_id", "the conversation id holds control characters"};
  if (text.size() > kMaxText)
    return Error{ErrorCode::kInvalidArgument, "message_too_long", "`message` is longer than 64 KiB"};
  if (text.find('\0') != std::string::npos)
    return Error{ErrorCode::kInvalidArgument, "control_character", "`message` holds a NUL"};
  if (idempotency_key.size() > kMaxKey || HasControl(idempotency_key)) {
    return Error{ErrorCode::kInvalidArgument, "bad_key",
                 "Idempotency-Key must have at most 255 bytes and no control characters"};
  }
  return {};
}

Result<TurnRequest> ReadMessage(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, KeyOf(services, request));
  GR_ASSIGN(Json body, ReadObject(request, {"message", "text", "metadata"}));
  const Json& text = body.Find("message") ? body["message"] : body["text"];
  if (!text.is_string()) return BadRequest("`message` is needed: a text");
  GR_TRY(CheckMessage(key, text.AsString(), request.headers.Get("Idempotency-Key")));
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

Result<HttpResponse> List(const ApiServices& services, KnownStories& stories, const HttpRequest& request) {
  GR_ASSIGN(ConversationFilter filter, ReadConversationFilter(request));
  filter.stories = stories.Hashes();
  GR_TRY(services.conversations.CatchUp());
  GR_ASSIGN(ConversationPage page, services.conversations.Find(filter));
  Json list = Json::List();
  for (const ConversationCard& card : page.cards) {
    bool told = std::binary_search(filter.stories.begin(), filter.stories.end(), card.story);
    list.Append(ShowCard(card, stories.known() ? std::optional<bool>(told) : std::nullopt));
  }
  return PageOf(list, page.total);
}

struct Window {
  std::optional<double> since, until;
  EventScope scope = EventScope::kAll;
};

// `history` and `use_history` are two names of one thing: whether what came before the latest restart counts.
Result<Window> ReadWindow(const HttpRequest& request) {
  Window window;
  GR_ASSIGN(window.since, QueryTime(request, "since"));
  GR_ASSIGN(window.until, QueryTime(request, "until"));
  GR_ASSIGN(bool history, QueryFlag(request, "history", true));
  GR_ASSIGN(bool use_history, QueryFlag(request, "use_history", true));
  if (!history || !use_history) window.scope = EventScope::kAfterRestart;
  return window;
}

// The conversation as it was at the end of the window, with the events that lie in it.
Result<Json> ReadConversation(const ApiServices& services, const HttpRequest& request, const Window& window) {
  GR_ASSIGN(ConversationKey key, KeyOf(services, request));
  GR_ASSIGN(Tracker tracker, services.turn_service.ReadTracker(key));
  GR_ASSIGN(std::vector<double> flags, services.conversations.Flags(key));
  Json shown = ShowConversation(tracker.ToJson(window.scope, window.until), flags);
  if (!window.since) return shown;
  Json events = Json::List();
  for (const Json& event : shown["events"].array())
    if (event["timestamp"].AsDouble() >= *window.since) events.Append(event);
  return shown.Set("events", std::move(events));
}

Result<HttpResponse> Show(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Window window, ReadWindow(request));
  GR_ASSIGN(Json shown, ReadConversation(services, request, window));
  return HttpResponse::Json(200, shown);
}

// The stored events within the window, each with its number, turn and model.
Result<Json> ReadStored(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Window window, ReadWindow(request));
  GR_ASSIGN(ConversationKey key, KeyOf(services, request));
  GR_ASSIGN(int64_t after, QueryNumber(request, "after", {.fallback = 0, .low = 0, .high = 1'000'000'000'000}));
  GR_ASSIGN(std::vector<StoredEvent> events, services.turns.Events(key, after));
  GR_ASSIGN(std::vector<double> flags, services.conversations.Flags(key));
  Json list = Json::List();
  for (const StoredEvent& stored : events) {
    double at = stored.event.timestamp;
    if ((window.until && at > *window.until) || (window.since && at < *window.since)) continue;
    if (window.scope == EventScope::kAfterRestart && stored.event.As<Restarted>()) {
      list = Json::List();
      continue;
    }
    Json event = EventToJson(stored.event);
    event.Set("seq", stored.seq)
        .Set("turn", stored.turn)
        .Set("model_digest", stored.model)
        .Set("environment", key.environment);
    list.Append(std::move(event));
  }
  return WithFlags(list, flags);
}

Result<HttpResponse> EventsOf(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json events, ReadStored(services, request));
  return HttpResponse::Json(200, events);
}

Result<HttpResponse> Said(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json events, ReadStored(services, request));
  return HttpResponse::Json(200, MessagesOf(events));
}

Result<HttpResponse> Dump(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Window window, ReadWindow(request));
  GR_ASSIGN(Json shown, ReadConversation(services, request, window));
  bool json = request.path.ends_with(".json");
  HttpResponse response = json ? HttpResponse::Text(200, shown.Pretty(), "application/json")
                               : HttpResponse::Text(200, ShowAsText(shown), "text/markdown; charset=utf-8");
  response.headers.Set("Content-Disposition",
                       json ? "attachment; filename=\"debug-dump.json\"" : "attachment; filename=\"debug-dump.md\"");
  return response;
}

// Whoever may act for others gets a new conversation, everybody else the one that is named like them.
Result<HttpResponse> Begin(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadObject(request, {"conversation_id", "id"}));
  const Json& given = body.Find("conversation_id") ? body["conversation_id"] : body["id"];
  if (!given.is_null() && (!given.is_string() || given.AsString().empty() || given.AsString().size() > 255))
    return BadRequest("`conversation_id` must be a text of 1 to 255 bytes");
  const Principal& who = PrincipalOf(request);
  bool for_others = Allows(who.grants, "clientEvents:create");
  HttpRequest named = request;
  named.params["conversation_id"] = given.is_string() ? given.AsString() : for_others ? NewId() : who.name;
  if (named.Param("conversation_id") != who.name) GR_TRY(Require(request, "clientEvents:create"));
  GR_ASSIGN(Json shown, ReadConversation(services, named, {}));
  return HttpResponse::Json(201, shown);
}

Result<std::vector<Event>> ReadEvents(const Json& list) {
  if (list.size() > kMaxEvents)
    return Error{ErrorCode::kInvalidArgument, "too_many_events", "a request may hold at most 10,000 events"};
  std::vector<Event> events;
  for (const Json& json : list.array()) {
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

// An environment with a server of its own: only that can change its conversations.
Result<void> CheckEmbedded(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(EnvironmentRecord environment, services.registry.GetEnvironment("default", AskedEnvironment(request)));
  if (environment.url.empty()) return {};
  return Error{ErrorCode::kConflict, "environment_remote",
               "the conversations of `" + environment.name + "` are made by its own server",
               "send the events to that server"};
}

struct Change {
  ConversationKey key;
  std::vector<Event> events;
  Json shown;
};

// The body of a request that changes events: one of them or a list, as the method says.
Result<Change> ReadChange(const ApiServices& services, const HttpRequest& request) {
  GR_TRY(CheckEmbedded(services, request));
  Change change;
  GR_ASSIGN(change.key, KeyOf(services, request));
  GR_ASSIGN(change.shown, ParseJson(request.body, kEvents));
  bool whole = request.method == "PUT";
  if (whole && !change.shown.is_array()) return BadRequest("the body must be the list of all events");
  if (!change.shown.is_array() && !change.shown.is_object()) return BadRequest("the body must be an event");
  GR_ASSIGN(change.events, ReadEvents(change.shown.is_array() ? change.shown : Json::List({change.shown})));
  if (change.events.empty()) {
    return Error{ErrorCode::kInvalidArgument, "bad_request", "there are no events",
                 "DELETE removes the whole conversation"};
  }
  return change;
}

HttpHandler AppendEvents(const ApiServices& services) {
  return [services](std::shared_ptr<HttpRequest> request, Responder respond) {
    services.executor.Submit([services, request, respond] {
      auto change = ReadChange(services, *request);
      if (!change) return respond(ApiFailure(change.error(), *request));
      services.turn_service.AppendEvents(
          {.key = change->key, .events = std::move(change->events)},
          [request, respond, shown = change->shown](Result<TurnReply> outcome) {
            respond(outcome ? HttpResponse::Json(200, shown) : ApiFailure(outcome.error(), *request));
          });
    });
  };
}

// Erases what a conversation was, and begins it anew when there are events.
void EraseFor(const ApiServices& services, std::shared_ptr<HttpRequest> request, Change change, Responder respond) {
  Reviewer by = ReviewerOf(*request);
  Erasure erasure{.key = change.key, .actor = by.name, .address = by.address};
  erasure.events = std::move(change.events);
  services.turn_service.Erase(std::move(erasure), [request, respond, shown = change.shown](Result<void> outcome) {
    if (!outcome) return respond(ApiFailure(outcome.error(), *request));
    respond(shown.is_null() ? HttpResponse::Empty(204) : HttpResponse::Json(200, shown));
  });
}

HttpHandler ReplaceEvents(const ApiServices& services) {
  return [services](std::shared_ptr<HttpRequest> request, Responder respond) {
    services.executor.Submit([services, request, respond] {
      auto change = ReadChange(services, *request);
      if (!change) return respond(ApiFailure(change.error(), *request));
      EraseFor(services, request, std::move(*change), respond);
    });
  };
}

HttpHandler Erase(const ApiServices& services) {
  return [services](std::shared_ptr<HttpRequest> request, Responder respond) {
    services.executor.Submit([services, request, respond] {
      auto key = KeyOf(services, *request);
      if (!key) return respond(ApiFailure(key.error(), *request));
      EraseFor(services, request, {.key = *key}, respond);
    });
  };
}

constexpr char kAll[] = "/api/conversations", kPath[] = "/api/conversations/{conversation_id}";

std::vector<QueryParameter> WindowParameters(std::vector<QueryParameter> others) {
  for (const QueryParameter& parameter :
       {QueryParameter{"until", "Without later events", "number"},
        QueryParameter{"since", "Without earlier events", "number"},
        QueryParameter{"use_history", "false: only after the latest restart", "boolean"},
        QueryParameter{"history", "The same", "boolean"}})
    others.push_back(parameter);
  return EnvironmentWith(std::move(others));
}

std::vector<Route> ReadingRoutes(const ApiServices& services) {
  auto stories = std::make_shared<KnownStories>(services.project_directory);
  auto list = [services, stories](const HttpRequest& request) { return List(services, *stories, request); };
  Json events = TypeOf("array");
  const std::string one = kPath;
  return {
      {.method = "GET",
       .pattern = kAll,
       .name = "list_conversations",
       .policy = "conversations.view",
       .summary = "Conversations that pass all filters; X-Total-Count says how many there are",
       .response_schema = Json::Object({{"type", "array"}, {"items", CardSchema()}}),
       .query = ConversationParameters(),
       .handler = OnExecutor(services, list)},
      {.method = "GET",
       .pattern = one,
       .name = "show_conversation",
       .policy = "conversation.read",
       .summary = "The state of a conversation, with its events",
       .response_schema = ConversationSchema(),
       .query = WindowParameters({}),
       .handler = Bind(services, Show)},
      {.method = "GET",
       .pattern = one + "/events",
       .name = "conversation_events",
       .policy = "conversation.read",
       .summary = "The stored events of a conversation, oldest first",
       .response_schema = events,
       .query = WindowParameters({{"after", "Only events with larger numbers", "integer"}}),
       .handler = Bind(services, EventsOf)},
      {.method = "GET",
       .pattern = one + "/messages",
       .name = "conversation_messages",
       .policy = "conversation.read",
       .summary = "What the user and the bot said, oldest first",
       .response_schema = events,
       .query = WindowParameters({{"after", "Only events with larger numbers", "integer"}}),
       .handler = Bind(services, Said)},
      {.method = "GET",
       .pattern = one + "/debug-dump.json",
       .name = "dump_conversation",
       .policy = "conversations.view",
       .summary = "A conversation as a file",
       .response_schema = ConversationSchema(),
       .query = WindowParameters({}),
       .handler = Bind(services, Dump)},
      {.method = "GET",
       .pattern = one + "/debug-dump.md",
       .name = "dump_conversation_as_text",
       .policy = "conversations.view",
       .summary = "A conversation as a file for people to read",
       .query = WindowParameters({}),
       .handler = Bind(services, Dump)},
  };
}

std::vector<Route> ChangingRoutes(const ApiServices& services) {
  Json text = TypeOf("string"), list = TypeOf("array"), object = TypeOf("object");
  const std::string one = kPath;
  return {
      {.method = "POST",
       .pattern = kAll,
       .name = "begin_conversation",
       .policy = "test_conversation.view",
       .summary = "The id of a conversation to talk in; nothing is kept before something is said",
       .request_schema = SchemaOf({{"conversation_id", text}, {"id", text}}),
       .response_schema = ConversationSchema(),
       .query = EnvironmentWith({}),
       .handler = Bind(services, Begin)},
      {.method = "POST",
       .pattern = one + "/messages",
       .name = "send_message",
       .policy = "conversation.write",
       .summary = "Talk to the model of an environment",
       .request_schema = SchemaOf({{"message", text}, {"text", text}, {"metadata", object}}),
       .response_schema = list,
       .query = EnvironmentWith({}),
       .handler = SendMessage(services)},
      {.method = "POST",
       .pattern = one + "/events",
       .name = "extend_conversation",
       .policy = "clientEvents:create",
       .summary = "Append an event (or a list of them); nothing is predicted",
       .request_schema = object,
       .response_schema = object,
       .query = EnvironmentWith({}),
       .body_limit = kEvents.bytes,
       .handler = AppendEvents(services)},
      {.method = "PUT",
       .pattern = one + "/events",
       .name = "replace_conversation",
       .policy = "clientEvents:create",
       .summary = "Replace all events of a conversation",
       .request_schema = list,
       .response_schema = list,
       .query = EnvironmentWith({}),
       .body_limit = kEvents.bytes,
       .handler = ReplaceEvents(services)},
      {.method = "DELETE",
       .pattern = one,
       .name = "erase_conversation",
       .policy = "conversations.modify",
       .summary = "Erase a conversation for good: events, keys, notes and what waits to be sent on",
       .query = EnvironmentWith({}),
       .handler = Erase(services)},
  };
}

}  // namespace

std::vector<Route> ConversationRoutes(const ApiServices& services) {
  std::vector<Route> routes = ReadingRoutes(services);
  for (auto make : {ChangingRoutes, ReviewRoutes})
    for (Route& route : make(services)) routes.push_back(std::move(route));
  return routes;
}

}  // namespace greenroom

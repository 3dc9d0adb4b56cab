#include <algorithm>

#include "channels/rasa_requests.h"
#include "channels/rasa_surface.h"
#include "conversation/story_text.h"
#include "dialogue/actions.h"
#include "serving/sessions.h"

namespace greenroom {
namespace {

Result<ConversationKey> CheckedKey(const HttpRequest& request) {
  ConversationKey key = KeyOf(request);
  GR_TRY(CheckId(key.conversation, "conversation_id"));
  return key;
}

Error UnknownConversation() { return {ErrorCode::kNotFound, "conversation_not_found", "Conversation ID not found."}; }

// Answers with the tracker, as it is then, once the change is on disk.
void RespondWithTracker(const ChannelServices& services, std::shared_ptr<HttpRequest> request,
                        const Result<void>& changed, const Responder& respond) {
  if (!changed) return respond(RasaFailure(changed.error(), *request));
  services.executor.Submit([services, request, respond] {
    auto tracker = GetTracker(services, *request);
    respond(tracker ? std::move(*tracker) : RasaFailure(tracker.error(), *request));
  });
}

void Append(const ChannelServices& services, std::shared_ptr<HttpRequest> request, std::vector<Event> events,
            Responder respond) {
  services.turns.AppendEvents({.key = KeyOf(*request), .events = std::move(events), .begins_session = true},
                              [services, request, respond](Result<TurnReply> outcome) {
                                RespondWithTracker(services, request, outcome ? Result<void>() : outcome.error(),
                                                   respond);
                              });
}

Result<TurnRequest> ReadUserMessage(const ChannelServices&, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, CheckedKey(request));
  GR_TRY(ReadScope(request));
  GR_ASSIGN(Json body, ReadBody(request));
  if (body["sender"].AsString() != "user") return BadBody("`sender` must be \"user\"", "sender");
  GR_ASSIGN(std::string text, ReadMessageText(body, "text"));
  UserMessage message{.conversation_id = key.conversation, .text = std::move(text), .channel = "", .log_only = true};
  if (const Json* parse = body.Find("parse_data")) message.parse = ParseFromJson(*parse);
  return TurnRequest{.environment = key.environment, .message = std::move(message)};
}

// A list of entities as in a parse result, or {"entity": value, ...}.
Result<std::vector<Entity>> ReadTriggerEntities(const Json& entities) {
  std::vector<Entity> read;
  for (const auto& [name, value] : entities.members()) read.push_back({.entity = name, .value = value});
  for (const Json& entity : entities.array()) {
    if (!entity["entity"].is_string())
      return BadBody("each of `entities` must be an object with `entity` and `value`", "entities");
    read.push_back(EntityFromJson(entity));
  }
  if (!entities.is_null() && !entities.is_array() && !entities.is_object())
    return BadBody("`entities` must be a list of entities or an object of names and values", "entities");
  return read;
}

Result<TurnRequest> ReadTrigger(const ChannelServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, CheckedKey(request));
  GR_TRY(ReadScope(request));
  GR_ASSIGN(Json body, ReadBody(request));
  GR_ASSIGN(std::string name, TextMember(body, "name", ""));
  if (name.empty()) return BadBody("Name of the intent not provided in request body.", "name");
  GR_ASSIGN(ServingHandle handle, services.environments.Acquire(key.environment));
  if (handle.model->domain.FindIntent(name) == nullptr) {
    return Error{ErrorCode::kNotFound, "intent_not_found", "The intent `" + name + "` does not exist in the domain."};
  }
  Parse parse{.text = "EXTERNAL: " + name, .intent = {.name = name}};
  GR_ASSIGN(parse.entities, ReadTriggerEntities(body["entities"]));
  UserMessage message{
      .conversation_id = key.conversation, .text = parse.text, .channel = "", .parse = parse, .external = true};
  return TurnRequest{.environment = key.environment, .message = std::move(message)};
}

Result<TurnRequest> ReadExecution(const ChannelServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, CheckedKey(request));
  GR_TRY(ReadScope(request));
  GR_ASSIGN(Tracker tracker, services.turns.ReadTracker(key));
  if (tracker.events().empty()) return UnknownConversation();
  GR_ASSIGN(Json body, ReadBody(request));
  ActionOrder order;
  GR_ASSIGN(order.name, TextMember(body, "name", ""));
  GR_ASSIGN(order.policy, TextMember(body, "policy", ""));
  order.confidence = body["confidence"].AsDouble();
  if (order.name.empty()) return BadBody("Name of the action not provided in request body.", "name");
  GR_ASSIGN(ServingHandle handle, services.environments.Acquire(key.environment));
  if (!ActionExists(handle.model->domain, order.name)) {
    return Error{ErrorCode::kInvalidArgument, "action_not_found",
                 "The action `" + order.name + "` does not exist in the domain."};
  }
  UserMessage message{.conversation_id = key.conversation, .channel = "", .action = std::move(order)};
  return TurnRequest{.environment = key.environment, .message = std::move(message)};
}

Result<HttpResponse> TrackerAndMessages(const ChannelServices& services, const HttpRequest& request,
                                        const TurnReply& reply) {
  GR_ASSIGN(EventScope scope, ReadScope(request));
  GR_ASSIGN(Tracker tracker, services.turns.ReadTracker(KeyOf(request)));
  GR_ASSIGN(Json messages, ParseJson(reply.body, {.bytes = 16u << 20, .depth = 64, .nodes = 1'000'000}));
  return HttpResponse::Json(200, Json::Object({{"tracker", tracker.ToJson(scope)}, {"messages", std::move(messages)}}));
}

Result<HttpResponse> TrackerAlone(const ChannelServices& services, const HttpRequest& request, const TurnReply&) {
  return GetTracker(services, request);
}

// A route that makes a turn: what it reads of the request, and how it shows what came of it.
struct TurnRoute {
  Result<TurnRequest> (*read)(const ChannelServices&, const HttpRequest&);
  Result<HttpResponse> (*show)(const ChannelServices&, const HttpRequest&, const TurnReply&);
};

HttpHandler TurnOf(const ChannelServices& services, TurnRoute route) {
  return [services, route](std::shared_ptr<HttpRequest> request, Responder respond) {
    services.executor.Submit([services, route, request, respond] {
      auto turn = route.read(services, *request);
      if (!turn) return respond(RasaFailure(turn.error(), *request));
      services.turns.Handle(std::move(*turn), [services, route, request, respond](Result<TurnReply> reply) {
        if (!reply) return respond(RasaFailure(reply.error(), *request));
        services.executor.Submit([services, route, request, respond, reply = std::move(*reply)] {
          auto response = route.show(services, *request, reply);
          respond(response ? std::move(*response) : RasaFailure(response.error(), *request));
        });
      });
    });
  };
}

// The score of each action, as pairs in index order.
std::vector<std::pair<std::string, double>> ScoresOf(const Prediction& prediction, const ActionIndex& actions) {
  std::vector<std::pair<std::string, double>> scores;
  for (size_t i = 0; i < actions.size(); ++i)
    scores.emplace_back(actions.names()[i], i < prediction.scores.size() ? prediction.scores[i] : 0.0);
  return scores;
}

}  // namespace

Json PredictionJson(const LiveModel& model, const Tracker& tracker, EventScope scope, bool sorted) {
  const Prediction prediction = model.ensemble->Predict(tracker);
  auto scores = ScoresOf(prediction, model.ensemble->actions());
  if (sorted) {
    std::sort(scores.begin(), scores.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
  }
  Json list = Json::List({});
  for (const auto& [action, score] : scores) list.Append(Json::Object({{"action", action}, {"score", score}}));
  // A followup action is what was predicted, and with that it is taken.
  Json shown = tracker.ToJson(scope);
  shown.Set("followup_action", Json());
  return Json::Object({{"scores", std::move(list)},
                       {"policy", prediction.policy.empty() ? Json() : Json(prediction.policy)},
                       {"confidence", prediction.Best().second},
                       {"tracker", std::move(shown)}});
}

Result<HttpResponse> GetTracker(const ChannelServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, CheckedKey(request));
  GR_ASSIGN(EventScope scope, ReadScope(request));
  GR_ASSIGN(std::optional<double> until, ReadUntil(request));
  // Without a model there is nobody to fold the events, as there.
  GR_ASSIGN(ServingHandle handle, services.environments.Acquire(key.environment));
  GR_ASSIGN(Tracker tracker, services.turns.ReadTracker(key));
  // What nobody talked in yet is shown as it will begin; nothing is kept.
  if (tracker.events().empty() && request.method == "GET") {
    for (const Event& event : SessionBeginning(*handle.model, services.turns.Now())) tracker.Apply(event);
  }
  return HttpResponse::Json(200, tracker.ToJson(scope, until));
}

Result<HttpResponse> GetStory(const ChannelServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, CheckedKey(request));
  GR_ASSIGN(std::optional<double> until, ReadUntil(request));
  GR_ASSIGN(bool all, ReadFlag(request, "all_sessions"));
  GR_TRY(services.environments.Acquire(key.environment));
  GR_ASSIGN(std::vector<Tracker> sessions, services.turns.ReadSessions(key, until));
  std::vector<const Tracker*> wanted;
  for (const Tracker& session : sessions) wanted.push_back(&session);
  // Before its beginning a conversation has no story at all.
  if (until && wanted.size() == 1 && wanted[0]->events().empty()) wanted.clear();
  if (!all && wanted.size() > 1) wanted.erase(wanted.begin(), wanted.end() - 1);
  return HttpResponse::Text(200, StoryText(wanted, key.conversation));
}

Result<HttpResponse> PredictNext(const ChannelServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, CheckedKey(request));
  GR_ASSIGN(EventScope scope, ReadScope(request));
  GR_ASSIGN(ServingHandle handle, services.environments.Acquire(key.environment));
  GR_ASSIGN(Tracker tracker, services.turns.ReadTracker(key));
  if (tracker.events().empty()) return UnknownConversation();
  return HttpResponse::Json(200, PredictionJson(*handle.model, tracker, scope, true));
}

HttpHandler AppendTrackerEvents(const ChannelServices& services) {
  return [services](std::shared_ptr<HttpRequest> request, Responder respond) {
    auto key = CheckedKey(*request);
    auto events = key ? ReadEvents(*request, EventsForm::kOneOrMore) : key.error();
    if (!events) return respond(RasaFailure(events.error(), *request));
    Append(services, request, std::move(*events), respond);
  };
}

HttpHandler ReplaceTrackerEvents(const ChannelServices& services) {
  return [services](std::shared_ptr<HttpRequest> request, Responder respond) {
    auto key = CheckedKey(*request);
    auto events = key ? ReadEvents(*request, EventsForm::kList) : key.error();
    if (!events) return respond(RasaFailure(events.error(), *request));
    const bool empties = events->empty();
    services.turns.Erase({.key = *key,
                          .events = std::move(*events),
                          .actor = services.actor(*request),
                          .address = request->remote_address},
                         [services, request, respond, empties](Result<void> erased) {
                           // Nothing put in the place of nothing is no error.
                           if (!erased && empties && erased.error().code == ErrorCode::kNotFound) erased = {};
                           RespondWithTracker(services, request, erased, respond);
                         });
  };
}

HttpHandler AppendMessage(const ChannelServices& services) { return TurnOf(services, {ReadUserMessage, TrackerAlone}); }

HttpHandler TriggerIntent(const ChannelServices& services) {
  return TurnOf(services, {ReadTrigger, TrackerAndMessages});
}

HttpHandler ExecuteAction(const ChannelServices& services) {
  return TurnOf(services, {ReadExecution, TrackerAndMessages});
}

}  // namespace greenroom

#include <array>

#include "conversation/event.h"

namespace greenroom {
namespace {

Json OrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }
Json OrNull(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }
Json OrNull(const std::optional<double>& number) { return number ? Json(*number) : Json(); }

std::optional<std::string> TextOf(const Json& json) {
  if (!json.is_string()) return std::nullopt;
  return json.AsString();
}

std::optional<double> NumberOf(const Json& json) {
  if (!json.is_number()) return std::nullopt;
  return json.AsDouble();
}

Error Malformed(std::string_view type, std::string_view problem) {
  return {ErrorCode::kInvalidArgument, "event_malformed",
          "an event `" + std::string(type) + "` " + std::string(problem),
          "see the tracker events of the API description"};
}

Json EntitiesToJson(const std::vector<Entity>& entities) {
  Json list = Json::List();
  for (const Entity& entity : entities) list.Append(EntityToJson(entity));
  return list;
}

std::vector<Entity> EntitiesFromJson(const Json& json) {
  std::vector<Entity> entities;
  for (const Json& item : json.array()) entities.push_back(EntityFromJson(item));
  return entities;
}

Json ScoreToJson(const IntentScore& score) {
  Json json = Json::Object();
  if (score.name.empty() && !score.confidence) return json;
  json.Set("name", OrNull(score.name));
  if (score.confidence) json.Set("confidence", *score.confidence);
  return json;
}

IntentScore ScoreFromJson(const Json& json) {
  return {.name = json["name"].AsString(), .confidence = NumberOf(json["confidence"])};
}

void ReadIntent(const Json& json, Parse& parse) {
  parse.intent = ScoreFromJson(json);
  for (const auto& [key, value] : json.members()) {
    if (key != "name" && key != "confidence") parse.intent_extra.Set(key, value);
  }
}

// Clients count on the six keys being there, used or not. Only a message appended from outside without any has none.
Json MessageData(const Json& data) {
  if (data.is_object() && data.size() == 0) return data;
  Json json = Json::Object(
      {{"elements", {}}, {"quick_replies", {}}, {"buttons", {}}, {"attachment", {}}, {"image", {}}, {"custom", {}}});
  for (const auto& [key, value] : data.members()) json.Set(key, value);
  return json;
}

// What the channel sent along, without the marks that the server adds to every event.
Json SentMetadata(const Json& metadata) {
  Json sent = metadata.is_object() ? metadata : Json::Object();
  sent.Erase("model_id");
  sent.Erase("assistant_id");
  return sent;
}

// A message's parse result as its event shows it: with the id and the metadata of the message.
Json ParseData(const UserUttered& message, const Json& metadata) {
  Json json = ParseToJson(message.parse);
  if (message.parse.text.empty()) json.Set("text", OrNull(message.text));
  if (!json.Find("message_id")) json.Set("message_id", OrNull(message.message_id));
  if (!json.Find("metadata")) json.Set("metadata", SentMetadata(metadata));
  return json;
}

// Adds the members of each kind to the common ones.
struct Writer {
  Json& json;
  const Json& metadata;

  void operator()(const UserUttered& e) {
    json.Set("text", OrNull(e.text))
        .Set("parse_data", ParseData(e, metadata))
        .Set("input_channel", OrNull(e.input_channel));
    json.Set("message_id", OrNull(e.message_id));
  }
  void operator()(const BotUttered& e) { json.Set("text", OrNull(e.text)).Set("data", MessageData(e.data)); }
  void operator()(const ActionExecuted& e) {
    json.Set("name", OrNull(e.name)).Set("policy", OrNull(e.policy)).Set("confidence", OrNull(e.confidence));
    json.Set("action_text", OrNull(e.action_text)).Set("hide_rule_turn", e.hide_rule_turn);
  }
  void operator()(const SlotSet& e) { json.Set("name", e.name).Set("value", e.value); }
  void operator()(const EntitiesAdded& e) { json.Set("entities", EntitiesToJson(e.entities)); }
  void operator()(const UserFeaturization& e) {
    json.Set("use_text_for_featurization", e.use_text ? Json(*e.use_text) : Json());
  }
  void operator()(const ActiveLoop& e) { json.Set("name", OrNull(e.name)); }
  void operator()(const LoopInterrupted& e) { json.Set("is_interrupted", e.is_interrupted); }
  void operator()(const ActionRejected& e) {
    json.Set("name", e.name).Set("policy", OrNull(e.policy)).Set("confidence", OrNull(e.confidence));
  }
  void operator()(const ReminderScheduled& e) {
    json.Set("intent", OrNull(e.intent))
        .Set("date_time", e.date_time)
        .Set("entities", e.entities)
        .Set("name", OrNull(e.name));
    json.Set("kill_on_user_msg", e.kill_on_user_message);
  }
  void operator()(const ReminderCancelled& e) {
    if (!e.name.is_null()) json.Set("name", e.name);
    if (!e.intent.is_null()) json.Set("intent", e.intent);
    if (!e.entities.is_null()) json.Set("entities", e.entities);
  }
  void operator()(const FollowupAction& e) { json.Set("name", e.name); }
  void operator()(const AgentUttered& e) { json.Set("text", OrNull(e.text)).Set("data", e.data); }
  void operator()(const ActionFailed& e) { json.Set("name", e.name).Set("reason", e.reason).Set("message", e.message); }
  template <typename Plain>
  void operator()(const Plain&) {}  // kinds that are their name alone
};

using Reader = Result<EventBody> (*)(const Json&);

Result<EventBody> ReadUser(const Json& json) {
  UserUttered e{.text = TextOf(json["text"]),
                .input_channel = json["input_channel"].AsString(),
                .message_id = json["message_id"].AsString()};
  if (const Json* parse = json.Find("parse_data"); parse && parse->is_object()) e.parse = ParseFromJson(*parse);
  if (e.parse.text.empty() && e.text) e.parse.text = *e.text;
  return EventBody(std::move(e));
}

Result<EventBody> ReadBot(const Json& json) {
  const Json& data = json["data"];
  return EventBody(BotUttered{.text = TextOf(json["text"]), .data = data.is_object() ? data : Json::Object()});
}

Result<EventBody> ReadAction(const Json& json) {
  ActionExecuted e{.name = json["name"].AsString(),
                   .policy = json["policy"].AsString(),
                   .confidence = NumberOf(json["confidence"]),
                   .action_text = TextOf(json["action_text"]),
                   .hide_rule_turn = json["hide_rule_turn"].AsBool()};
  if (e.name.empty() && !e.action_text) return Malformed("action", "needs `name` or `action_text`");
  return EventBody(std::move(e));
}

Result<EventBody> ReadSlot(const Json& json) {
  if (!json["name"].is_string()) return Malformed("slot", "needs a text `name`");
  return EventBody(SlotSet{.name = json["name"].AsString(), .value = json["value"]});
}

Result<EventBody> ReadEntities(const Json& json) {
  return EventBody(EntitiesAdded{EntitiesFromJson(json["entities"])});
}

Result<EventBody> ReadFeaturization(const Json& json) {
  const Json& use = json["use_text_for_featurization"];
  return EventBody(UserFeaturization{use.is_bool() ? std::optional(use.AsBool()) : std::nullopt});
}

Result<EventBody> ReadLoop(const Json& json) {
  const Json* name = json.Find("name");
  if (!name || !(name->is_null() || name->is_string())) return Malformed("active_loop", "needs `name`: a form or null");
  return EventBody(ActiveLoop{TextOf(*name)});
}

Result<EventBody> ReadInterrupted(const Json& json) {
  return EventBody(LoopInterrupted{json["is_interrupted"].AsBool()});
}
Result<EventBody> ReadValidation(const Json& json) {
  return EventBody(LoopInterrupted{!json["validate"].AsBool(true)});
}

Result<EventBody> ReadRejected(const Json& json) {
  if (!json["name"].is_string()) return Malformed("action_execution_rejected", "needs a text `name`");
  return EventBody(ActionRejected{json["name"].AsString(), json["policy"].AsString(), NumberOf(json["confidence"])});
}

Result<EventBody> ReadReminder(const Json& json) {
  if (!json["date_time"].is_string()) return Malformed("reminder", "needs a text `date_time`");
  return EventBody(ReminderScheduled{json["intent"].AsString(), json["date_time"].AsString(), json["entities"],
                                     json["name"].AsString(), json["kill_on_user_msg"].AsBool(true)});
}

Result<EventBody> ReadCancelled(const Json& json) {
  return EventBody(ReminderCancelled{json["name"], json["intent"], json["entities"]});
}

Result<EventBody> ReadFollowup(const Json& json) {
  if (!json["name"].is_string()) return Malformed("followup", "needs a text `name`");
  return EventBody(FollowupAction{json["name"].AsString()});
}

Result<EventBody> ReadAgent(const Json& json) { return EventBody(AgentUttered{TextOf(json["text"]), json["data"]}); }

Result<EventBody> ReadFailed(const Json& json) {
  return EventBody(ActionFailed{json["name"].AsString(), json["reason"].AsString(), json["message"].AsString()});
}

template <typename Plain>
Result<EventBody> ReadPlain(const Json&) {
  return EventBody(Plain{});
}

Reader FindReader(std::string_view type) {
  static const std::vector<std::pair<std::string_view, Reader>> readers = {
      {"user", ReadUser},
      {"bot", ReadBot},
      {"action", ReadAction},
      {"slot", ReadSlot},
      {"entities", ReadEntities},
      {"user_featurization", ReadFeaturization},
      {"active_loop", ReadLoop},
      {"form", ReadLoop},
      {"loop_interrupted", ReadInterrupted},
      {"form_validation", ReadValidation},
      {"action_execution_rejected", ReadRejected},
      {"reminder", ReadReminder},
      {"cancel_reminder", ReadCancelled},
      {"followup", ReadFollowup},
      {"restart", ReadPlain<Restarted>},
      {"session_started", ReadPlain<SessionStarted>},
      {"reset_slots", ReadPlain<AllSlotsReset>},
      {"rewind", ReadPlain<UserUtteranceReverted>},
      {"undo", ReadPlain<ActionReverted>},
      {"pause", ReadPlain<ConversationPaused>},
      {"resume", ReadPlain<ConversationResumed>},
      {"export", ReadPlain<StoryExported>},
      {"agent", ReadAgent},
      {"action_failed", ReadFailed}};
  for (const auto& [name, reader] : readers) {
    if (name == type) return reader;
  }
  return nullptr;
}

}  // namespace

std::string_view EventTypeName(const Event& event) {
  static constexpr std::array<std::string_view, std::variant_size_v<EventBody>> kNames = {"user",
                                                                                          "bot",
                                                                                          "action",
                                                                                          "slot",
                                                                                          "entities",
                                                                                          "user_featurization",
                                                                                          "active_loop",
                                                                                          "loop_interrupted",
                                                                                          "action_execution_rejected",
                                                                                          "reminder",
                                                                                          "cancel_reminder",
                                                                                          "followup",
                                                                                          "restart",
                                                                                          "session_started",
                                                                                          "reset_slots",
                                                                                          "rewind",
                                                                                          "undo",
                                                                                          "pause",
                                                                                          "resume",
                                                                                          "export",
                                                                                          "agent",
                                                                                          "action_failed"};
  return kNames[event.body.index()];
}

Json EventToJson(const Event& event) {
  Json json = Json::Object(
      {{"event", EventTypeName(event)}, {"timestamp", event.timestamp == 0 ? Json() : Json(event.timestamp)}});
  bool always = event.As<UserUttered>() || event.As<BotUttered>();
  if (event.metadata.size() > 0)
    json.Set("metadata", event.metadata);
  else if (always)
    json.Set("metadata", Json::Object());
  std::visit(Writer{json, event.metadata}, event.body);
  return json;
}

Result<Event> EventFromJson(const Json& json) {
  const Json* type = json.Find("event");
  if (!type || !type->is_string()) return Malformed("?", "needs a text `event`");
  Reader reader = FindReader(type->AsString());
  if (!reader) {
    return Error{ErrorCode::kInvalidArgument, "event_type_unknown", "there is no event type `" + type->AsString() + "`",
                 "use the types of the tracker, like user, bot, action, slot"};
  }
  const Json& timestamp = json["timestamp"];
  if (!timestamp.is_null() && !timestamp.is_number())
    return Malformed(type->AsString(), "needs a number or null as `timestamp`");
  GR_ASSIGN(EventBody body, reader(json));
  const Json& metadata = json["metadata"];
  return Event{
      .body = std::move(body), .timestamp = timestamp.AsDouble(), .metadata = metadata.is_object() ? metadata : Json()};
}

Json EntityToJson(const Entity& entity) {
  Json json = Json::Object({{"entity", entity.entity}});
  // Entities that no text holds, those of triggered intents, have no place in it.
  if (entity.end > 0) json.Set("start", entity.start).Set("end", entity.end);
  if (entity.confidence) json.Set("confidence_entity", *entity.confidence);
  if (!entity.role.empty()) json.Set("role", entity.role);
  if (!entity.group.empty()) json.Set("group", entity.group);
  json.Set("value", entity.value);
  if (!entity.extractor.empty()) json.Set("extractor", entity.extractor);
  if (!entity.processors.empty()) {
    Json processors = Json::List();
    for (const std::string& name : entity.processors) processors.Append(name);
    json.Set("processors", std::move(processors));
  }
  for (const auto& [key, value] : entity.extra.members()) json.Set(key, value);
  return json;
}

Entity EntityFromJson(const Json& json) {
  Entity entity;
  for (const auto& [key, value] : json.members()) {
    if (key == "entity")
      entity.entity = value.AsString();
    else if (key == "value")
      entity.value = value;
    else if (key == "start")
      entity.start = static_cast<int>(value.AsInt());
    else if (key == "end")
      entity.end = static_cast<int>(value.AsInt());
    else if (key == "role")
      entity.role = value.AsString();
    else if (key == "group")
      entity.group = value.AsString();
    else if (key == "extractor")
      entity.extractor = value.AsString();
    else if (key == "confidence_entity")
      entity.confidence = NumberOf(value);
    else if (key == "processors")
      for (const Json& name : value.array()) entity.processors.push_back(name.AsString());
    else
      entity.extra.Set(key, value);
  }
  return entity;
}

Json ParseToJson(const Parse& parse) {
  Json intent = ScoreToJson(parse.intent);
  for (const auto& [key, value] : parse.intent_extra.members()) intent.Set(key, value);
  Json json =
      Json::Object({{"text", parse.text}, {"intent", std::move(intent)}, {"entities", EntitiesToJson(parse.entities)}});
  if (!parse.tokens.empty()) {
    Json tokens = Json::List();
    for (const auto& [start, end] : parse.tokens) tokens.Append(Json::List({start, end}));
    json.Set("text_tokens", std::move(tokens));
  }
  Json ranking = Json::List();
  for (const IntentScore& score : parse.ranking) ranking.Append(ScoreToJson(score));
  if (ranking.size() > 0) json.Set("intent_ranking", std::move(ranking));
  if (!parse.response_selector.is_null()) json.Set("response_selector", parse.response_selector);
  for (const auto& [key, value] : parse.extra.members()) json.Set(key, value);
  return json;
}

Parse ParseFromJson(const Json& json) {
  Parse parse;
  for (const auto& [key, value] : json.members()) {
    if (key == "text")
      parse.text = value.AsString();
    else if (key == "intent")
      ReadIntent(value, parse);
    else if (key == "entities")
      parse.entities = EntitiesFromJson(value);
    else if (key == "intent_ranking")
      for (const Json& score : value.array()) parse.ranking.push_back(ScoreFromJson(score));
    else if (key == "response_selector")
      parse.response_selector = value;
    else if (key == "text_tokens") {
      for (const Json& token : value.array()) {
        if (token.size() == 2)
          parse.tokens.emplace_back(static_cast<int>(token.array()[0].AsInt()),
                                    static_cast<int>(token.array()[1].AsInt()));
      }
    } else
      parse.extra.Set(key, value);
  }
  return parse;
}

}  // namespace greenroom

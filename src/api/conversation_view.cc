#include "api/conversation_view.h"

#include <algorithm>

#include "api/conversation_query.h"

namespace greenroom {
namespace {

constexpr size_t kMaxId = 255;

template <typename T>
Json ListOf(const std::vector<T>& values) {
  Json list = Json::List();
  for (const T& value : values) list.Append(value);
  return list;
}

Json NamesOf(const ConversationCard& card, Facet facet) {
  auto names = card.names.find(facet);
  return names == card.names.end() ? Json::List() : ListOf(names->second);
}

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

std::string LineOf(const Json& event) {
  const std::string& type = event["event"].AsString();
  if (type == "user")
    return "* **user**: " + event["text"].AsString() + " (`" + event["parse_data"]["intent"]["name"].AsString() +
           "`)\n";
  if (type == "bot" || type == "agent") return "  - **" + type + "**: " + event["text"].AsString() + "\n";
  if (type == "action") return "  - `" + event["name"].AsString() + "`\n";
  if (type == "slot") return "  - slot `" + event["name"].AsString() + "` = `" + event["value"].Dump() + "`\n";
  if (type == "active_loop") return "  - active loop `" + event["name"].AsString() + "`\n";
  return "  - _" + type + "_\n";
}

}  // namespace

Json ShowCard(const ConversationCard& card, std::optional<bool> in_training_data) {
  return Json::Object({{"conversation_id", card.key.conversation},
                       {"sender_id", card.key.conversation},
                       {"environment", card.key.environment},
                       {"latest_event_time", card.last_event_time},
                       {"latest_input_channel", TextOrNull(card.last_channel)},
                       {"intents", NamesOf(card, Facet::kIntent)},
                       {"entities", NamesOf(card, Facet::kEntity)},
                       {"actions", NamesOf(card, Facet::kAction)},
                       {"policies", NamesOf(card, Facet::kPolicy)},
                       {"slots", NamesOf(card, Facet::kSlot)},
                       {"minimum_action_confidence", card.minimum_confidence ? Json(*card.minimum_confidence) : Json()},
                       {"in_training_data", in_training_data ? Json(*in_training_data) : Json()},
                       {"n_user_messages", card.users},
                       {"n_bot_messages", card.bots},
                       {"n_events", card.events},
                       {"flagged_messages", ListOf(card.flagged)},
                       {"unflagged_messages", ListOf(card.unflagged)},
                       {"tags", ListOf(card.labels)},
                       {"review_status", card.review},
                       {"model", card.last_model}});
}

Json WithFlags(const Json& events, const std::vector<double>& flags) {
  Json shown = Json::List();
  for (Json event : events.array()) {
    if (!event.is_object()) continue;
    bool flagged = std::find(flags.begin(), flags.end(), event["timestamp"].AsDouble()) != flags.end();
    shown.Append(event.Set("is_flagged", flagged));
  }
  return shown;
}

Json ShowConversation(Json tracker, const std::vector<double>& flags) {
  tracker.Set("events", WithFlags(tracker["events"], flags));
  return tracker.Set("conversation_id", tracker["sender_id"])
      .Set("active_form", tracker["active_loop"]["name"])
      .Set("flagged_messages", ListOf(flags));
}

Json MessagesOf(const Json& events) {
  Json messages = Json::List();
  for (const Json& event : events.array()) {
    const std::string& type = event["event"].AsString();
    if (type == "user" || type == "bot" || type == "agent") messages.Append(event);
  }
  return messages;
}

std::string ShowAsText(const Json& conversation) {
  std::string text = "## " + conversation["conversation_id"].AsString() + "\n";
  for (const Json& event : conversation["events"].array()) text += LineOf(event);
  return text;
}

Result<ConversationKey> KeyOf(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(EnvironmentRecord environment, services.registry.GetEnvironment("default", AskedEnvironment(request)));
  ConversationKey key{.environment = environment.name, .conversation = request.Param("conversation_id")};
  if (key.conversation.size() <= kMaxId) return key;
  return Error{ErrorCode::kInvalidArgument, "bad_request", "the conversation id is longer than 255 bytes"};
}

Reviewer ReviewerOf(const HttpRequest& request) {
  ChangedBy by = ByOf(request);
  return {by.actor, by.address};
}

Json CardSchema() {
  Json text = TypeOf("string"), list = TypeOf("array"), number = TypeOf("number"), count = TypeOf("integer");
  Json optional = Json::Object({{"type", Json::List({"number", "null"})}});
  return Json::Object(
      {{"type", "object"},
       {"properties", Json::Object({{"conversation_id", text},
                                    {"environment", text},
                                    {"latest_event_time", number},
                                    {"latest_input_channel", text},
                                    {"intents", list},
                                    {"entities", list},
                                    {"actions", list},
                                    {"policies", list},
                                    {"slots", list},
                                    {"minimum_action_confidence", optional},
                                    {"in_training_data", Json::Object({{"type", Json::List({"boolean", "null"})}})},
                                    {"n_user_messages", count},
                                    {"n_bot_messages", count},
                                    {"n_events", count},
                                    {"flagged_messages", list},
                                    {"unflagged_messages", list},
                                    {"tags", list},
                                    {"review_status", text},
                                    {"model", text}})}});
}

Json ConversationSchema() {
  Json text = TypeOf("string"), list = TypeOf("array"), object = TypeOf("object");
  return Json::Object({{"type", "object"},
                       {"properties", Json::Object({{"conversation_id", text},
                                                    {"latest_event_time", TypeOf("number")},
                                                    {"events", list},
                                                    {"latest_message", object},
                                                    {"paused", TypeOf("boolean")},
                                                    {"followup_action", text},
                                                    {"slots", object},
                                                    {"latest_input_channel", text},
                                                    {"latest_action_name", text},
                                                    {"active_form", text},
                                                    {"flagged_messages", list}})}});
}

}  // namespace greenroom

#include "dialogue/remote_action.h"

#include <algorithm>

#include "dialogue/date_text.h"
#include "dialogue/responses.h"

namespace greenroom {
namespace {

constexpr const char* kRasaVersion = "3.6.21";  // action servers check the major version

ActionReply Unusable(std::string reason, std::string message) {
  return {.failure = std::move(reason), .message = std::move(message)};
}

bool AllAreNamed(const Json& entities) {
  return std::all_of(entities.array().begin(), entities.array().end(), [](const Json& entity) {
    return entity["entity"].is_string() && entity.Find("value") != nullptr;
  });
}

// Action servers are held to more than stored events are: "" when the event keeps the protocol, else what it breaks.
std::string BreachOf(const Json& event) {
  const Json& timestamp = event["timestamp"];
  if (!timestamp.is_null() && !timestamp.is_number()) return "the `timestamp` of an event must be a number or null";
  const std::string& type = event["event"].AsString();
  if (type == "slot" && event.Find("value") == nullptr) return "a slot event needs a `value`";
  if (type == "user" && !event["parse_data"].is_object()) return "a user event needs its `parse_data`";
  if (!AllAreNamed(event["entities"]) || !AllAreNamed(event["parse_data"]["entities"]))
    return "an entity needs `entity` and `value`";
  if (type == "reminder" && !ReadDateText(event["date_time"].AsString()))
    return "the `date_time` of a reminder is no date: " + event["date_time"].Dump();
  return "";
}

// A reply is used whole or not at all: half a reply would leave the conversation in a state that nobody meant.
ActionReply ReadEvents(const Json& body) {
  ActionReply reply;
  for (const Json& item : body["events"].array()) {
    if (std::string breach = BreachOf(item); !breach.empty())
      return Unusable("action_reply_malformed", std::move(breach));
    Result<Event> event = EventFromJson(item);
    if (!event.ok()) return Unusable("action_reply_malformed", event.error().message);
    reply.events.push_back(std::move(event).value());
    auto* reminder = std::get_if<ReminderScheduled>(&reply.events.back().body);
    if (reminder != nullptr) reminder->date_time = ReadDateText(reminder->date_time).value_or(reminder->date_time);
  }
  for (const Json& item : body["responses"].array()) {
    if (!item.is_object()) return Unusable("action_reply_malformed", "`responses` must hold objects");
    reply.responses.push_back(item);
  }
  return reply;
}

// Either list may be left out, but null is none.
bool IsListOrAbsent(const Json& body, const char* key) {
  const Json* value = body.Find(key);
  return value == nullptr || value->is_array();
}

}  // namespace

Json MakeActionRequest(const std::string& action, const Tracker& tracker) {
  return Json::Object({{"next_action", action},
                       {"sender_id", tracker.conversation_id()},
                       {"tracker", tracker.ToJson(EventScope::kAll)},
                       {"version", kRasaVersion}});
}

ActionReply ReadActionReply(const CallAnswer& answer) {
  if (answer.status == 0) {
    return Unusable(answer.failure.empty() ? "connect_failed" : answer.failure, "the action server gave no answer");
  }
  if (answer.status == 400) {
    ActionReply reply{.rejected = true};
    reply.message = answer.body["error"].AsString();
    return reply;
  }
  if (answer.status == 404) return Unusable("action_not_found", "the action server does not know the action");
  if (answer.status != 200) {
    return Unusable("action_server_status", "the action server answered with status " + std::to_string(answer.status));
  }
  if (!answer.body.is_object()) return Unusable("action_reply_malformed", "the reply is no JSON object");
  if (!IsListOrAbsent(answer.body, "events")) return Unusable("action_reply_malformed", "`events` must be a list");
  if (!IsListOrAbsent(answer.body, "responses"))
    return Unusable("action_reply_malformed", "`responses` must be a list");
  return ReadEvents(answer.body);
}

Json MakeNlgRequest(const std::string& response, const std::optional<std::string>& id, const Tracker& tracker,
                    const std::string& channel) {
  return Json::Object({{"response", response},
                       {"id", id ? Json(*id) : Json()},
                       {"arguments", Json::Object()},
                       {"tracker", tracker.ToJson(EventScope::kAll)},
                       {"channel", Json::Object({{"name", channel}})}});
}

Result<std::optional<BotMessage>> ReadNlgReply(const CallAnswer& answer) {
  if (answer.status == 0) {
    return Error{ErrorCode::kUnavailable, answer.failure.empty() ? "connect_failed" : answer.failure,
                 "the NLG server gave no answer"};
  }
  if (answer.status < 200 || answer.status >= 300) {
    return Error{ErrorCode::kUnavailable, "nlg_server_status",
                 "the NLG server answered with status " + std::to_string(answer.status)};
  }
  const Json& text = answer.body["text"];
  if (!answer.body.is_object() || !(text.is_null() || text.is_string())) {
    return Error{ErrorCode::kDataLoss, "nlg_reply_malformed",
                 "the NLG server's reply must be an object whose `text` is a string"};
  }
  if (answer.body.size() == 0) return std::optional<BotMessage>();
  return std::optional<BotMessage>(MakeBotMessage(answer.body));
}

}  // namespace greenroom

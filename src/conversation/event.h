// Events: the immutable facts of a conversation. Everything else (tracker, slots, history) is a fold over them.
//
// An Event is a closed variant plus a timestamp and metadata. The JSON form is Rasa's (EventToJson, EventFromJson):
// {"event": "slot", "timestamp": 1700000000.5, "name": "city", "value": "Rome"}.
// Thread rules: plain values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace greenroom {

// One recognised entity. Offsets are code points into the message text.
struct Entity {
  std::string entity;
  Json value;
  int start = 0;
  int end = 0;
  std::string role = {};
  std::string group = {};
  std::string extractor = {};
  std::optional<double> confidence = {};  // confidence_entity
  std::vector<std::string> processors = {};
  Json extra = {};  // further members as received (additional_info, confidence_role, ...)
};

struct IntentScore {
  std::string name;  // "" = no intent (JSON null)
  std::optional<double> confidence = {};
};

// What NLU made of a message (Rasa's parse result).
struct Parse {
  std::string text;
  IntentScore intent = {};
  Json intent_extra = {};  // further members of the intent, as received (full_retrieval_intent_name)
  std::vector<IntentScore> ranking = {};
  std::vector<Entity> entities = {};
  std::vector<std::pair<int, int>> tokens = {};  // code point offsets; empty when not tokenized
  Json response_selector = {};                   // null, or {"all_retrieval_intents": [...], "default": {...}}
  Json extra = {};                               // members we do not know, kept as received
};

struct UserUttered {
  std::optional<std::string> text = {};
  Parse parse = {};
  std::string input_channel = {};
  std::string message_id = {};
};
// `data` holds the six keys elements, quick_replies, buttons, attachment, image, custom (null when unused).
struct BotUttered {
  std::optional<std::string> text = {};
  Json data = {};
};
struct ActionExecuted {
  std::string name = {};    // "" when action_text is set
  std::string policy = {};  // "" = null in JSON
  std::optional<double> confidence = {};
  std::optional<std::string> action_text = {};
  bool hide_rule_turn = false;
};
struct SlotSet {
  std::string name;
  Json value = {};
};
struct EntitiesAdded {
  std::vector<Entity> entities = {};
};
struct UserFeaturization {
  std::optional<bool> use_text = {};
};
// A form or another loop began; nullopt = the one that ran ended.
struct ActiveLoop {
  std::optional<std::string> name = {};
};
struct LoopInterrupted {
  bool is_interrupted = false;
};
struct ActionRejected {
  std::string name = {};
  std::string policy = {};
  std::optional<double> confidence = {};
};
struct ReminderScheduled {
  std::string intent;
  std::string date_time;
  Json entities = {};
  std::string name = {};
  bool kill_on_user_message = true;
};
struct ReminderCancelled {
  Json name = {};
  Json intent = {};
  Json entities = {};
};
// The next action is this one, whatever the policies say.
struct FollowupAction {
  std::string name;
};
struct Restarted {};
struct SessionStarted {};
struct AllSlotsReset {};
struct UserUtteranceReverted {};  // "rewind"
struct ActionReverted {};         // "undo"
struct ConversationPaused {};
struct ConversationResumed {};
struct StoryExported {};
// A person answered in place of the assistant.
struct AgentUttered {
  std::optional<std::string> text = {};
  Json data = {};
};
// Ours: an action could not be performed; the turn went on. `reason` is a stable snake_case id.
struct ActionFailed {
  std::string name;
  std::string reason;
  std::string message;
};

using EventBody =
    std::variant<UserUttered, BotUttered, ActionExecuted, SlotSet, EntitiesAdded, UserFeaturization, ActiveLoop,
                 LoopInterrupted, ActionRejected, ReminderScheduled, ReminderCancelled, FollowupAction, Restarted,
                 SessionStarted, AllSlotsReset, UserUtteranceReverted, ActionReverted, ConversationPaused,
                 ConversationResumed, StoryExported, AgentUttered, ActionFailed>;

// What happened, and when. Events are values; once in a list they do not change.
struct Event {
  EventBody body;
  double timestamp = 0;  // unix seconds; 0 = not stamped yet
  Json metadata = {};    // null or an object

  template <typename T>
  const T* As() const {
    return std::get_if<T>(&body);
  }
};

// Rasa's type name of an event: "user", "bot", "action", "slot", ...
std::string_view EventTypeName(const Event& event);
Json EventToJson(const Event& event);
// Reads one event. Errors: event_type_unknown, event_malformed (names the member and what was expected). Accepts the
// legacy names `form` and `form_validation`; ignores unknown extra members.
Result<Event> EventFromJson(const Json& json);

Json ParseToJson(const Parse& parse);
Parse ParseFromJson(const Json& json);
Json EntityToJson(const Entity& entity);
Entity EntityFromJson(const Json& json);

}  // namespace greenroom

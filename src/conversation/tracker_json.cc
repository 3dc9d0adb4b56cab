#include <set>

#include "conversation/tracker.h"

namespace greenroom {
namespace {

Json EmptyMessage() {
  return Json::Object({{"text", Json()}, {"intent", Json::Object({{"name", Json()}, {"confidence", 0.0}})}, {"entities", Json::List()},
                       {"intent_ranking", Json::List()}, {"message_id", Json()}, {"metadata", Json::Object()}});
}

Json LoopToJson(const LoopState& loop) {
  if (loop.name.empty()) return Json::Object();
  return Json::Object({{"name", loop.name}, {"is_interrupted", loop.is_interrupted}, {"rejected", loop.rejected},
                       {"trigger_message", loop.trigger_message}});
}

Json ActionToJson(const ActionExecuted* action) {
  Json json = Json::Object();
  if (!action) return json;
  if (action->action_text) return json.Set("action_text", *action->action_text);
  return json.Set("action_name", action->name);
}

}  // namespace

Json Tracker::ToJson(EventScope scope, std::optional<double> until) const {
  if (until) {
    Tracker earlier(slot_rules_, conversation_id_);
    for (const Event& event : events_) {
      if (event.timestamp <= *until) earlier.Apply(event);
    }
    return earlier.ToJson(scope);
  }
  Json events;
  if (scope == EventScope::kApplied) {
    std::set<std::string> loops;
    for (const Event& event : events_) {
      if (const ActiveLoop* loop = event.As<ActiveLoop>(); loop && loop->name) loops.insert(*loop->name);
    }
    events = Json::List();
    for (const Event* event : AppliedEvents({loops.begin(), loops.end()})) events.Append(EventToJson(*event));
  } else if (scope != EventScope::kNone) {
    size_t begin = 0;
    for (size_t i = 0; scope == EventScope::kAfterRestart && i < events_.size(); ++i) {
      if (events_[i].As<Restarted>()) begin = i + 1;
    }
    events = Json::List();
    for (size_t i = begin; i < events_.size(); ++i) events.Append(EventToJson(events_[i]));
  }
  Json slots = Json::Object();
  for (const auto& [name, value] : slots_) slots.Set(name, value);
  const UserUttered* message = latest_message();
  std::string channel = latest_input_channel();
  const ActionExecuted* action = latest_action();
  // Before its first action a conversation is about to listen.
  Json followup = followup_.empty() ? (action ? Json() : Json("action_listen")) : Json(followup_);
  return Json::Object({{"sender_id", conversation_id_}, {"slots", std::move(slots)},
                       {"latest_message", message ? ParseToJson(message->parse) : EmptyMessage()},
                       {"latest_event_time", events_.empty() ? Json() : Json(latest_event_time())}, {"followup_action", std::move(followup)},
                       {"paused", paused_}, {"events", std::move(events)}, {"latest_input_channel", channel.empty() ? Json() : Json(channel)},
                       {"active_loop", LoopToJson(loop_)}, {"latest_action", ActionToJson(action)},
                       {"latest_action_name", action && !action->name.empty() ? Json(action->name) : Json()}});
}

}  // namespace greenroom

#include "conversation/tracker.h"

namespace greenroom {
namespace {

Json MessageToJson(const std::optional<Event>& message) {
  return EventToJson(message ? *message : Event{.body = UserUttered{}})["parse_data"];
}

Json LoopToJson(const LoopState& loop) {
  if (loop.name.empty()) return Json::Object();
  return Json::Object({{"name", loop.name},
                       {"is_interrupted", loop.is_interrupted},
                       {"rejected", loop.rejected},
                       {"trigger_message", loop.trigger_message}});
}

Json ActionToJson(const ActionExecuted* action) {
  Json json = Json::Object();
  if (!action) return json;
  if (action->action_text) return json.Set("action_text", *action->action_text);
  return json.Set("action_name", action->name);
}

Json EventsInScope(const Tracker& tracker, EventScope scope) {
  if (scope == EventScope::kNone) return {};
  const EventList& events = tracker.events();
  Json list = Json::List();
  if (scope == EventScope::kApplied) {
    for (const Event* event : tracker.applied()) list.Append(EventToJson(*event));
    return list;
  }
  size_t begin = 0;
  for (size_t i = 0; scope == EventScope::kAfterRestart && i < events.size(); ++i) {
    if (events[i].As<Restarted>()) begin = i + 1;
  }
  for (size_t i = begin; i < events.size(); ++i) list.Append(EventToJson(events[i]));
  return list;
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
  Json slots = Json::Object();
  for (const SlotRule& rule : *slot_rules_) slots.Set(rule.name, Slot(rule.name));
  std::string channel = latest_input_channel();
  const ActionExecuted* action = latest_action();
  Json followup = followup_.empty() ? Json() : Json(followup_);
  return Json::Object({{"sender_id", conversation_id_},
                       {"slots", std::move(slots)},
                       {"latest_message", MessageToJson(latest_message_)},
                       {"latest_event_time", events_.empty() ? Json() : Json(latest_event_time())},
                       {"followup_action", std::move(followup)},
                       {"paused", paused_},
                       {"events", EventsInScope(*this, scope)},
                       {"latest_input_channel", channel.empty() ? Json() : Json(channel)},
                       {"active_loop", LoopToJson(loop_)},
                       {"latest_action", ActionToJson(action)},
                       {"latest_action_name", action && !action->name.empty() ? Json(action->name) : Json()}});
}

}  // namespace greenroom

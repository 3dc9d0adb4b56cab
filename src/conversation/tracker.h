// Tracker: the state of one conversation, folded from its events. Nothing is stored that events do not say.
//
//   Tracker tracker(slot_table, "u1");
//   tracker.Apply(event);                         // one fact at a time; replay(events) == live tracker
//   tracker.applied();                            // what policies see: after restarts, undos, merged runs of forms
//
// Semantics: Rasa 3.6 as in spec "Applied events"; order is by sequence, never by timestamp.
// Thread rules: a plain mutable value with one owner; copies are independent.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "conversation/applied_events.h"
#include "conversation/event.h"
#include "conversation/event_list.h"

namespace greenroom {

// What a tracker must know of each slot: its initial value, and how a set value is stored (lists wrap scalars).
struct SlotRule {
  std::string name;
  Json initial_value = {};
  bool is_list = false;
};
using SlotTable = std::vector<SlotRule>;

// The loop (form) that is active.
struct LoopState {
  std::string name;  // "" = none
  bool is_interrupted = false;
  bool rejected = false;
  Json trigger_message = {};  // parse data of the message that was latest at activation
};

enum class EventScope { kNone, kApplied, kAfterRestart, kAll };

struct TrackerFold;

class Tracker {
 public:
  Tracker(std::shared_ptr<const SlotTable> slots, std::string conversation_id);

  void Apply(const Event& event);

  const std::string& conversation_id() const { return conversation_id_; }
  const EventList& events() const { return events_; }
  // What policies see of the history (see applied_events.h); the events are those of events().
  const AppliedList& applied() const { return applied_.list(); }

  const std::map<std::string, Json>& slots() const { return slots_; }
  const Json& Slot(const std::string& name) const;  // null when unset or unknown
  bool HasSlot(const std::string& name) const;
  const LoopState& loop() const { return loop_; }
  bool paused() const { return paused_; }
  const std::string& followup_action() const { return followup_; }  // "" = none
  const UserUttered* latest_message() const;                        // nullptr before the first
  const Json& latest_message_metadata() const;
  const ActionExecuted* latest_action() const;  // nullptr before the first
  const BotUttered* latest_bot_message() const;
  std::string latest_input_channel() const;
  double latest_event_time() const { return events_.empty() ? 0 : events_.back().timestamp; }

  // GET /conversations/{id}/tracker. `until` (unix seconds) leaves out later events; absent = all.
  Json ToJson(EventScope scope, std::optional<double> until = {}) const;

 private:
  friend struct TrackerFold;
  void ResetState();
  void Replay();

  std::shared_ptr<const SlotTable> slot_rules_;
  std::string conversation_id_;
  EventList events_;
  AppliedEvents applied_;
  std::map<std::string, Json> slots_;
  LoopState loop_;
  bool paused_ = false;
  std::string followup_;
  std::optional<Event> latest_message_;
  std::optional<Event> latest_action_;
  std::optional<Event> latest_bot_;
};

}  // namespace greenroom

#include "conversation/tracker.h"

namespace greenroom {
namespace {

const Json kNull;

// List slots wrap a single value, as long as it says something.
Json StoredValue(const SlotRule& rule, const Json& value) {
  if (!rule.is_list || value.is_array() || value.is_falsy()) return value;
  return Json::List({value});
}

}  // namespace

// Applies one event to the state; the list of events is kept by the caller.
struct TrackerFold {
  Tracker& tracker;
  const Event& event;

  void operator()(const UserUttered&) {
    tracker.latest_message_ = event;
    tracker.followup_.clear();
  }
  void operator()(const BotUttered&) { tracker.latest_bot_ = event; }
  void operator()(const ActionExecuted& e) {
    tracker.latest_action_ = event;
    tracker.followup_.clear();
    if (tracker.loop_.name.empty()) return;
    tracker.loop_.is_interrupted = false;
    if (e.name == tracker.loop_.name) tracker.loop_.rejected = false;
  }
  void operator()(const SlotSet& e) {
    for (const SlotRule& rule : *tracker.slot_rules_) {
      if (rule.name == e.name) tracker.slots_[e.name] = StoredValue(rule, e.value);
    }
  }
  void operator()(const ActiveLoop& e) {
    tracker.loop_ = {};
    if (!e.name || e.name->empty()) return;
    tracker.loop_.name = *e.name;
    if (tracker.latest_message_) tracker.loop_.trigger_message = EventToJson(*tracker.latest_message_)["parse_data"];
  }
  void operator()(const LoopInterrupted& e) {
    if (!tracker.loop_.name.empty()) tracker.loop_.is_interrupted = e.is_interrupted;
  }
  void operator()(const ActionRejected& e) {
    if (tracker.followup_ == e.name) tracker.followup_.clear();
    if (!tracker.loop_.name.empty() && e.name == tracker.loop_.name) tracker.loop_.rejected = true;
  }
  // Entities found in the text of an end-to-end story belong to the message that is being answered.
  void operator()(const EntitiesAdded& e) {
    if (!tracker.latest_message_ || !tracker.latest_action_) return;
    if (tracker.latest_action_->As<ActionExecuted>()->name != "action_listen") return;
    std::vector<Entity>& entities = std::get<UserUttered>(tracker.latest_message_->body).parse.entities;
    entities.insert(entities.end(), e.entities.begin(), e.entities.end());
  }
  void operator()(const FollowupAction& e) { tracker.followup_ = e.name; }
  void operator()(const Restarted&) {
    tracker.ResetState();
    tracker.followup_ = "action_session_start";
  }
  void operator()(const SessionStarted&) { tracker.ResetState(); }
  void operator()(const AllSlotsReset&) {
    for (const SlotRule& rule : *tracker.slot_rules_) tracker.slots_[rule.name] = rule.initial_value;
  }
  void operator()(const ConversationPaused&) { tracker.paused_ = true; }
  void operator()(const ConversationResumed&) { tracker.paused_ = false; }
  template <typename Other>
  void operator()(const Other&) {}  // facts that leave the state as it is
};

Tracker::Tracker(std::shared_ptr<const SlotTable> slots, std::string conversation_id)
    : slot_rules_(std::move(slots)), conversation_id_(std::move(conversation_id)) {
  ResetState();
}

void Tracker::ResetState() {
  slots_.clear();
  for (const SlotRule& rule : *slot_rules_) slots_[rule.name] = rule.initial_value;
  loop_ = {};
  paused_ = false;
  // Before anything was said or done a conversation is about to listen; so it is after a rewind that leaves nothing.
  followup_ = "action_listen";
  latest_message_.reset();
  latest_action_.reset();
  latest_bot_.reset();
}

void Tracker::Apply(const Event& event) {
  events_.push_back(event);
  applied_.Add(events_.back(), events_);
  if (event.As<UserUtteranceReverted>() || event.As<ActionReverted>()) return Replay();
  std::visit(TrackerFold{*this, events_.back()}, events_.back().body);
}

void Tracker::Replay() {
  ResetState();
  for (const Event* event : applied()) std::visit(TrackerFold{*this, *event}, event->body);
}

const Json& Tracker::Slot(const std::string& name) const {
  auto slot = slots_.find(name);
  return slot == slots_.end() ? kNull : slot->second;
}

bool Tracker::HasSlot(const std::string& name) const { return slots_.contains(name); }

const UserUttered* Tracker::latest_message() const {
  return latest_message_ ? latest_message_->As<UserUttered>() : nullptr;
}
const Json& Tracker::latest_message_metadata() const { return latest_message_ ? latest_message_->metadata : kNull; }
const ActionExecuted* Tracker::latest_action() const {
  return latest_action_ ? latest_action_->As<ActionExecuted>() : nullptr;
}
const BotUttered* Tracker::latest_bot_message() const { return latest_bot_ ? latest_bot_->As<BotUttered>() : nullptr; }

std::string Tracker::latest_input_channel() const {
  for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
    if (const UserUttered* user = event->As<UserUttered>()) return user->input_channel;
  }
  return "";
}

}  // namespace greenroom

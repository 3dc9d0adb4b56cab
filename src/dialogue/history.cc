#include <algorithm>

#include "dialogue/states.h"

namespace greenroom {
namespace {

std::shared_ptr<const SlotPart> WithoutSlots(const std::shared_ptr<const SlotPart>& slots,
                                             const std::set<std::string, std::less<>>& hidden) {
  if (!slots) return slots;
  auto is_hidden = [&](const auto& entry) { return hidden.contains(entry.first); };
  if (std::none_of(slots->values.begin(), slots->values.end(), is_hidden)) return slots;
  std::vector<std::pair<std::string, std::string>> values = slots->values;
  std::erase_if(values, is_hidden);
  return SlotPart::Make(std::move(values));
}

// A message without intent is known by its text only where a policy asks for texts.
DialogueState WithoutText(DialogueState state) {
  if (state.after_listen() && state.user && !state.user->text.empty())
    state.user = UserPart::Make({}, {}, state.user->entities);
  return state;
}

// Gives the states that learned policies see: turns that rules made are left out as if they had not been.
class VisibleStates {
 public:
  explicit VisibleStates(const RuleOnlyNames& rule_only) : rule_only_(rule_only) {}

  // `hide` is the flag of the action that follows this point; false at the end.
  void Add(const DialogueState& state, const StateFold& fold, bool hide) {
    if (!turn_was_hidden_) {
      last_action_ = state.previous_action;
      last_is_text_ = state.previous_is_text;
    }
    // A followup and the repeated run of a loop leave the turn as it was.
    if (!fold.has_followup() && !fold.previous_is_loop()) turn_was_hidden_ = hide;
    if (turn_was_hidden_) return;
    Keep(state);
  }

  std::vector<DialogueState> Take() {
    std::erase_if(states_, [](const DialogueState& state) {
      return !state.previous_is_text && state.previous_action == kActionUnlikelyIntent;
    });
    if (states_.empty()) states_.emplace_back();
    return std::move(states_);
  }

 private:
  void Keep(DialogueState state) {
    state.slots = WithoutSlots(state.slots, rule_only_.slots);
    if (rule_only_.loops.contains(state.loop)) state.loop.clear();
    if (!states_.empty() && !state.after_listen()) state.user = states_.back().user;
    if (!last_action_.empty()) {
      state.previous_action = last_action_;
      state.previous_is_text = last_is_text_;
    }
    states_.push_back(std::move(state));
  }

  const RuleOnlyNames& rule_only_;
  std::vector<DialogueState> states_;
  std::string last_action_;
  bool last_is_text_ = false;
  bool turn_was_hidden_ = false;
};

}  // namespace

DialogueHistory::DialogueHistory(const StateEncoder& encoder, const Tracker& tracker, const RuleOnlyNames& rule_only)
    : encoder_(&encoder),
      rule_only_(&rule_only),
      applied_(tracker.AppliedEvents(ActivatedLoops(tracker.events()))),
      loop_rejected_(tracker.loop().rejected) {
  StateFold fold(encoder);
  VisibleStates visible(rule_only);
  for (const Event* event : applied_) {
    if (const auto* action = event->As<ActionExecuted>()) {
      states_.push_back(fold.Current());
      visible.Add(states_.back(), fold, action->hide_rule_turn);
    }
    fold.Apply(*event);
  }
  states_.push_back(WithoutText(fold.Current()));
  visible.Add(states_.back(), fold, false);
  visible_ = visible.Take();
  if (const UserUttered* message = tracker.latest_message()) {
    intent_ = message->parse.intent.name.substr(0, message->parse.intent.name.find('/'));
    intent_confidence_ = message->parse.intent.confidence.value_or(1.0);
    text_ = message->text.value_or("");
  }
}

DialogueHistory::DialogueHistory(const StateEncoder& encoder, std::vector<DialogueState> states, bool loop_rejected)
    : encoder_(&encoder), states_(std::move(states)), loop_rejected_(loop_rejected) {
  if (const auto& user = states_.back().user) {
    intent_ = user->intent;
    text_ = user->text;
  }
}

std::vector<DialogueState> DialogueHistory::VisibleFrom(size_t begin) const {
  static const RuleOnlyNames kNothing;
  StateFold fold(*encoder_);
  VisibleStates visible(rule_only_ != nullptr ? *rule_only_ : kNothing);
  for (size_t i = begin; i < applied_.size(); ++i) {
    if (const auto* action = applied_[i]->As<ActionExecuted>())
      visible.Add(fold.Current(), fold, action->hide_rule_turn);
    fold.Apply(*applied_[i]);
  }
  visible.Add(WithoutText(fold.Current()), fold, false);
  return visible.Take();
}

std::optional<DialogueState> DialogueHistory::LastStateByText() const {
  if (!after_listen() || text_.empty()) return std::nullopt;
  DialogueState state = states_.back();
  state.user = UserPart::Make({}, text_, {});
  return state;
}

}  // namespace greenroom

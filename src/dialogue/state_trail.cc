#include "dialogue/state_trail.h"

#include <algorithm>

namespace greenroom {
namespace {

// Undos seldom reach back further than marks do; then all is gone through again.
constexpr size_t kStride = 16, kMarks = 4;

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

const DialogueState* LastOf(const StateList& states) { return states.empty() ? nullptr : &states.back(); }

}  // namespace

std::optional<DialogueState> HiddenTurns::Look(const DialogueState& state, const StateFold& fold, bool hide,
                                               const DialogueState* last_seen, const RuleOnlyNames& rule_only) {
  if (!turn_was_hidden_) {
    last_action_ = state.previous_action;
    last_is_text_ = state.previous_is_text;
  }
  // A followup and the repeated run of a loop leave the turn as it was.
  if (!fold.has_followup() && !fold.previous_is_loop()) turn_was_hidden_ = hide;
  if (turn_was_hidden_) return std::nullopt;
  DialogueState seen = state;
  seen.slots = WithoutSlots(state.slots, rule_only.slots);
  if (rule_only.loops.contains(seen.loop)) seen.loop.clear();
  if (last_seen != nullptr && !seen.after_listen()) seen.user = last_seen->user;
  if (!last_action_.empty()) {
    seen.previous_action = last_action_;
    seen.previous_is_text = last_is_text_;
  }
  return seen;
}

StateTrail::StateTrail(std::shared_ptr<const StateEncoder> encoder, std::shared_ptr<const RuleOnlyNames> rule_only)
    : encoder_(std::move(encoder)), rule_only_(std::move(rule_only)), now_(*encoder_) {}

void StateTrail::CatchUp(const Tracker& tracker) {
  const AppliedList& wanted = tracker.applied();
  if (const size_t same = applied_.CommonPrefix(wanted); same < applied_.size()) GoBackTo(same);
  for (size_t i = applied_.size(); i < wanted.size(); ++i) Take(wanted[i]);
  applied_ = wanted;  // the same, shared: the next comparison passes over all of it
}

void StateTrail::GoBackTo(size_t applied) {
  while (!marks_.empty() && marks_.back().applied > applied) marks_.pop_back();
  applied_.Truncate(marks_.empty() ? 0 : marks_.back().applied);
  now_ = marks_.empty() ? Point(*encoder_) : *marks_.back().point;
}

void StateTrail::Take(const Event* event) {
  if (applied_.size() % kStride == 0 && (marks_.empty() || marks_.back().applied < applied_.size())) {
    marks_.push_back({applied_.size(), std::make_shared<const Point>(now_)});
    if (marks_.size() > kMarks) marks_.pop_front();
  }
  Pass(*event, *rule_only_, now_);
  applied_.push_back(event);
}

void StateTrail::Pass(const Event& event, const RuleOnlyNames& rule_only, Point& point) {
  if (const auto* action = event.As<ActionExecuted>()) {
    point.states.push_back(point.fold.Current());
    auto seen =
        point.hidden.Look(point.states.back(), point.fold, action->hide_rule_turn, LastOf(point.visible), rule_only);
    if (seen) point.visible.push_back(std::move(*seen));
  }
  point.fold.Apply(event);
}

DialogueState StateTrail::Current() const {
  StateFold fold = now_.fold;
  return WithoutText(fold.Current());
}

std::optional<DialogueState> StateTrail::CurrentVisible() const {
  HiddenTurns hidden = now_.hidden;
  return hidden.Look(Current(), now_.fold, false, LastOf(now_.visible), *rule_only_);
}

std::vector<DialogueState> StateTrail::VisibleFrom(size_t begin) const {
  Point point(*encoder_);
  for (size_t i = begin; i < applied_.size(); ++i) Pass(*applied_[i], *rule_only_, point);
  std::vector<DialogueState> states(point.visible.begin(), point.visible.end());
  auto last =
      point.hidden.Look(WithoutText(point.fold.Current()), point.fold, false, LastOf(point.visible), *rule_only_);
  if (last) states.push_back(std::move(*last));
  return states;
}

}  // namespace greenroom

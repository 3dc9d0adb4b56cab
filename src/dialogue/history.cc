#include "dialogue/history.h"

#include <algorithm>

namespace greenroom {
namespace {

bool IsUnlikelyIntent(const DialogueState& state) {
  return !state.previous_is_text && state.previous_action == kActionUnlikelyIntent;
}

// Policies always have a state to look at.
std::vector<DialogueState> Seen(std::vector<DialogueState> states) {
  std::erase_if(states, IsUnlikelyIntent);
  if (states.empty()) states.emplace_back();
  return states;
}

std::vector<DialogueState> LastVisible(const StateTrail& trail, const HistoryReach& reach) {
  std::vector<DialogueState> newest_first;
  size_t turns = 0;
  const auto add = [&](const DialogueState& state) {
    if (IsUnlikelyIntent(state)) return;
    turns += state.after_listen() ? 1 : 0;
    newest_first.push_back(state);
  };
  if (auto now = trail.CurrentVisible()) add(*now);
  for (auto state = trail.visible().rbegin(); state != trail.visible().rend(); ++state) {
    if (newest_first.size() >= reach.visible && turns >= reach.turns) break;
    add(*state);
  }
  std::reverse(newest_first.begin(), newest_first.end());
  return Seen(std::move(newest_first));
}

std::vector<DialogueState> LastStates(const StateTrail& trail, size_t count) {
  const size_t before = std::min(trail.states().size(), std::max<size_t>(count, 1) - 1);
  std::vector<DialogueState> states;
  states.reserve(before + 1);
  for (size_t i = trail.states().size() - before; i < trail.states().size(); ++i) states.push_back(trail.states()[i]);
  states.push_back(trail.Current());
  return states;
}

}  // namespace

HistoryReach Further(const HistoryReach& a, const HistoryReach& b) {
  return {.states = std::max(a.states, b.states),
          .visible = std::max(a.visible, b.visible),
          .turns = std::max(a.turns, b.turns)};
}

DialogueHistory::DialogueHistory(const StateTrail& trail, const Tracker& tracker, const HistoryReach& reach)
    : trail_(&trail),
      states_(LastStates(trail, reach.states)),
      visible_(LastVisible(trail, reach)),
      loop_rejected_(tracker.loop().rejected) {
  if (const UserUttered* message = tracker.latest_message()) {
    intent_ = message->parse.intent.name.substr(0, message->parse.intent.name.find('/'));
    intent_confidence_ = message->parse.intent.confidence.value_or(1.0);
    text_ = message->text.value_or("");
  }
}

DialogueHistory::DialogueHistory(std::vector<DialogueState> states, bool loop_rejected)
    : states_(std::move(states)), loop_rejected_(loop_rejected) {
  if (const auto& user = states_.back().user) {
    intent_ = user->intent;
    text_ = user->text;
  }
}

std::vector<DialogueState> DialogueHistory::VisibleFrom(size_t begin) const { return Seen(trail_->VisibleFrom(begin)); }

std::optional<DialogueState> DialogueHistory::LastStateByText() const {
  if (!after_listen() || text_.empty()) return std::nullopt;
  DialogueState state = states_.back();
  state.user = UserPart::Make({}, text_, {});
  return state;
}

}  // namespace greenroom

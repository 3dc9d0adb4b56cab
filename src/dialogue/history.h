// DialogueHistory: a conversation as policies see it at one point, built once for a prediction and shared by all of
// them.
//
//   DialogueHistory history(trail, tracker, reach);
//   history.states().back().previous_action
//
// Only as much of the past is laid out as some policy of the model can tell apart (HistoryReach); the cost of a
// prediction does not grow with the conversation.
// Thread rules: const after construction; refers to the trail, which must outlive it and stay as it is.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dialogue/state_trail.h"

namespace greenroom {

// How much of the end of a conversation a policy looks at. A list that is shorter than asked for is the whole one.
struct HistoryReach {
  size_t states = 1;   // of DialogueHistory::states
  size_t visible = 1;  // of DialogueHistory::visible, at least
  size_t turns = 0;    // of it, from so many user turns back on, at least
};
HistoryReach Further(const HistoryReach& a, const HistoryReach& b);

class DialogueHistory {
 public:
  // `trail` has caught up with `tracker`.
  DialogueHistory(const StateTrail& trail, const Tracker& tracker, const HistoryReach& reach);
  // Of a training conversation: the states so far. Loops count as rejected when `loop_rejected`.
  DialogueHistory(std::vector<DialogueState> states, bool loop_rejected);

  // The last states, oldest first; the last one is that of now.
  const std::vector<DialogueState>& states() const { return states_; }
  // The same without turns that rules hid, without names only rules know, without action_unlikely_intent.
  const std::vector<DialogueState>& visible() const { return visible_; }
  // Everything that came before: for policies that look at it in their own way. nullptr in training.
  const StateTrail* trail() const { return trail_; }
  // The visible states when the conversation began with the applied event at `begin`.
  std::vector<DialogueState> VisibleFrom(size_t begin) const;

  const std::string& latest_action() const { return states_.back().previous_action; }
  bool after_listen() const { return states_.back().after_listen(); }
  std::string_view active_loop() const { return states_.back().active_loop(); }
  bool loop_rejected() const { return loop_rejected_; }
  // Of the latest user message: base name of the intent ("" when there is none), its confidence, the text.
  const std::string& intent() const { return intent_; }
  double intent_confidence() const { return intent_confidence_; }
  const std::string& text() const { return text_; }
  // The last state with the user's text in place of intent and entities; nullopt when no text was just said.
  std::optional<DialogueState> LastStateByText() const;

 private:
  const StateTrail* trail_ = nullptr;
  std::vector<DialogueState> states_;
  std::vector<DialogueState> visible_;
  bool loop_rejected_ = false;
  std::string intent_, text_;
  double intent_confidence_ = 1;
};

}  // namespace greenroom

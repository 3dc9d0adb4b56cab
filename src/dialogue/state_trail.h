// StateTrail: the dialogue states of a conversation, kept up with its events, so that the next prediction costs what
// was added and not how long the conversation is.
//
//   StateTrail trail(encoder, rule_only);
//   trail.CatchUp(tracker);          // before each prediction; after an undo it goes back to a point before it
//   trail.states().back()            // the state before the last action
//
// A trail belongs to the encoder that it was made with: that of another model says so (IsOf) and is thrown away.
// Catching up gives the same states as beginning anew; how far that can be avoided is only a matter of time. Thread
// rules: a plain value with one owner; copies share the past and are cheap.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "conversation/tracker.h"
#include "dialogue/states.h"

namespace greenroom {

using StateList = SharedList<DialogueState>;

// Decides which states learned policies see: turns that rules made are left out as if they had not been.
class HiddenTurns {
 public:
  // The state as learned policies see it, or nothing when its turn is hidden. `hide` is the flag of the action that
  // follows this point (false at the end), `last_seen` the state that was seen before (nullptr = none).
  std::optional<DialogueState> Look(const DialogueState& state, const StateFold& fold, bool hide,
                                    const DialogueState* last_seen, const RuleOnlyNames& rule_only);

 private:
  std::string last_action_;
  bool last_is_text_ = false;
  bool turn_was_hidden_ = false;
};

class StateTrail {
 public:
  StateTrail(std::shared_ptr<const StateEncoder> encoder, std::shared_ptr<const RuleOnlyNames> rule_only);

  bool IsOf(const std::shared_ptr<const StateEncoder>& encoder) const { return encoder_ == encoder; }
  void CatchUp(const Tracker& tracker);

  const AppliedList& applied() const { return applied_; }
  // The state before each action that was executed.
  const StateList& states() const { return now_.states; }
  // Of these, as learned policies see them; still with action_unlikely_intent.
  const StateList& visible() const { return now_.visible; }
  // The state now, with the message's text taken out unless it is all there is to know; what learned policies see of
  // it.
  DialogueState Current() const;
  std::optional<DialogueState> CurrentVisible() const;
  // The visible states, the one of now included, when the conversation began with the applied event at `begin`.
  std::vector<DialogueState> VisibleFrom(size_t begin) const;

 private:
  struct Point {
    explicit Point(const StateEncoder& encoder) : fold(encoder) {}
    StateFold fold;
    HiddenTurns hidden;
    StateList states, visible;
  };
  // What was known after so many applied events: where an undo goes on from.
  struct Mark {
    size_t applied;
    std::shared_ptr<const Point> point;
  };

  void GoBackTo(size_t applied);
  void Take(const Event* event);
  static void Pass(const Event& event, const RuleOnlyNames& rule_only, Point& point);

  std::shared_ptr<const StateEncoder> encoder_;
  std::shared_ptr<const RuleOnlyNames> rule_only_;
  AppliedList applied_;  // what the point is made of
  Point now_;
  std::deque<Mark> marks_;  // the newest few, oldest first
};

}  // namespace greenroom

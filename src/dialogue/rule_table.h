// RuleTable: what rules say, as patterns of states with the action that follows, found by walking back through a
// conversation.
//
// A rule holds when, going back from the latest state, each of its states agrees with the conversation: what it names
// must be equal, what it demands to be unset must be absent, anything else may be there. A state without previous
// action (conversation_start) agrees only with the start of a conversation. Of several rules the one with the longest
// text wins; equal lengths go to the greater text.
//
// The loop table says what stories and rules do inside active loops: kInterrupted where a loop goes on after an answer
// to something else (it must not validate then), kNotTheLoop where some other action follows an action.
//
// Thread rules: plain values, const after training.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "dialogue/states.h"
#include "dialogue/story_trackers.h"

namespace greenroom {

// A pattern of states, oldest first, and what follows.
struct RuleEntry {
  std::string text;  // of the states: the identity of the rule
  std::vector<DialogueState> states;
  std::string action;
  std::vector<std::string> names = {};  // of the rules that say so, as far as known
};

class RuleTable {
 public:
  RuleTable() = default;
  RuleTable(RuleTable&&) = default;  // not copied: the index points into the entries
  RuleTable& operator=(RuleTable&&) = default;

  // Learns from conversations as states (see RuleStates); a pattern with two different actions is dropped for good.
  // Patterns begin after the last snippet marker; entries that predict the marker are left out.
  void Learn(std::span<const DialogueState> states, const std::string& action, const std::string& name = {});
  // Call once after the last Learn.
  void Finish();

  // The rule that applies, or nullptr.
  const RuleEntry* Find(std::span<const DialogueState> states) const;
  // All that apply, in text order.
  std::vector<const RuleEntry*> FindAll(std::span<const DialogueState> states) const;
  void Erase(const std::string& text);
  bool HasLongerStart(const std::string& text) const;  // another rule begins as this one does
  const std::map<std::string, RuleEntry>& entries() const { return entries_; }

  Json ToJson() const;
  static Result<RuleTable> FromJson(const Json& json);

 private:
  void Index();

  std::map<std::string, RuleEntry> entries_;
  std::set<std::string> ambiguous_;
  std::map<std::string, std::vector<const RuleEntry*>, std::less<>> by_previous_;  // previous action of the last state
};

// The text of the states after the last snippet marker; "" when the marker is the last state.
std::string RuleKey(std::span<const DialogueState> states);

inline constexpr std::string_view kInterrupted = "loop_was_interrupted";
inline constexpr std::string_view kNotTheLoop = "do_not_predict_loop_action";

// States before each action of a conversation with the action, for those that can be predicted.
struct LabelledStates {
  std::vector<DialogueState> states;  // all of the conversation
  struct Example {
    size_t count;
    std::string action;
  };  // the first `count` states lead to `action`
  std::vector<Example> examples;
};
LabelledStates LabelStates(const StateEncoder& encoder, const TrainingConversation& conversation, SlotScope scope);

// The pattern under which the loop table knows a situation: the last state and the action before it.
std::vector<DialogueState> LoopPattern(std::span<const DialogueState> states);
// What the loop table learns from one example; "" when nothing.
std::string_view LoopVerdict(const DialogueState& last, const std::string& action);

}  // namespace greenroom

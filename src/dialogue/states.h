// Dialogue states: what policies see of a conversation. A state stands before every action and has up to four parts:
// what the user said last, the slots, the previous action and the active loop. Parts without content are absent.
//
//   StateEncoder encoder(domain);
//   StateFold fold(encoder);
//   for (const Event* event : applied) { if (event->As<ActionExecuted>()) states.push_back(fold.Current());
//   fold.Apply(*event); }
//
// The text of a state (AppendText) is its identity: JSON with sorted keys and ", " and ": " between members, as Rasa
// writes it. Rules choose among themselves by the length of that text, so every character of it counts:
//   {"prev_action": {"action_name": "action_listen"}, "slots": {"hot": [1.0, 1.0]}, "user": {"intent": "order"}}
//
// Thread rules: an encoder is const and may be shared; folds and states are plain values.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/domain.h"
#include "conversation/tracker.h"

namespace greenroom {

// The action name that stands for "anything may have happened here" in rules.
inline constexpr std::string_view kRuleSnippetAction = "...";
inline constexpr std::string_view kActionListen = "action_listen";
inline constexpr std::string_view kActionUnlikelyIntent = "action_unlikely_intent";
// Value of a slot event, or name of a loop event, of a rule that demands absence. Never occurs in conversations.
inline constexpr std::string_view kMustBeUnset = "\x02must_be_unset";
// How absence is written in the text of a state.
inline constexpr std::string_view kUnsetText = "should_not_be_set";

// What the user said: an intent with entity labels, or a text of its own (end-to-end turns).
struct UserPart {
  std::string intent = {};
  std::string text = {};
  std::vector<std::string> entities = {};  // sorted labels: "city", "city#from"
  std::string json = {};

  static std::shared_ptr<const UserPart> Make(std::string intent, std::string text, std::vector<std::string> entities);
};

// Slots with their features as JSON text ("[1.0]"), sorted by name; a demanded absence is "\"should_not_be_set\"".
struct SlotPart {
  std::vector<std::pair<std::string, std::string>> values = {};
  std::string json = {};

  // nullptr when `values` is empty.
  static std::shared_ptr<const SlotPart> Make(std::vector<std::pair<std::string, std::string>> values);
  // nullptr when the slot has no features here.
  const std::string* Find(std::string_view name) const;
};

struct DialogueState {
  std::shared_ptr<const UserPart> user = {};  // nullptr = no such part; the same for slots
  std::shared_ptr<const SlotPart> slots = {};
  std::string previous_action = {};  // "" at the start of a conversation
  bool previous_is_text = false;     // previous_action is an end-to-end bot text
  std::string loop = {};             // "" = none; kUnsetText in rules

  bool after_listen() const { return !previous_is_text && previous_action == kActionListen; }
  // The loop that is active; "" also where a rule demands that none is.
  std::string_view active_loop() const { return loop == kUnsetText ? std::string_view() : std::string_view(loop); }
  void AppendText(std::string& out) const;
  friend bool operator==(const DialogueState& a, const DialogueState& b);
};

// "[state, state]", the text by which rules and memories are found.
std::string StatesText(std::span<const DialogueState> states);

// Slots and loops that occur in rules only: learned policies must not see them.
struct RuleOnlyNames {
  std::set<std::string, std::less<>> slots = {};
  std::set<std::string, std::less<>> loops = {};
  bool empty() const { return slots.empty() && loops.empty(); }
};

// What a domain says about states: features of slots and the entities that count with each intent.
class StateEncoder {
 public:
  explicit StateEncoder(const Domain& domain);

  // The features of a value as JSON text, "" when all are zero or the slot does not count. `slot` < slot_count().
  std::string SlotFeatures(size_t slot, const Json& value) const;
  int FindSlot(std::string_view name) const;  // -1 when unknown
  size_t slot_count() const { return slots_.size(); }
  const SlotDef& slot(size_t index) const { return slots_[index]; }
  bool is_featurized(size_t index) const;
  bool IsListSlot(std::string_view name) const;
  const std::vector<std::string>& initial_features() const { return initial_; }
  // Labels of the entities that count with this intent, sorted and unique.
  std::vector<std::string> EntityLabels(const std::string& intent, const std::vector<Entity>& entities) const;

 private:
  std::vector<SlotDef> slots_;  // sorted by name
  std::vector<std::string> initial_;
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> wanted_;  // by intent
};

enum class SlotScope { kAll, kOnlyExplicit };  // kOnlyExplicit leaves out initial values

// Walks applied events and gives the state at each point.
class StateFold {
 public:
  explicit StateFold(const StateEncoder& encoder);
  void Apply(const Event& event);
  DialogueState Current(SlotScope scope = SlotScope::kAll);

  bool has_followup() const { return has_followup_; }
  // Whether the previous action is the active loop itself; also true when there is neither.
  bool previous_is_loop() const { return (previous_is_text_ ? "" : previous_action_) == active_loop(); }
  const std::string& previous_action() const { return previous_action_; }
  std::string_view active_loop() const { return loop_ == kUnsetText ? std::string_view() : std::string_view(loop_); }

 private:
  void SetSlot(const SlotSet& event);
  void ResetSlots();
  void TakeMessage(const UserUttered& message);
  void RebuildUser();

  const StateEncoder* encoder_;
  std::vector<std::string> features_;  // by slot
  std::vector<char> explicit_;
  std::shared_ptr<const SlotPart> slots_[2];  // by SlotScope; rebuilt when stale
  bool stale_[2] = {true, true};
  bool seen_message_ = false;
  std::string intent_, text_;
  std::vector<Entity> entities_;
  bool use_text_ = false;
  std::shared_ptr<const UserPart> user_;
  std::string previous_action_;
  bool previous_is_text_ = false;
  std::string loop_;
  bool has_followup_ = true;  // a conversation begins as if a listen had been asked for
};

// The last `max_history` states; all when it is 0.
std::span<const DialogueState> LastStates(const std::vector<DialogueState>& states, size_t max_history);

}  // namespace greenroom

// RuleBook: everything that rules and loops decide, without scores: the tables and the order of precedence.
//
//   RuleDecision decision = book.Decide(history);
//   if (decision.action.empty()) ...               // no rule applies
//
// Order: a rule on the user's text (found first, given last of these) - default intents (restart, back, session_start)
// - the active loop (the loop itself, then listen) unless it was rejected - the rule on the text - the rule on the
// intent. Inside a loop, a listen from a rule that does not speak of a loop leads back into the loop, unless stories or
// rules go on with something else there.
//
// Thread rules: const after training.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dialogue/history.h"
#include "dialogue/rule_table.h"

namespace greenroom {

struct RuleDecision {
  std::string action = {};              // "" = nothing
  std::string source = {};              // text of the rule, or what else decided; "" when nothing applied
  std::vector<std::string> rules = {};  // names of the rules behind it
  bool no_user = false;                 // made without looking at what the user said
  bool end_to_end = false;
  bool loop_interrupted = false;  // the loop must not validate in its next run
};

// The action of a default intent, or "". Example: "restart" -> "action_restart".
std::string_view DefaultIntentAction(std::string_view intent);
// The source of a decision for a default intent.
std::string DefaultIntentSource(std::string_view intent);
// The source of a decision for an active loop: `action` is the loop itself or action_listen.
std::string LoopSource(std::string_view loop, std::string_view action);

class RuleBook {
 public:
  // Learns rules, and from rules and stories what happens inside loops.
  static RuleBook Learn(const StateEncoder& encoder, const std::vector<TrainingConversation>& conversations);

  RuleDecision Decide(const DialogueHistory& history) const;
  RuleTable& rules() { return rules_; }
  size_t longest() const;  // states of the longest rule

  Json ToJson() const;
  static Result<RuleBook> FromJson(const Json& json);

 private:
  RuleDecision FromRules(const DialogueHistory& history, std::span<const DialogueState> states) const;
  RuleDecision FromLoop(const DialogueHistory& history) const;
  void NoteTextRules();

  RuleTable rules_;
  RuleTable loops_;  // "action" is kInterrupted or kNotTheLoop
  bool has_text_rules_ = false;
};

}  // namespace greenroom

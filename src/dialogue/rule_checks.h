// What must hold of rules before an assistant may train, each problem reported with its rule.
//
// Codes (all errors, all problems collected; the wording is that which Rasa's users know):
//   R101 a rule has more than one user message         R102 incomplete rule: an action sets slots or loops elsewhere
//   R103 a rule or story contradicts a rule            R104 the fallback action is not in the domain
//   R105 a rule names an action that the domain does not have
// and warnings: R106 a rule demands null of a list; S305 a story names an action that the domain does not have, which
// is never predicted.
//
// Thread rules: pure functions over const data, except that CheckContradictions may drop rules from the book.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "dialogue/policy.h"
#include "dialogue/rule_book.h"

namespace greenroom {

void CheckUserTurns(const std::vector<TrainingConversation>& conversations, Diagnostics& diagnostics);
void CheckActionNames(const std::vector<TrainingConversation>& conversations, const ActionIndex& actions,
                      Diagnostics& diagnostics);
// What `null` means for a list differs from what Rasa made of it.
void CheckListConditions(const StateEncoder& encoder, const std::vector<TrainingConversation>& conversations,
                         Diagnostics& diagnostics);
// An action that is followed by slots or loops in one rule must be followed by them wherever a rule goes on after it.
void CheckIncompleteRules(const StateEncoder& encoder, const std::vector<TrainingConversation>& conversations,
                          Diagnostics& diagnostics);

// Predicts every action of every rule and story with its true history. A listen of a rule that only ends a snippet is
// dropped from the book when a story goes on there and another rule begins in the same way.
// Returns the sources of decisions that no story needed: turns that they make are hidden from learned policies.
struct ContradictionOptions {
  std::string fallback_action;          // what counts as "no rule applies"
  std::vector<std::string> loops = {};  // of the domain
};
std::set<std::string> CheckContradictions(const StateEncoder& encoder,
                                          const std::vector<TrainingConversation>& conversations, RuleBook& book,
                                          const ContradictionOptions& options, Diagnostics& diagnostics);

// Slots and loops in the states of rules and not in those of stories.
RuleOnlyNames FindRuleOnlyNames(const StateEncoder& encoder, const std::vector<TrainingConversation>& conversations);

}  // namespace greenroom

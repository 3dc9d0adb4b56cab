#include "dialogue/rule_checks.h"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

#include "base/text.h"

namespace greenroom {
namespace {

const std::string& LabelOf(const ActionExecuted& action) {
  return action.action_text ? *action.action_text : action.name;
}

std::string Quoted(const std::vector<std::string>& names) { return "'" + Join(names, ", ") + "'"; }

// Walks a conversation and calls `check` before every action that something before it could predict.
class PredictableActions {
 public:
  struct Step {
    const std::vector<DialogueState>& states;  // up to now
    const std::string& action;                 // that follows
    bool& loop_rejected;
  };

  static void Visit(const StateEncoder& encoder, const TrainingConversation& conversation, SlotScope scope,
                    const std::function<void(const Step&)>& check) {
    StateFold fold(encoder);
    std::vector<DialogueState> states;
    bool skip_next = true, loop_rejected = false;
    for (size_t i = 0; i < conversation.events.size(); ++i) {
      const Event& event = conversation.events[i];
      if (event.As<ActiveLoop>() != nullptr) loop_rejected = false;
      if (const auto* action = event.As<ActionExecuted>()) {
        states.push_back(fold.Current(scope));
        if (action->name == kRuleSnippetAction) {
          skip_next = true;
        } else if (skip_next || conversation.unpredictable[i] != 0) {
          skip_next = false;
        } else {
          check({states, LabelOf(*action), loop_rejected});
        }
        if (action->name == fold.active_loop()) loop_rejected = false;
      }
      fold.Apply(event);
    }
  }
};

// What rules set after an action, anywhere.
struct AfterAction {
  std::set<std::string> slots = {};
  std::set<std::string> loops = {};
};

std::map<std::string, AfterAction> FindAfterActions(const StateEncoder& encoder,
                                                    const std::vector<TrainingConversation>& conversations) {
  std::map<std::string, AfterAction> fingerprints;
  for (const TrainingConversation& rule : conversations) {
    if (!rule.is_rule) continue;
    std::string action;
    for (const Event& event : rule.events) {
      if (const auto* executed = event.As<ActionExecuted>()) action = executed->name;
      if (event.As<UserUttered>() != nullptr) action.clear();
      if (action.empty()) continue;
      if (const auto* slot = event.As<SlotSet>()) {
        const int index = encoder.FindSlot(slot->name);
        if (index >= 0 && encoder.is_featurized(static_cast<size_t>(index)))
          fingerprints[action].slots.insert(slot->name);
      } else if (const auto* loop = event.As<ActiveLoop>()) {
        const std::string name = loop->name.value_or("");
        fingerprints[action].loops.insert(name == kMustBeUnset ? std::string(kUnsetText) : name);
      }
    }
  }
  return fingerprints;
}

constexpr const char* kIncompleteHelp =
    "add the missing step, or, if this action is the last of the rule, `wait_for_user_input: false` after it; what "
    "must not be set "
    "is written as `null`";

void ReportMissing(const TrainingConversation& rule, const std::string& action, const AfterAction& expected,
                   const DialogueState& state, Diagnostics& diagnostics) {
  std::vector<std::string> missing;
  for (const std::string& slot : expected.slots) {
    if (!state.slots || state.slots->Find(slot) == nullptr) missing.push_back(slot);
  }
  if (!missing.empty()) {
    diagnostics.Add(
        {.code = "R102",
         .message = "incomplete rule: the action '" + action + "' in rule '" + rule.name +
                    "' does not set some of the slots that it sets in other rules; slots not set in rule '" +
                    rule.name + "': " + Quoted(missing),
         .span = rule.span,
         .help = kIncompleteHelp});
  }
  if (expected.loops.empty() || expected.loops.contains(state.loop)) return;
  std::vector<std::string> loops;
  for (const std::string& loop : expected.loops) loops.push_back(loop == kUnsetText ? "null" : loop);
  diagnostics.Add({.code = "R102",
                   .message = "incomplete rule: the form '" + action + "' in rule '" + rule.name +
                              "' does not set the 'active_loop', that it sets in other rules: " + Quoted(loops),
                   .span = rule.span,
                   .help = kIncompleteHelp});
}

// Runs the rule book over all training conversations.
class ContradictionCheck {
 public:
  ContradictionCheck(const StateEncoder& encoder, RuleBook& book, const ContradictionOptions& options,
                     Diagnostics& diagnostics)
      : encoder_(encoder),
        book_(book),
        options_(options),
        fallback_(options.fallback_action),
        diagnostics_(diagnostics),
        window_(book.longest() + 1) {}

  std::set<std::string> Run(const std::vector<TrainingConversation>& conversations) {
    // Rules first: the reports name the rules behind a decision.
    for (const TrainingConversation& rule : conversations) {
      if (rule.is_rule) Visit(rule, &ContradictionCheck::Collect);
    }
    for (const TrainingConversation& conversation : conversations) Visit(conversation, &ContradictionCheck::Compare);
    std::set<std::string> unused;
    for (const char* intent : {"restart", "back", "session_start"}) unused.insert(DefaultIntentSource(intent));
    for (const std::string& loop : options_.loops) {
      unused.insert(LoopSource(loop, loop));
      unused.insert(LoopSource(loop, kActionListen));
    }
    for (const auto& [source, origins] : sources_) unused.insert(source);
    for (const std::string& source : used_in_stories_) unused.erase(source);
    return unused;
  }

 private:
  struct Guess {
    std::string action;
    std::string source;
  };
  using Handler = void (ContradictionCheck::*)(const TrainingConversation&, const std::string& gold, const Guess&);

  void Visit(const TrainingConversation& conversation, Handler handler) {
    PredictableActions::Visit(encoder_, conversation, SlotScope::kAll, [&](const PredictableActions::Step& step) {
      (this->*handler)(conversation, step.action, Predict(conversation, step));
    });
  }

  RuleDecision Decide(const PredictableActions::Step& step) const {
    const std::span<const DialogueState> last = LastStates(step.states, window_);
    return book_.Decide(DialogueHistory({last.begin(), last.end()}, step.loop_rejected));
  }

  Guess Predict(const TrainingConversation& conversation, const PredictableActions::Step& step) const {
    RuleDecision decision = Decide(step);
    const std::string_view loop = step.states.back().active_loop();
    // A loop is always predicted first; where the conversation does something else, the loop was rejected.
    if (!loop.empty() && decision.action != step.action && decision.action == loop) {
      step.loop_rejected = true;
      decision = Decide(step);
    }
    Guess guess{.action = decision.action, .source = decision.source};
    if (!conversation.is_rule) return guess;
    // Stories may go where no rule leads; a rule must be found again, so that nothing counts as the fallback there.
    if (guess.action.empty()) guess.action = fallback_;
    if (guess.source.empty()) guess.source = RuleKey(step.states);
    return guess;
  }

  void Collect(const TrainingConversation& rule, const std::string& gold, const Guess& guess) {
    const bool built_in =
        guess.source.starts_with("predicting default action") || guess.source.starts_with("handling active loops");
    auto& origins = sources_[guess.source];
    std::pair<std::string, std::string> origin{built_in ? guess.source : rule.name, built_in ? guess.action : gold};
    if (std::find(origins.begin(), origins.end(), origin) == origins.end()) origins.push_back(std::move(origin));
  }

  void Compare(const TrainingConversation& conversation, const std::string& gold, const Guess& guess) {
    if (!conversation.is_rule && guess.action == gold) used_in_stories_.insert(guess.source);
    if (guess.action.empty() || guess.action == gold) return;
    if (IsSnippetEnd(conversation, guess)) {
      book_.rules().Erase(guess.source);
      return;
    }
    if (DemandsAnEmptyList(guess.source)) return;
    std::vector<std::string> contradicting;
    for (const auto& [name, action] : sources_[guess.source]) {
      if (action != gold && std::find(contradicting.begin(), contradicting.end(), name) == contradicting.end())
        contradicting.push_back(name);
    }
    contradicting = NotYetReported(conversation, std::move(contradicting));
    if (!contradicting.empty()) Report(conversation, gold, guess, contradicting);
  }

  // A listen that a rule predicts right after its only action is no claim when a story goes on there and another rule
  // begins in the same way.
  bool IsSnippetEnd(const TrainingConversation& conversation, const Guess& guess) {
    if (conversation.is_rule || guess.action != kActionListen) return false;
    const size_t first = guess.source.find("prev_action");
    if (first != std::string::npos && guess.source.find("prev_action", first + 1) != std::string::npos) return false;
    return book_.rules().HasLongerStart(guess.source);
  }

  // A list that must be empty is a demand of ours (see docs/fidelity.md): such a rule may stand beside a general one.
  bool DemandsAnEmptyList(const std::string& source) const {
    const auto& rules = book_.rules().entries();
    const auto rule = rules.find(source);
    if (rule == rules.end()) return false;
    for (const DialogueState& state : rule->second.states) {
      if (!state.slots) continue;
      for (const auto& [name, features] : state.slots->values) {
        if (features.front() == '"' && encoder_.IsListSlot(name)) return true;
      }
    }
    return false;
  }

  // A story with `or` is checked as many conversations; what it has against a rule is told once.
  std::vector<std::string> NotYetReported(const TrainingConversation& conversation, std::vector<std::string> rules) {
    const SourceSpan& span = conversation.span;
    const auto place = std::tuple(conversation.name, span.file, span.line);
    std::erase_if(rules, [&](const std::string& rule) { return !reported_.emplace(place, rule).second; });
    return rules;
  }

  void Report(const TrainingConversation& conversation, const std::string& gold, const Guess& guess,
              const std::vector<std::string>& rules) {
    std::string message = "the prediction of the action '" + gold + "' in " +
                          (conversation.is_rule ? "rule" : "story") + " '" + conversation.name +
                          "' is contradicting with rule(s) " + Quoted(rules);
    if (guess.action != fallback_) message += " which predicted action '" + guess.action + "'";
    diagnostics_.Add({.code = "R103",
                      .message = std::move(message),
                      .span = conversation.span,
                      .help = "change one of them; rules that differ only in a condition must exclude each other"});
  }

  const StateEncoder& encoder_;
  RuleBook& book_;
  const ContradictionOptions& options_;
  const std::string& fallback_;
  Diagnostics& diagnostics_;
  size_t window_;
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> sources_;  // -> (rule, action)
  std::set<std::string> used_in_stories_;
  std::set<std::pair<std::tuple<std::string, std::string, int>, std::string>> reported_;  // (story, rule)
};

}  // namespace

void CheckUserTurns(const std::vector<TrainingConversation>& conversations, Diagnostics& diagnostics) {
  for (const TrainingConversation& rule : conversations) {
    if (!rule.is_rule) continue;
    const auto turns = std::count_if(rule.events.begin(), rule.events.end(),
                                     [](const Event& event) { return event.As<UserUttered>() != nullptr; });
    if (turns <= 1) continue;
    diagnostics.Add(
        {.code = "R101",
         .message = "rule '" + rule.name + "' contains more than 1 user message",
         .span = rule.span,
         .help = "rules are not meant to hardcode a state machine; write a story, or set `restrict_rules: false`"});
  }
}

void CheckActionNames(const std::vector<TrainingConversation>& conversations, const ActionIndex& actions,
                      Diagnostics& diagnostics) {
  std::set<std::string> reported;
  for (const TrainingConversation& conversation : conversations) {
    for (const Event& event : conversation.events) {
      const auto* action = event.As<ActionExecuted>();
      if (action == nullptr || action->name == kRuleSnippetAction || actions.Find(LabelOf(*action)) >= 0) continue;
      if (!reported.insert(LabelOf(*action)).second) continue;
      const std::string nearest = NearestName(LabelOf(*action), actions.names());
      diagnostics.Add(
          {.severity = conversation.is_rule ? Severity::kError : Severity::kWarning,
           .code = conversation.is_rule ? "R105" : "S305",
           .message = "action '" + LabelOf(*action) + "' in " + (conversation.is_rule ? "rule" : "story") + " '" +
                      conversation.name + "' is not in the domain",
           .span = conversation.span,
           .help = nearest.empty() ? "add it under `actions:` or `responses:`" : "did you mean '" + nearest + "'?"});
    }
  }
}

void CheckListConditions(const StateEncoder& encoder, const std::vector<TrainingConversation>& conversations,
                         Diagnostics& diagnostics) {
  std::set<std::pair<std::string, std::string>> reported;
  for (const TrainingConversation& rule : conversations) {
    if (!rule.is_rule) continue;
    for (const Event& event : rule.events) {
      const auto* slot = event.As<SlotSet>();
      const bool demand = slot != nullptr && slot->value.AsString() == kMustBeUnset && encoder.IsListSlot(slot->name);
      if (!demand || !reported.emplace(rule.name, slot->name).second) continue;
      diagnostics.Add({.severity = Severity::kWarning,
                       .code = "R106",
                       .message = "`" + slot->name + ": null` in rule '" + rule.name +
                                  "' is about a list: the rule holds while the list is empty",
                       .span = rule.span,
                       .help = "in Rasa such a rule held while the list was filled; if that is what you mean, write "
                               "the name of the slot without a value"});
    }
  }
}

void CheckIncompleteRules(const StateEncoder& encoder, const std::vector<TrainingConversation>& conversations,
                          Diagnostics& diagnostics) {
  const std::map<std::string, AfterAction> fingerprints = FindAfterActions(encoder, conversations);
  if (fingerprints.empty()) return;
  for (const TrainingConversation& rule : conversations) {
    if (!rule.is_rule) continue;
    PredictableActions::Visit(encoder, rule, SlotScope::kOnlyExplicit, [&](const PredictableActions::Step& step) {
      const DialogueState& last = step.states.back();
      auto expected = fingerprints.find(last.previous_action);
      if (expected != fingerprints.end())
        ReportMissing(rule, last.previous_action, expected->second, last, diagnostics);
    });
  }
}

std::set<std::string> CheckContradictions(const StateEncoder& encoder,
                                          const std::vector<TrainingConversation>& conversations, RuleBook& book,
                                          const ContradictionOptions& options, Diagnostics& diagnostics) {
  return ContradictionCheck(encoder, book, options, diagnostics).Run(conversations);
}

RuleOnlyNames FindRuleOnlyNames(const StateEncoder& encoder, const std::vector<TrainingConversation>& conversations) {
  RuleOnlyNames rules, stories;
  for (const TrainingConversation& conversation : conversations) {
    RuleOnlyNames& names = conversation.is_rule ? rules : stories;
    const SlotScope scope = conversation.is_rule ? SlotScope::kOnlyExplicit : SlotScope::kAll;
    for (const DialogueState& state : LabelStates(encoder, conversation, scope).states) {
      if (!state.loop.empty()) names.loops.insert(state.loop);
      if (!state.slots) continue;
      for (const auto& [name, features] : state.slots->values) names.slots.insert(name);
    }
  }
  for (const std::string& name : stories.slots) rules.slots.erase(name);
  for (const std::string& name : stories.loops) rules.loops.erase(name);
  return rules;
}

}  // namespace greenroom

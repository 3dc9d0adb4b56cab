#include "dialogue/rule_book.h"

#include <algorithm>

namespace greenroom {

std::string_view DefaultIntentAction(std::string_view intent) {
  if (intent == "restart") return "action_restart";
  if (intent == "back") return "action_back";
  if (intent == "session_start") return "action_session_start";
  return "";
}

std::string DefaultIntentSource(std::string_view intent) {
  return "predicting default action with intent " + std::string(intent);
}

std::string LoopSource(std::string_view loop, std::string_view action) {
  return "handling active loops and forms - " + std::string(loop) + " - " + std::string(action);
}

RuleBook RuleBook::Learn(const StateEncoder& encoder, const std::vector<TrainingConversation>& conversations) {
  RuleBook book;
  for (const TrainingConversation& conversation : conversations) {
    const SlotScope scope = conversation.is_rule ? SlotScope::kOnlyExplicit : SlotScope::kAll;
    const LabelledStates labelled = LabelStates(encoder, conversation, scope);
    for (const LabelledStates::Example& example : labelled.examples) {
      const auto states = std::span(labelled.states).first(example.count);
      if (conversation.is_rule) book.rules_.Learn(states, example.action, conversation.name);
      const std::string_view verdict = LoopVerdict(states.back(), example.action);
      if (!verdict.empty()) book.loops_.Learn(LoopPattern(states), std::string(verdict));
    }
  }
  book.rules_.Finish();
  book.loops_.Finish();
  book.NoteTextRules();
  return book;
}

void RuleBook::NoteTextRules() {
  has_text_rules_ = std::any_of(rules_.entries().begin(), rules_.entries().end(), [](const auto& entry) {
    const auto& user = entry.second.states.back().user;
    return user && !user->text.empty();
  });
}

size_t RuleBook::longest() const {
  size_t longest = 0;
  for (const auto& [text, rule] : rules_.entries()) longest = std::max(longest, rule.states.size());
  return longest;
}

RuleDecision RuleBook::FromRules(const DialogueHistory& history, std::span<const DialogueState> states) const {
  RuleDecision decision;
  const RuleEntry* rule = rules_.Find(states);
  if (rule != nullptr) decision = {.action = rule->action, .source = rule->text, .rules = rule->names};
  const std::string_view loop = history.active_loop();
  if (loop.empty()) return decision;

  bool interrupted = false, not_the_loop = false;
  for (const RuleEntry* verdict : loops_.FindAll(states)) {
    interrupted = interrupted || verdict->action == kInterrupted;
    not_the_loop = not_the_loop || verdict->action == kNotTheLoop;
  }
  // Rules seldom say that the loop goes on after them.
  const bool general_listen =
      rule != nullptr && rule->action == kActionListen && rule->states.back().active_loop().empty();
  if (general_listen && !not_the_loop) {
    decision.action = loop;
    decision.loop_interrupted = interrupted;
    return decision;
  }
  if (general_listen) decision.action.clear();
  decision.loop_interrupted = interrupted;
  return decision;
}

RuleDecision RuleBook::FromLoop(const DialogueHistory& history) const {
  const std::string loop(history.active_loop());
  if (loop.empty() || history.loop_rejected()) return {};
  const bool just_ran = !history.states().back().previous_is_text && history.latest_action() == loop;
  RuleDecision decision{.action = just_ran ? std::string(kActionListen) : loop, .no_user = true};
  decision.source = LoopSource(loop, decision.action);
  return decision;
}

RuleDecision RuleBook::Decide(const DialogueHistory& history) const {
  RuleDecision by_text;
  if (has_text_rules_) {
    if (std::optional<DialogueState> last = history.LastStateByText()) {
      std::vector<DialogueState> states = history.states();
      states.back() = std::move(*last);
      by_text = FromRules(history, states);
      by_text.end_to_end = true;
    }
  }
  const std::string_view default_action =
      history.after_listen() ? DefaultIntentAction(history.intent()) : std::string_view();
  if (!default_action.empty() && by_text.action.empty()) {
    return {.action = std::string(default_action), .source = DefaultIntentSource(history.intent())};
  }
  if (RuleDecision decision = FromLoop(history); !decision.action.empty()) return decision;
  if (!by_text.action.empty()) return by_text;
  return FromRules(history, history.states());
}

Json RuleBook::ToJson() const { return Json::Object({{"rules", rules_.ToJson()}, {"loops", loops_.ToJson()}}); }

Result<RuleBook> RuleBook::FromJson(const Json& json) {
  RuleBook book;
  GR_ASSIGN(book.rules_, RuleTable::FromJson(json["rules"]));
  GR_ASSIGN(book.loops_, RuleTable::FromJson(json["loops"]));
  book.NoteTextRules();
  return book;
}

}  // namespace greenroom

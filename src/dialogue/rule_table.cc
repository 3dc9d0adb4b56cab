#include "dialogue/rule_table.h"

#include <algorithm>

namespace greenroom {
namespace {

bool IsSnippet(const DialogueState& state) {
  return !state.previous_is_text && state.previous_action == kRuleSnippetAction;
}

bool SlotsAgree(const DialogueState& rule, const DialogueState& now) {
  if (!rule.slots) return true;
  for (const auto& [name, features] : rule.slots->values) {
    const std::string* value = now.slots ? now.slots->Find(name) : nullptr;
    const bool must_be_unset = features.size() == kUnsetText.size() + 2 && features.front() == '"';
    if (must_be_unset ? value != nullptr && *value != features : value == nullptr || *value != features) return false;
  }
  return true;
}

bool UserAgrees(const DialogueState& rule, const DialogueState& now) {
  if (!rule.user) return true;
  if (!now.user) return false;
  if (!rule.user->intent.empty() && rule.user->intent != now.user->intent) return false;
  if (!rule.user->text.empty() && rule.user->text != now.user->text) return false;
  return rule.user->entities.empty() || rule.user->entities == now.user->entities;
}

bool LoopAgrees(const DialogueState& rule, const DialogueState& now) {
  if (rule.loop.empty()) return true;
  return rule.loop == kUnsetText ? now.active_loop().empty() : rule.loop == now.loop;
}

bool Agrees(const DialogueState& rule, const DialogueState& now) {
  if (rule.previous_action.empty() || now.previous_action.empty())
    return rule.previous_action.empty() && now.previous_action.empty();
  return rule.previous_action == now.previous_action && rule.previous_is_text == now.previous_is_text &&
         UserAgrees(rule, now) && SlotsAgree(rule, now) && LoopAgrees(rule, now);
}

bool Applies(const RuleEntry& rule, std::span<const DialogueState> states) {
  const size_t length = std::min(rule.states.size(), states.size());
  for (size_t i = 1; i <= length; ++i) {
    if (!Agrees(rule.states[rule.states.size() - i], states[states.size() - i])) return false;
  }
  return true;
}

std::span<const DialogueState> AfterSnippet(std::span<const DialogueState> states) {
  for (size_t i = states.size(); i > 0; --i) {
    if (IsSnippet(states[i - 1])) return states.subspan(i);
  }
  return states;
}

Json StateToJson(const DialogueState& state) {
  Json json = Json::Object();
  if (!state.loop.empty()) json.Set("loop", state.loop);
  if (!state.previous_action.empty()) json.Set(state.previous_is_text ? "text" : "action", state.previous_action);
  if (state.slots) {
    Json slots = Json::Object();
    for (const auto& [name, features] : state.slots->values) slots.Set(name, features);
    json.Set("slots", std::move(slots));
  }
  if (state.user) {
    Json entities = Json::List();
    for (const std::string& label : state.user->entities) entities.Append(label);
    json.Set(
        "user",
        Json::Object({{"intent", state.user->intent}, {"text", state.user->text}, {"entities", std::move(entities)}}));
  }
  return json;
}

DialogueState StateFromJson(const Json& json) {
  DialogueState state;
  state.loop = json["loop"].AsString();
  state.previous_is_text = json.Find("text") != nullptr;
  state.previous_action = json[state.previous_is_text ? "text" : "action"].AsString();
  std::vector<std::pair<std::string, std::string>> slots;
  for (const auto& [name, features] : json["slots"].members()) slots.emplace_back(name, features.AsString());
  std::sort(slots.begin(), slots.end());
  state.slots = SlotPart::Make(std::move(slots));
  if (const Json* user = json.Find("user")) {
    std::vector<std::string> entities;
    for (const Json& label : (*user)["entities"].array()) entities.push_back(label.AsString());
    state.user = UserPart::Make((*user)["intent"].AsString(), (*user)["text"].AsString(), std::move(entities));
  }
  return state;
}

}  // namespace

std::string RuleKey(std::span<const DialogueState> states) {
  const std::span<const DialogueState> tail = AfterSnippet(states);
  return tail.empty() ? std::string() : StatesText(tail);
}

void RuleTable::Learn(std::span<const DialogueState> states, const std::string& action, const std::string& name) {
  const std::span<const DialogueState> tail = AfterSnippet(states);
  if (tail.empty()) return;
  std::string text = StatesText(tail);
  if (ambiguous_.contains(text)) return;
  auto found = entries_.find(text);
  if (found == entries_.end()) {
    found =
        entries_.emplace(text, RuleEntry{.text = text, .states = {tail.begin(), tail.end()}, .action = action}).first;
  } else if (found->second.action != action) {
    entries_.erase(found);
    ambiguous_.insert(std::move(text));
    return;
  }
  std::vector<std::string>& names = found->second.names;
  if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

void RuleTable::Finish() {
  std::erase_if(entries_, [](const auto& entry) { return entry.second.action == kRuleSnippetAction; });
  Index();
}

void RuleTable::Index() {
  by_previous_.clear();
  for (const auto& [text, rule] : entries_) by_previous_[rule.states.back().previous_action].push_back(&rule);
}

std::vector<const RuleEntry*> RuleTable::FindAll(std::span<const DialogueState> states) const {
  std::vector<const RuleEntry*> applying;
  if (states.empty()) return applying;
  auto candidates = by_previous_.find(states.back().previous_action);
  if (candidates == by_previous_.end()) return applying;
  for (const RuleEntry* rule : candidates->second) {
    if (Applies(*rule, states)) applying.push_back(rule);
  }
  return applying;
}

const RuleEntry* RuleTable::Find(std::span<const DialogueState> states) const {
  const RuleEntry* best = nullptr;
  for (const RuleEntry* rule : FindAll(states)) {
    if (best == nullptr || rule->text.size() >= best->text.size()) best = rule;
  }
  return best;
}

void RuleTable::Erase(const std::string& text) {
  entries_.erase(text);
  Index();
}

bool RuleTable::HasLongerStart(const std::string& text) const {
  // Without the closing "}]", so that a state that goes on also counts.
  const std::string start = text.substr(0, text.size() - std::min<size_t>(2, text.size()));
  for (auto entry = entries_.lower_bound(start); entry != entries_.end() && entry->first.starts_with(start); ++entry) {
    if (entry->first != text) return true;
  }
  return false;
}

Json RuleTable::ToJson() const {
  Json list = Json::List();
  for (const auto& [text, rule] : entries_) {
    Json states = Json::List();
    for (const DialogueState& state : rule.states) states.Append(StateToJson(state));
    Json names = Json::List();
    for (const std::string& name : rule.names) names.Append(name);
    list.Append(Json::Object({{"action", rule.action}, {"states", std::move(states)}, {"names", std::move(names)}}));
  }
  return list;
}

Result<RuleTable> RuleTable::FromJson(const Json& json) {
  RuleTable table;
  for (const Json& entry : json.array()) {
    RuleEntry rule{.action = entry["action"].AsString()};
    for (const Json& state : entry["states"].array()) rule.states.push_back(StateFromJson(state));
    for (const Json& name : entry["names"].array()) rule.names.push_back(name.AsString());
    if (rule.states.empty() || rule.action.empty())
      return Error{ErrorCode::kDataLoss, "package_corrupt", "a rule of the model is damaged"};
    rule.text = StatesText(rule.states);
    std::string text = rule.text;
    table.entries_.emplace(std::move(text), std::move(rule));
  }
  table.Index();
  return table;
}

LabelledStates LabelStates(const StateEncoder& encoder, const TrainingConversation& conversation, SlotScope scope) {
  LabelledStates labelled;
  StateFold fold(encoder);
  for (size_t i = 0; i < conversation.events.size(); ++i) {
    const Event& event = conversation.events[i];
    if (const auto* action = event.As<ActionExecuted>()) {
      labelled.states.push_back(fold.Current(scope));
      const std::string& name = action->action_text ? *action->action_text : action->name;
      if (conversation.unpredictable[i] == 0)
        labelled.examples.push_back({.count = labelled.states.size(), .action = name});
    }
    fold.Apply(event);
  }
  labelled.states.push_back(fold.Current(scope));
  return labelled;
}

std::vector<DialogueState> LoopPattern(std::span<const DialogueState> states) {
  if (states.size() < 2 || states[states.size() - 2].previous_action.empty()) return {states.back()};
  const DialogueState& before = states[states.size() - 2];
  return {{.previous_action = before.previous_action, .previous_is_text = before.previous_is_text}, states.back()};
}

std::string_view LoopVerdict(const DialogueState& last, const std::string& action) {
  const std::string_view loop = last.active_loop();
  if (loop.empty()) return "";
  if (last.after_listen() && action == loop) return kInterrupted;
  if (!last.after_listen() && action != loop) return kNotTheLoop;
  return "";
}

}  // namespace greenroom

#include "assistant/domain.h"

#include <algorithm>
#include <set>

namespace greenroom {
namespace {

template <typename T>
const T* FindNamed(const std::vector<T>& items, std::string_view name) {
  for (const T& item : items) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

}  // namespace

const std::vector<std::string>& DefaultActionNames() {
  static const std::vector<std::string> names = {"action_listen",
                                                 "action_restart",
                                                 "action_session_start",
                                                 "action_default_fallback",
                                                 "action_deactivate_loop",
                                                 "action_revert_fallback_events",
                                                 "action_default_ask_affirmation",
                                                 "action_default_ask_rephrase",
                                                 "action_two_stage_fallback",
                                                 "action_unlikely_intent",
                                                 "action_back",
                                                 "...",
                                                 "action_extract_slots"};
  return names;
}

const std::vector<std::string>& DefaultIntentNames() {
  static const std::vector<std::string> names = {"back", "nlu_fallback", "out_of_scope", "restart", "session_start"};
  return names;
}

// Intents are sorted by name.
const IntentDef* Domain::FindIntent(std::string_view name) const {
  auto at = std::lower_bound(intents.begin(), intents.end(), name,
                             [](const IntentDef& intent, std::string_view wanted) { return intent.name < wanted; });
  return at != intents.end() && at->name == name ? &*at : nullptr;
}

const EntityDef* Domain::FindEntity(std::string_view name) const { return FindNamed(entities, name); }
const SlotDef* Domain::FindSlot(std::string_view name) const { return FindNamed(slots, name); }
const FormDef* Domain::FindForm(std::string_view name) const { return FindNamed(forms, name); }
bool Domain::IsListedAction(std::string_view name) const { return FindNamed(actions, name) != nullptr; }

std::vector<std::string> Domain::ActionNames() const {
  std::vector<std::string> names;
  std::set<std::string> seen;
  auto add = [&](const std::string& name) {
    if (seen.insert(name).second) names.push_back(name);
  };
  for (const std::string& name : DefaultActionNames()) add(name);
  for (const ActionDef& action : actions) add(action.name);
  for (const auto& [name, variations] : responses) add(name);
  for (const FormDef& form : forms) add(form.name);
  for (const std::string& text : e2e_actions) add(text);
  return names;
}

std::vector<std::string> Domain::FormNames() const {
  std::vector<std::string> names;
  for (const FormDef& form : forms) names.push_back(form.name);
  names.push_back("action_two_stage_fallback");
  return names;
}

SlotTable Domain::MakeSlotTable() const {
  SlotTable table;
  for (const SlotDef& slot : slots) {
    table.push_back({.name = slot.name, .initial_value = slot.initial_value, .is_list = slot.type == SlotType::kList});
  }
  return table;
}

}  // namespace greenroom

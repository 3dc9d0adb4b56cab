#include <algorithm>
#include <set>
#include <unordered_map>

#include "assistant/domain_loader.h"

namespace greenroom {
namespace {

void WarnTwice(const std::string& kind, const std::string& name, const SourceSpan& second, const SourceSpan& first,
               Report& report) {
  report.Duplicate(Severity::kWarning,
                   {"D080", "the " + kind + " `" + name + "` is declared in more than one file; the first one is used",
                    second, "not used", "keep it in one file"},
                   first);
}

template <typename T>
void MergeNamed(std::vector<T>& into, std::vector<T> other, const std::string& kind, Report& report) {
  std::unordered_map<std::string, SourceSpan> known;
  for (const T& item : into) known.emplace(item.name, item.span);
  for (T& item : other) {
    auto [first, is_new] = known.emplace(item.name, item.span);
    if (is_new) {
      into.push_back(std::move(item));
    } else {
      WarnTwice(kind, item.name, item.span, first->second, report);
    }
  }
}

bool SameSlot(const SlotDef& a, const SlotDef& b) {
  auto same_mapping = [](const SlotMapping& x, const SlotMapping& y) { return x.source == y.source; };
  return a.type == b.type && a.initial_value == b.initial_value &&
         a.influence_conversation == b.influence_conversation && a.values == b.values && a.min_value == b.min_value &&
         a.max_value == b.max_value &&
         std::equal(a.mappings.begin(), a.mappings.end(), b.mappings.begin(), b.mappings.end(), same_mapping);
}

// Which of two different definitions holds would depend on names of files.
void RefuseDifferentSlots(const Domain& into, const Domain& other, Report& report) {
  for (const SlotDef& slot : other.slots) {
    const SlotDef* first = into.FindSlot(slot.name);
    if (!first || SameSlot(*first, slot)) continue;
    report.Duplicate(Severity::kError,
                     {"D081", "the slot `" + slot.name + "` has two different definitions (DuplicateSlot)", slot.span,
                      "another definition", "keep one of them"},
                     first->span);
  }
}

SlotDef AutomaticSlot(std::string name, SlotType type) {
  return {.name = std::move(name), .type = type, .influence_conversation = false, .automatic = true};
}

void AddAutomaticSlot(Domain& domain, const std::string& name, SlotType type) {
  if (!domain.FindSlot(name)) domain.slots.push_back(AutomaticSlot(name, type));
}

}  // namespace

void MergeResponses(std::map<std::string, std::vector<ResponseVariation>>& into,
                    std::map<std::string, std::vector<ResponseVariation>> other, Report& report) {
  for (auto& [name, variations] : other) {
    auto [first, is_new] = into.try_emplace(name, variations);
    if (is_new || variations.empty() || first->second.empty()) continue;
    WarnTwice("response", name, variations[0].span, first->second[0].span, report);
  }
}

void MergeDomain(Domain& into, Domain other, Report& report) {
  RefuseDifferentSlots(into, other, report);
  MergeNamed(into.intents, std::move(other.intents), "intent", report);
  MergeNamed(into.entities, std::move(other.entities), "entity", report);
  MergeNamed(into.slots, std::move(other.slots), "slot", report);
  MergeNamed(into.actions, std::move(other.actions), "action", report);
  MergeNamed(into.forms, std::move(other.forms), "form", report);
  MergeResponses(into.responses, std::move(other.responses), report);
  std::set<std::string> texts(into.e2e_actions.begin(), into.e2e_actions.end());
  for (std::string& text : other.e2e_actions) {
    if (texts.insert(text).second) into.e2e_actions.push_back(std::move(text));
  }
  SessionConfig normal;
  if (into.session.expiration_minutes == normal.expiration_minutes)
    into.session.expiration_minutes = other.session.expiration_minutes;
  if (into.session.carry_over_slots == normal.carry_over_slots)
    into.session.carry_over_slots = other.session.carry_over_slots;
  into.store_entities_as_slots = into.store_entities_as_slots && other.store_entities_as_slots;
}

void FinishDomain(Domain& domain) {
  std::set<std::string> names;
  for (const IntentDef& intent : domain.intents) names.insert(intent.name);
  for (const std::string& name : DefaultIntentNames()) {
    if (!names.contains(name)) domain.intents.push_back({.name = name});
  }
  std::stable_sort(domain.intents.begin(), domain.intents.end(),
                   [](const IntentDef& a, const IntentDef& b) { return a.name < b.name; });
  if (!domain.forms.empty()) AddAutomaticSlot(domain, "requested_slot", SlotType::kText);
  if (domain.IsListedAction("action_query_knowledge_base")) {
    for (const char* name :
         {"knowledge_base_listed_objects", "knowledge_base_last_object", "knowledge_base_last_object_type"}) {
      AddAutomaticSlot(domain, name, SlotType::kText);
    }
  }
  AddAutomaticSlot(domain, "session_started_metadata", SlotType::kAny);
}

}  // namespace greenroom

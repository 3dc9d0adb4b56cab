#include "dialogue/slot_extraction.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "dialogue/actions.h"

namespace greenroom {
namespace {

constexpr const char* kRequestedSlot = "requested_slot";
constexpr const char* kValidateMappings = "action_validate_slot_mappings";
constexpr const char* kExtractSlots = "action_extract_slots";

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string LatestIntent(const Tracker& seen) {
  const UserUttered* user = seen.latest_message();
  return user == nullptr ? "" : user->parse.intent.name;
}

bool NamesKnownThings(const SlotMapping& mapping, const Domain& domain) {
  if (mapping.type == MappingType::kFromEntity) return domain.FindEntity(mapping.entity) != nullptr;
  if (mapping.type != MappingType::kFromIntent) return true;
  return std::all_of(mapping.intents.begin(), mapping.intents.end(),
                     [&](const std::string& intent) { return domain.FindIntent(intent) != nullptr; });
}

// Intents that the active form ignores block a mapping, unless its conditions are about other forms only.
bool BlockedByForm(const SlotMapping& mapping, const std::string& intent, const Domain& domain, const Tracker& seen) {
  const std::string& loop = seen.loop().name;
  const FormDef* form = loop.empty() ? nullptr : domain.FindForm(loop);
  if (form == nullptr) return false;
  const bool concerned = mapping.conditions.empty() ||
                         std::any_of(mapping.conditions.begin(), mapping.conditions.end(),
                                     [&](const MappingCondition& condition) { return condition.active_loop == loop; });
  return concerned && Contains(form->ignored_intents, intent);
}

bool WantsIntent(const SlotMapping& mapping, const Domain& domain, const Tracker& seen) {
  const std::string intent = LatestIntent(seen);
  if (!mapping.intents.empty()) return Contains(mapping.intents, intent);
  return !Contains(mapping.not_intents, intent) && !BlockedByForm(mapping, intent, domain, seen);
}

bool HoldsNow(const MappingCondition& condition, const Tracker& seen) {
  const std::string& loop = seen.loop().name;
  if (!condition.active_loop) return loop.empty();
  if (*condition.active_loop != loop) return false;
  return !condition.requested_slot || *condition.requested_slot == seen.Slot(kRequestedSlot).AsString();
}

bool ConditionsHold(const SlotMapping& mapping, const std::string& slot, const Tracker& seen) {
  if (mapping.conditions.empty() || mapping.type == MappingType::kFromTriggerIntent) return true;
  if (seen.loop().rejected && seen.Slot(kRequestedSlot).AsString() == slot) return false;
  return std::any_of(mapping.conditions.begin(), mapping.conditions.end(),
                     [&](const MappingCondition& condition) { return HoldsNow(condition, seen); });
}

bool HasMapping(const SlotDef& slot, const Json& source) {
  return std::any_of(slot.mappings.begin(), slot.mappings.end(),
                     [&](const SlotMapping& mapping) { return mapping.source == source; });
}

// An entity that several slots of the active form could take belongs to the slot that was asked for.
bool IsAmbiguous(const SlotMapping& mapping, const std::string& slot, const Domain& domain, const Tracker& seen) {
  if (mapping.type != MappingType::kFromEntity || seen.loop().name.empty()) return false;
  const FormDef* form = domain.FindForm(seen.loop().name);
  if (form == nullptr || !Contains(form->required_slots, slot)) return false;
  if (seen.Slot(kRequestedSlot).AsString() == slot) return false;
  return std::any_of(form->required_slots.begin(), form->required_slots.end(), [&](const std::string& other) {
    const SlotDef* definition = other == slot ? nullptr : domain.FindSlot(other);
    return definition != nullptr && HasMapping(*definition, mapping.source);
  });
}

std::vector<Json> EntityValues(const SlotMapping& mapping, const UserUttered& user) {
  std::vector<Json> values;
  for (const Entity& entity : user.parse.entities) {
    if (entity.entity == mapping.entity && entity.role == mapping.role && entity.group == mapping.group) {
      values.push_back(entity.value);
    }
  }
  return values;
}

bool TriggersNow(const SlotMapping& mapping, const Tracker& seen) {
  const std::string& loop = seen.loop().name;
  if (loop.empty()) return false;
  return mapping.conditions.empty() ||
         std::any_of(mapping.conditions.begin(), mapping.conditions.end(),
                     [&](const MappingCondition& condition) { return condition.active_loop == loop; });
}

std::vector<Json> ValuesOf(const SlotMapping& mapping, const Tracker& seen) {
  const UserUttered* user = seen.latest_message();
  if (user == nullptr) return {};
  switch (mapping.type) {
    case MappingType::kFromEntity:
      return EntityValues(mapping, *user);
    case MappingType::kFromIntent:
      return {mapping.value};
    case MappingType::kFromTriggerIntent:
      return TriggersNow(mapping, seen) ? std::vector<Json>{mapping.value} : std::vector<Json>{};
    case MappingType::kFromText:
      return {user->text ? Json(*user->text) : Json()};
    case MappingType::kCustom:
      return {};
  }
  return {};
}

// One extraction: what was found so far and which custom actions have run.
class Extraction {
 public:
  Extraction(TurnContext& turn, const Tracker& seen) : turn_(turn), seen_(seen) {}

  std::vector<Event> Run() {
    for (const SlotDef& slot : turn_.domain().slots) {
      if (!slot.automatic) FillSlot(slot);
      if (turn_.waits()) return {};
    }
    return Validated();
  }

 private:
  void FillSlot(const SlotDef& slot) {
    for (const SlotMapping& mapping : slot.mappings) {
      if (!Applies(mapping, slot)) continue;
      if (mapping.type == MappingType::kCustom)
        RunCustom(mapping);
      else if (TakeValue(mapping, slot))
        return;
      if (turn_.waits()) return;
    }
  }

  bool Applies(const SlotMapping& mapping, const SlotDef& slot) {
    const Domain& domain = turn_.domain();
    if (!NamesKnownThings(mapping, domain)) {
      turn_.Warn("slot `" + slot.name + "`: a mapping names an intent or entity that the domain does not have");
      return false;
    }
    return WantsIntent(mapping, domain, seen_) && ConditionsHold(mapping, slot.name, seen_) &&
           !IsAmbiguous(mapping, slot.name, domain, seen_);
  }

  bool TakeValue(const SlotMapping& mapping, const SlotDef& slot) {
    std::vector<Json> values = ValuesOf(mapping, seen_);
    if (values.empty()) return false;
    Json value = slot.type == SlotType::kList ? Json(std::move(values)) : std::move(values.back());
    // A null is worth an event only when it empties something.
    if (value.is_null() && seen_.Slot(slot.name).is_null()) return false;
    events_.push_back({.body = SlotSet{.name = slot.name, .value = std::move(value)}});
    return true;
  }

  void RunCustom(const SlotMapping& mapping) {
    if (mapping.action.empty() || !executed_.insert(mapping.action).second) return;
    for (Event& event : AskServer(mapping.action, seen_)) {
      if (event.As<SlotSet>() != nullptr)
        events_.push_back(std::move(event));
      else if (event.As<BotUttered>() == nullptr)
        Dropped(mapping.action, event);
    }
  }

  std::vector<Event> AskServer(const std::string& action, const Tracker& seen) {
    ActionOutcome outcome = CallCustomAction(action, turn_, seen);
    if (turn_.waits()) return {};
    if (outcome.rejected) turn_.Warn("`" + action + "` refused to run; slots are filled without it");
    if (!outcome.failure.empty()) turn_.Warn("`" + action + "` failed: " + outcome.message);
    return std::move(outcome.events);
  }

  void Dropped(const std::string& action, const Event& event) {
    turn_.Warn("`" + action + "` may only set slots; its event `" + std::string(EventTypeName(event)) +
               "` was dropped");
  }

  std::vector<Event> Validated() {
    if (!turn_.domain().IsListedAction(kValidateMappings)) return std::move(events_);
    Tracker ahead = seen_;
    for (const Event& event : events_) ahead.Apply(event);
    std::vector<Event> validated;
    std::set<std::string> decided;
    for (Event& event : AskServer(kValidateMappings, ahead)) {
      const SlotSet* slot = event.As<SlotSet>();
      if (slot == nullptr && event.As<BotUttered>() == nullptr) {
        Dropped(kValidateMappings, event);
        continue;
      }
      if (slot != nullptr) decided.insert(slot->name);
      validated.push_back(std::move(event));
    }
    for (Event& event : events_) {
      if (!decided.contains(event.As<SlotSet>()->name)) validated.push_back(std::move(event));
    }
    return validated;
  }

  TurnContext& turn_;
  const Tracker& seen_;
  std::vector<Event> events_;
  std::set<std::string> executed_;
};

}  // namespace

std::vector<Event> ExtractSlots(TurnContext& turn, const Tracker& seen) { return Extraction(turn, seen).Run(); }

void AppendExtractedSlots(TurnContext& turn) {
  if (!turn.domain().IsListedAction(kExtractSlots)) {
    std::vector<Event> events = ExtractSlots(turn, turn.tracker());
    if (!turn.waits()) turn.AppendAll(std::move(events));
    return;
  }
  ActionOutcome outcome = CallCustomAction(kExtractSlots, turn, turn.tracker());
  if (turn.waits()) return;
  if (!outcome.failure.empty()) turn.Warn(std::string(kExtractSlots) + " failed: " + outcome.message);
  turn.AppendAll(std::move(outcome.events));
}

}  // namespace greenroom

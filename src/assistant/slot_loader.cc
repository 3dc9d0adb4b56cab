#include <algorithm>
#include <array>

#include "assistant/domain_loader.h"

namespace greenroom {
namespace {

constexpr std::array<std::pair<std::string_view, SlotType>, 6> kSlotTypes = {{{"text", SlotType::kText},
                                                                              {"bool", SlotType::kBool},
                                                                              {"float", SlotType::kFloat},
                                                                              {"list", SlotType::kList},
                                                                              {"categorical", SlotType::kCategorical},
                                                                              {"any", SlotType::kAny}}};
constexpr std::array<std::pair<std::string_view, MappingType>, 5> kMappingTypes = {
    {{"from_entity", MappingType::kFromEntity},
     {"from_intent", MappingType::kFromIntent},
     {"from_trigger_intent", MappingType::kFromTriggerIntent},
     {"from_text", MappingType::kFromText},
     {"custom", MappingType::kCustom}}};

template <typename T, size_t n>
std::optional<T> Look(const std::array<std::pair<std::string_view, T>, n>& table, std::string_view name) {
  for (const auto& [known, value] : table) {
    if (known == name) return value;
  }
  return std::nullopt;
}

template <typename T, size_t n>
std::vector<std::string> NamesOf(const std::array<std::pair<std::string_view, T>, n>& table) {
  std::vector<std::string> names;
  for (const auto& row : table) names.emplace_back(row.first);
  return names;
}

class SlotReader {
 public:
  SlotReader(const YamlNode& name, const YamlNode& body, Report& report)
      : body_(body),
        report_(report),
        what_("the slot `" + name.text + "`"),
        slot_{.name = name.text, .span = name.span} {}

  std::optional<SlotDef> Read() {
    static const std::vector<std::string> keys = {
        "type",      "initial_value", "influence_conversation", "mappings", "values",
        "min_value", "max_value",     "value_reset_delay",      "auto_fill"};
    if (!report_.Expect(body_, YamlKind::kMapping, {"D021", what_})) return std::nullopt;
    report_.CheckKeys(body_, keys, {"D022", what_}, Severity::kWarning);
    bool typed = ReadType();
    ReadInfluence();
    if (const YamlNode* initial = body_.Find("initial_value")) slot_.initial_value = initial->ToJson();
    if (slot_.type == SlotType::kCategorical) ReadValues();
    if (slot_.type == SlotType::kFloat) ReadRange();
    ReadMappings();
    return typed ? std::optional<SlotDef>(std::move(slot_)) : std::nullopt;
  }

 private:
  bool ReadType() {
    const YamlNode* type = body_.Find("type");
    if (!type) {
      report_.Error(
          {"D023", what_ + " has no `type`", slot_.span, "which type?", "one of " + QuotedList(NamesOf(kSlotTypes))});
      return false;
    }
    auto name = report_.Text(*type, {"D023", "the `type` of " + what_});
    if (!name) return false;
    if (auto known = Look(kSlotTypes, *name)) return slot_.type = *known, true;
    report_.Error({"D024", "`" + *name + "` is no slot type", type->span, "not known",
                   report_.Suggest(*name, NamesOf(kSlotTypes), "one of " + QuotedList(NamesOf(kSlotTypes)))});
    return false;
  }

  void ReadInfluence() {
    const YamlNode* influence = body_.Find("influence_conversation");
    std::optional<bool> given;
    if (influence) given = report_.Bool(*influence, {"D025", "`influence_conversation` of " + what_});
    slot_.influence_conversation = given.value_or(slot_.type != SlotType::kAny);
    if (slot_.type != SlotType::kAny || !slot_.influence_conversation) return;
    report_.Error({"D026", what_ + " has the type `any`, which cannot influence the conversation", influence->span, "",
                   "set it to false, or pick another type"});
  }

  void ReadValues() {
    const YamlNode* values = body_.Find("values");
    if (!values || values->is_null()) {
      report_.Warn({"D027", what_ + " is categorical but lists no `values`", slot_.span, "", "add the list of values"});
      return;
    }
    if (!report_.Expect(*values, YamlKind::kSequence, {"D027", "`values` of " + what_})) return;
    for (const YamlNode& value : values->items) {
      if (value.is_null()) {
        report_.Warn({"D028", "an empty value of " + what_ + " is ignored", value.span, "",
                      "remove it: an unset slot needs no value"});
      } else if (auto text = report_.Text(value, {"D027", "a value of " + what_})) {
        slot_.values.push_back(*text);
      }
    }
  }

  void ReadRange() {
    const YamlNode* low = body_.Find("min_value");
    const YamlNode* high = body_.Find("max_value");
    if (low) slot_.min_value = report_.Number(*low, {"D029", "`min_value`"}).value_or(0);
    if (high) slot_.max_value = report_.Number(*high, {"D029", "`max_value`"}).value_or(1);
    if (slot_.min_value >= slot_.max_value) {
      report_.Error({"D029", what_ + " has a `min_value` that is not below its `max_value`",
                     low    ? low->span
                     : high ? high->span
                            : slot_.span,
                     "empty range", "defaults are 0 and 1"});
    }
    const YamlNode* initial = body_.Find("initial_value");
    if (!initial || !slot_.initial_value.is_number()) return;
    double value = slot_.initial_value.AsDouble();
    if (value < slot_.min_value || value > slot_.max_value) {
      report_.Warn({"D030", "the initial value of " + what_ + " is outside of its range", initial->span, "",
                    "change `min_value` or `max_value`"});
    }
  }

  void ReadMappings() {
    const YamlNode* mappings = body_.Find("mappings");
    if (!mappings) {
      report_.Error({"D031", what_ + " has no `mappings`", slot_.span, "how is it filled?",
                     "add `mappings:` with at least one entry, for example `- type: from_text`"});
      return;
    }
    if (!report_.Expect(*mappings, YamlKind::kSequence, {"D031", "`mappings` of " + what_})) return;
    if (mappings->items.empty()) {
      report_.Error({"D031", "`mappings` of " + what_ + " is empty", mappings->span, "",
                     "add at least one entry, for example `- type: custom`"});
    }
    for (const YamlNode& item : mappings->items) ReadMapping(item);
  }

  void ReadMapping(const YamlNode& node) {
    static const std::vector<std::string> keys = {"type",  "intent", "not_intent", "entity",    "role",
                                                  "group", "value",  "action",     "conditions"};
    if (!report_.Expect(node, YamlKind::kMapping, {"D032", "a mapping of " + what_})) return;
    report_.CheckKeys(node, keys, {"D033", "a mapping of " + what_}, Severity::kWarning);
    const YamlNode* type = node.Find("type");
    auto known = type ? Look(kMappingTypes, type->text) : std::nullopt;
    if (!known) {
      report_.Error({"D034",
                     type ? "`" + type->text + "` is no mapping type" : "a mapping of " + what_ + " has no `type`",
                     type ? type->span : node.span, "not known", "one of " + QuotedList(NamesOf(kMappingTypes))});
      return;
    }
    SlotMapping mapping{.type = *known, .source = node.ToJson(), .span = type->span};
    mapping.entity = Word(node, "entity");
    mapping.role = Word(node, "role");
    mapping.group = Word(node, "group");
    mapping.action = Word(node, "action");
    if (const YamlNode* value = node.Find("value")) mapping.value = value->ToJson();
    mapping.intents = report_.Names(node.Find("intent"), {"D032", "`intent`"});
    mapping.not_intents = report_.Names(node.Find("not_intent"), {"D032", "`not_intent`"});
    ReadConditions(node, mapping);
    if (IsComplete(mapping)) slot_.mappings.push_back(std::move(mapping));
  }

  std::string Word(const YamlNode& node, const std::string& key) {
    const YamlNode* value = node.Find(key);
    if (!value || value->is_null()) return "";
    return report_.Text(*value, {"D032", "`" + key + "` of a mapping"}).value_or("");
  }

  bool IsComplete(const SlotMapping& mapping) {
    bool needs_value = mapping.type == MappingType::kFromIntent || mapping.type == MappingType::kFromTriggerIntent;
    const char* missing = mapping.type == MappingType::kFromEntity && mapping.entity.empty() ? "entity"
                          : needs_value && mapping.value.is_null()                           ? "value"
                                                                                             : nullptr;
    if (!missing) return true;
    report_.Error({"D035", "a mapping of " + what_ + " has no `" + missing + "`", mapping.span,
                   "needs `" + std::string(missing) + "`", "add `" + std::string(missing) + ":` to this mapping"});
    return false;
  }

  void ReadConditions(const YamlNode& node, SlotMapping& mapping) {
    const YamlNode* conditions = node.Find("conditions");
    if (!conditions || conditions->is_null() ||
        !report_.Expect(*conditions, YamlKind::kSequence, {"D036", "`conditions`"}))
      return;
    for (const YamlNode& item : conditions->items) {
      if (!report_.Expect(item, YamlKind::kMapping, {"D036", "a condition of a mapping"})) continue;
      report_.CheckKeys(item, {"active_loop", "requested_slot"}, {"D037", "a condition of a mapping"},
                        Severity::kWarning);
      MappingCondition condition;
      std::string loop = Word(item, "active_loop"), requested = Word(item, "requested_slot");
      if (!loop.empty()) condition.active_loop = loop;
      if (!requested.empty()) condition.requested_slot = requested;
      mapping.conditions.push_back(std::move(condition));
    }
  }

  const YamlNode& body_;
  Report& report_;
  std::string what_;
  SlotDef slot_;
};

}  // namespace

std::string_view SlotTypeName(SlotType type) {
  for (const auto& [name, known] : kSlotTypes) {
    if (known == type) return name;
  }
  return "any";
}

std::vector<SlotDef> LoadSlots(const YamlNode& slots, Report& report) {
  std::vector<SlotDef> loaded;
  if (!report.Expect(slots, YamlKind::kMapping, {"D020", "`slots`"})) return loaded;
  for (size_t i = 0; i < slots.keys.size(); ++i) {
    if (auto slot = SlotReader(slots.keys[i], slots.items[i], report).Read()) loaded.push_back(std::move(*slot));
  }
  return loaded;
}

}  // namespace greenroom

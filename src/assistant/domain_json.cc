#include <algorithm>

#include "assistant/domain_loader.h"

namespace greenroom {
namespace {

Json ListOf(const std::vector<std::string>& names) {
  Json list = Json::List();
  for (const std::string& name : names) list.Append(name);
  return list;
}

Json SortedListOf(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return ListOf(names);
}

Json Named(const std::string& name, Json options) {
  if (options.size() == 0) return Json(name);
  Json entry = Json::Object();
  entry.Set(name, std::move(options));
  return entry;
}

bool IsUntouchedDefault(const IntentDef& intent) {
  const std::vector<std::string>& defaults = DefaultIntentNames();
  return intent.span.line == 0 && !intent.use_entities && !intent.ignore_entities && !intent.is_retrieval &&
         std::find(defaults.begin(), defaults.end(), intent.name) != defaults.end();
}

Json IntentsToJson(const std::vector<IntentDef>& intents) {
  Json list = Json::List();
  for (const IntentDef& intent : intents) {
    if (IsUntouchedDefault(intent)) continue;
    Json options = Json::Object();
    if (intent.use_entities) options.Set("use_entities", ListOf(*intent.use_entities));
    if (intent.ignore_entities) options.Set("ignore_entities", ListOf(*intent.ignore_entities));
    if (intent.is_retrieval) options.Set("is_retrieval_intent", true);
    list.Append(Named(intent.name, std::move(options)));
  }
  return list;
}

Json EntitiesToJson(const std::vector<EntityDef>& entities) {
  Json list = Json::List();
  for (const EntityDef& entity : entities) {
    Json options = Json::Object();
    if (!entity.roles.empty()) options.Set("roles", SortedListOf(entity.roles));
    if (!entity.groups.empty()) options.Set("groups", SortedListOf(entity.groups));
    if (!entity.influence_conversation) options.Set("influence_conversation", false);
    list.Append(Named(entity.name, std::move(options)));
  }
  return list;
}

Json SlotToJson(const SlotDef& slot) {
  Json json = Json::Object({{"type", SlotTypeName(slot.type)}});
  if (!slot.initial_value.is_null()) json.Set("initial_value", slot.initial_value);
  if (slot.influence_conversation != (slot.type != SlotType::kAny))
    json.Set("influence_conversation", slot.influence_conversation);
  if (slot.type == SlotType::kCategorical) json.Set("values", ListOf(slot.values));
  if (slot.type == SlotType::kFloat && slot.min_value != 0) json.Set("min_value", slot.min_value);
  if (slot.type == SlotType::kFloat && slot.max_value != 1) json.Set("max_value", slot.max_value);
  Json mappings = Json::List();
  for (const SlotMapping& mapping : slot.mappings) mappings.Append(mapping.source);
  json.Set("mappings", std::move(mappings));
  return json;
}

Json VariationToJson(const ResponseVariation& variation) {
  Json json = Json::Object();
  if (!variation.id.empty()) json.Set("id", variation.id);
  if (variation.text) json.Set("text", *variation.text);
  for (const auto& [key, value] : variation.content.members()) json.Set(key, value);
  if (!variation.channel.empty()) json.Set("channel", variation.channel);
  if (!variation.has_condition) return json;
  Json conditions = Json::List();
  for (const ResponseCondition& condition : variation.conditions) {
    conditions.Append(Json::Object({{"type", "slot"}, {"name", condition.slot}, {"value", condition.value}}));
  }
  return json.Set("condition", std::move(conditions));
}

Json ResponsesToJson(const std::map<std::string, std::vector<ResponseVariation>>& responses) {
  Json json = Json::Object();
  for (const auto& [name, variations] : responses) {
    Json list = Json::List();
    for (const ResponseVariation& variation : variations) list.Append(VariationToJson(variation));
    json.MutableMembers().emplace_back(name, std::move(list));
  }
  return json;
}

Json ActionsToJson(const std::vector<ActionDef>& actions) {
  Json list = Json::List();
  for (const ActionDef& action : actions) {
    list.Append(action.send_domain ? Json(action.name) : Named(action.name, Json::Object({{"send_domain", false}})));
  }
  return list;
}

Json FormsToJson(const std::vector<FormDef>& forms) {
  Json json = Json::Object();
  for (const FormDef& form : forms) {
    Json body = Json::Object();
    if (!form.ignored_intents.empty()) body.Set("ignored_intents", ListOf(form.ignored_intents));
    body.Set("required_slots", ListOf(form.required_slots));
    json.Set(form.name, std::move(body));
  }
  return json;
}

Json SlotsToJson(const std::vector<SlotDef>& slots) {
  Json json = Json::Object();
  for (const SlotDef& slot : slots) {
    if (!slot.automatic) json.Set(slot.name, SlotToJson(slot));
  }
  return json;
}

void SetUnlessEmpty(Json& json, const char* key, Json value) {
  if (value.size() > 0) json.Set(key, std::move(value));
}

// JSON as the tree that the domain loader reads. Line 1 tells declared default intents from added ones.
YamlNode ToNode(const Json& json) {
  YamlNode node;
  node.span.line = 1;
  if (json.is_object()) {
    node.kind = YamlKind::kMapping;
    for (const auto& [key, value] : json.members()) {
      YamlNode name;
      name.kind = YamlKind::kString;
      name.text = key;
      name.quoted = true;
      name.span.line = 1;
      node.keys.push_back(std::move(name));
      node.items.push_back(ToNode(value));
    }
  } else if (json.is_array()) {
    node.kind = YamlKind::kSequence;
    for (const Json& item : json.array()) node.items.push_back(ToNode(item));
  } else if (!json.is_null()) {
    node.kind = json.is_string() ? YamlKind::kString
                : json.is_bool() ? YamlKind::kBool
                : json.is_int()  ? YamlKind::kInt
                                 : YamlKind::kFloat;
    node.quoted = json.is_string();
    node.text = json.is_string() ? json.AsString() : json.Dump();
  }
  return node;
}

}  // namespace

Json Domain::ToJson() const {
  Json json = Json::Object({{"version", "3.1"}});
  SetUnlessEmpty(json, "intents", IntentsToJson(intents));
  SetUnlessEmpty(json, "entities", EntitiesToJson(entities));
  SetUnlessEmpty(json, "slots", SlotsToJson(slots));
  SetUnlessEmpty(json, "responses", ResponsesToJson(responses));
  SetUnlessEmpty(json, "actions", ActionsToJson(actions));
  SetUnlessEmpty(json, "forms", FormsToJson(forms));
  SetUnlessEmpty(json, "e2e_actions", ListOf(e2e_actions));
  double minutes = session.expiration_minutes;
  bool whole = minutes == static_cast<double>(static_cast<int64_t>(minutes));
  json.Set("session_config",
           Json::Object({{"session_expiration_time", whole ? Json(static_cast<int64_t>(minutes)) : Json(minutes)},
                         {"carry_over_slots_to_new_session", session.carry_over_slots}}));
  if (!store_entities_as_slots) json.Set("config", Json::Object({{"store_entities_as_slots", false}}));
  return json;
}

Result<Domain> Domain::FromJson(const Json& json) {
  Diagnostics diagnostics;
  Report report(diagnostics);
  Domain domain = LoadDomainFile(ToNode(json), report);
  for (const Diagnostic& item : diagnostics.items()) {
    if (item.severity != Severity::kError) continue;
    return Error{ErrorCode::kDataLoss, "domain_malformed", "the stored domain is damaged: " + item.message};
  }
  FinishDomain(domain);
  return domain;
}

}  // namespace greenroom

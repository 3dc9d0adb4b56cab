#include "assistant/domain_loader.h"

#include <algorithm>
#include <map>

namespace greenroom {
namespace {

// A list entry `name` or `name: {options}`.
struct NamedEntry {
  std::string name;
  SourceSpan span;
  const YamlNode* options = nullptr;
};

std::optional<NamedEntry> ReadEntry(const YamlNode& item, const std::string& kind, Report& report) {
  if (item.is_scalar() && !item.is_null()) return NamedEntry{item.text, item.span, nullptr};
  if (!item.is_mapping() || item.keys.size() != 1) {
    report.Error({"D011", "each " + kind + " must be a name, or one name with a mapping of options", item.span,
                  "not a name", "write `- name` or `- name:` with its options indented below it"});
    return std::nullopt;
  }
  const YamlNode& options = item.items[0];
  if (options.is_mapping()) return NamedEntry{item.keys[0].text, item.keys[0].span, &options};
  report.Error({"D012", "the " + kind + " `" + item.keys[0].text + "` has a colon but no options behind it",
                item.keys[0].span, "expected a mapping", "remove the colon, or indent the options below the name"});
  return std::nullopt;
}

std::vector<NamedEntry> ReadEntries(const YamlNode& root, const std::string& key, const std::string& kind,
                                    Report& report) {
  std::vector<NamedEntry> entries;
  const YamlNode* list = root.Find(key);
  if (!list || list->is_null() || !report.Expect(*list, YamlKind::kSequence, {"D010", "`" + key + "`"})) return entries;
  std::map<std::string, SourceSpan> seen;
  for (const YamlNode& item : list->items) {
    auto entry = ReadEntry(item, kind, report);
    if (!entry) continue;
    auto [first, is_new] = seen.emplace(entry->name, entry->span);
    if (is_new) {
      entries.push_back(std::move(*entry));
    } else {
      report.Duplicate(Severity::kError,
                       {"D013", "the " + kind + " `" + entry->name + "` is listed twice", entry->span, "second time",
                        "remove one of the two"},
                       first->second);
    }
  }
  return entries;
}

std::optional<std::vector<std::string>> ReadUsedEntities(const YamlNode* node, Report& report) {
  if (!node) return std::nullopt;
  if (node->kind == YamlKind::kBool && node->ToJson().AsBool()) return std::nullopt;
  if (node->kind == YamlKind::kBool || node->is_null()) return std::vector<std::string>{};
  return report.Names(node, {"D014", "`use_entities`"});
}

void WarnAboutOverlap(const IntentDef& intent, Report& report) {
  if (!intent.use_entities || !intent.ignore_entities) return;
  for (const std::string& name : *intent.use_entities) {
    if (std::find(intent.ignore_entities->begin(), intent.ignore_entities->end(), name) ==
        intent.ignore_entities->end())
      continue;
    report.Warn(
        {"D015",
         "the entity `" + name + "` is both used and ignored for the intent `" + intent.name + "`; it is ignored",
         intent.span, "", "remove it from one of the lists"});
  }
}

void ReadIntents(const YamlNode& root, Domain& domain, Report& report) {
  static const std::vector<std::string> options = {"use_entities", "ignore_entities", "is_retrieval_intent",
                                                   "used_entities"};
  for (const NamedEntry& entry : ReadEntries(root, "intents", "intent", report)) {
    IntentDef intent{.name = entry.name, .span = entry.span};
    if (entry.options) {
      report.CheckKeys(*entry.options, options, {"D016", "the intent `" + entry.name + "`"}, Severity::kWarning);
      intent.use_entities = ReadUsedEntities(entry.options->Find("use_entities"), report);
      const YamlNode* ignored = entry.options->Find("ignore_entities");
      if (ignored && !ignored->is_null()) intent.ignore_entities = report.Names(ignored, {"D014", "`ignore_entities`"});
      const YamlNode* retrieval = entry.options->Find("is_retrieval_intent");
      if (retrieval) intent.is_retrieval = report.Bool(*retrieval, {"D014", "`is_retrieval_intent`"}).value_or(false);
      WarnAboutOverlap(intent, report);
    }
    domain.intents.push_back(std::move(intent));
  }
}

void ReadEntities(const YamlNode& root, Domain& domain, Report& report) {
  static const std::vector<std::string> options = {"roles", "groups", "influence_conversation"};
  for (const NamedEntry& entry : ReadEntries(root, "entities", "entity", report)) {
    EntityDef entity{.name = entry.name, .span = entry.span};
    if (entry.options) {
      report.CheckKeys(*entry.options, options, {"D016", "the entity `" + entry.name + "`"}, Severity::kWarning);
      entity.roles = report.Names(entry.options->Find("roles"), {"D014", "`roles`"});
      entity.groups = report.Names(entry.options->Find("groups"), {"D014", "`groups`"});
      const YamlNode* influence = entry.options->Find("influence_conversation");
      if (influence)
        entity.influence_conversation = report.Bool(*influence, {"D014", "`influence_conversation`"}).value_or(true);
    }
    domain.entities.push_back(std::move(entity));
  }
}

void ReadActions(const YamlNode& root, Domain& domain, Report& report) {
  for (const NamedEntry& entry : ReadEntries(root, "actions", "action", report)) {
    ActionDef action{.name = entry.name, .span = entry.span};
    if (entry.options) {
      report.CheckKeys(*entry.options, {"send_domain"}, {"D017", "the action `" + entry.name + "`"}, Severity::kError);
      const YamlNode* send = entry.options->Find("send_domain");
      if (send) action.send_domain = report.Bool(*send, {"D014", "`send_domain`"}).value_or(true);
    }
    domain.actions.push_back(std::move(action));
  }
}

void ReadForm(const YamlNode& name, const YamlNode& body, Domain& domain, Report& report) {
  FormDef form{.name = name.text, .span = name.span};
  std::string what = "the form `" + name.text + "`";
  if (body.is_null()) {
    report.Error({"D061", what + " is empty", name.span, "no slots",
                  "add `required_slots: []` or the list of slots it asks for"});
    return;
  }
  if (!report.Expect(body, YamlKind::kMapping, {"D061", what})) return;
  report.CheckKeys(body, {"required_slots", "ignored_intents"}, {"D062", what}, Severity::kError);
  const YamlNode* slots = body.Find("required_slots");
  if (slots && report.Expect(*slots, YamlKind::kSequence, {"D063", "`required_slots` of " + what})) {
    form.required_slots = report.Names(slots, {"D063", "`required_slots`"});
  }
  const YamlNode* ignored = body.Find("ignored_intents");
  form.ignored_intents = report.Names(ignored, {"D064", "`ignored_intents`"});
  if (ignored && !slots) {
    report.Error(
        {"D064", what + " has `ignored_intents` but no `required_slots`", ignored->span, "", "add `required_slots`"});
  }
  domain.forms.push_back(std::move(form));
}

void ReadForms(const YamlNode& root, Domain& domain, Report& report) {
  const YamlNode* forms = root.Find("forms");
  if (!forms || forms->is_null() || !report.Expect(*forms, YamlKind::kMapping, {"D060", "`forms`"})) return;
  for (size_t i = 0; i < forms->keys.size(); ++i) ReadForm(forms->keys[i], forms->items[i], domain, report);
}

void ReadSession(const YamlNode& root, Domain& domain, Report& report) {
  const YamlNode* session = root.Find("session_config");
  if (!session || session->is_null() || !report.Expect(*session, YamlKind::kMapping, {"D070", "`session_config`"}))
    return;
  report.CheckKeys(*session, {"session_expiration_time", "carry_over_slots_to_new_session"},
                   {"D071", "`session_config`"}, Severity::kError);
  if (const YamlNode* time = session->Find("session_expiration_time")) {
    double minutes = report.Number(*time, {"D072", "`session_expiration_time`"}).value_or(60);
    if (minutes < 0)
      report.Error({"D072", "`session_expiration_time` is negative", time->span, "", "0 switches expiry off"});
    domain.session.expiration_minutes = std::max(0.0, minutes);
  }
  if (const YamlNode* carry = session->Find("carry_over_slots_to_new_session")) {
    domain.session.carry_over_slots = report.Bool(*carry, {"D072", "`carry_over_slots_to_new_session`"}).value_or(true);
  }
}

void ReadSettings(const YamlNode& root, Domain& domain, Report& report) {
  const YamlNode* config = root.Find("config");
  if (!config || config->is_null() || !report.Expect(*config, YamlKind::kMapping, {"D073", "`config`"})) return;
  report.CheckKeys(*config, {"store_entities_as_slots"}, {"D074", "`config`"}, Severity::kWarning);
  const YamlNode* store = config->Find("store_entities_as_slots");
  if (store) domain.store_entities_as_slots = report.Bool(*store, {"D073", "`store_entities_as_slots`"}).value_or(true);
}

}  // namespace

const std::vector<std::string>& DomainKeys() {
  static const std::vector<std::string> keys = {"version", "intents", "entities",    "slots",          "responses",
                                                "actions", "forms",   "e2e_actions", "session_config", "config"};
  return keys;
}

bool LooksLikeDomain(const YamlNode& root) {
  for (const YamlNode& key : root.keys) {
    if (key.text == "version" || key.text == "config") continue;
    if (std::find(DomainKeys().begin(), DomainKeys().end(), key.text) != DomainKeys().end()) return true;
  }
  return false;
}

Domain LoadDomainFile(const YamlNode& root, Report& report) {
  Domain domain;
  if (root.is_null() || !report.Expect(root, YamlKind::kMapping, {"D001", "the domain"})) return domain;
  report.CheckOpenKeys(root, DomainKeys(), {"D002", "the domain"});
  ReadIntents(root, domain, report);
  ReadEntities(root, domain, report);
  ReadActions(root, domain, report);
  ReadForms(root, domain, report);
  ReadSession(root, domain, report);
  ReadSettings(root, domain, report);
  domain.e2e_actions = report.Names(root.Find("e2e_actions"), {"D014", "`e2e_actions`"});
  const YamlNode* slots = root.Find("slots");
  if (slots && !slots->is_null()) domain.slots = LoadSlots(*slots, report);
  const YamlNode* responses = root.Find("responses");
  if (responses && !responses->is_null()) domain.responses = LoadResponses(*responses, report);
  return domain;
}

}  // namespace greenroom

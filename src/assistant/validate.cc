#include "assistant/validate.h"

#include <algorithm>
#include <map>

namespace greenroom {
namespace {

void CheckExampleCounts(const Source& source, const NameIndex& names, Report& report) {
  std::map<std::string, std::pair<size_t, SourceSpan>> counts;
  std::map<std::string, std::pair<size_t, SourceSpan>> entities;
  for (const NluExample& example : source.data.nlu.examples) {
    if (example.intent.empty()) continue;
    auto at = counts.try_emplace(example.intent, 0, example.span).first;
    ++at->second.first;
    for (const Entity& entity : example.entities)
      ++entities.try_emplace(entity.entity, 0, example.span).first->second.first;
  }
  for (const auto& [name, count] : counts) {
    if (!names.intents.Has(name)) {
      report.Warn({"V001", "the intent `" + name + "` has examples but is not in the domain", count.second, "",
                   report.Suggest(name, names.intents.list, "add `" + name + "` under `intents:`")});
    }
    if (count.first == 1)
      report.Warn({"V003", "the intent `" + name + "` has only one example", count.second, "",
                   "write at least two, better ten"});
  }
  for (const auto& [name, count] : entities) {
    if (!names.entities.Has(name)) {
      report.Warn({"V004", "the entity `" + name + "` is annotated but is not in the domain", count.second, "",
                   report.Suggest(name, names.entities.list, "add `" + name + "` under `entities:`")});
    }
    if (count.first == 1)
      report.Warn(
          {"V006", "the entity `" + name + "` has only one example", count.second, "", "annotate it in more examples"});
  }
  for (const IntentDef& intent : source.domain.intents) {
    if (intent.span.line == 0 || counts.contains(intent.name) || source.data.nlu.examples.empty()) continue;
    report.Warn({"V002", "the intent `" + intent.name + "` has no examples", intent.span, "never recognised",
                 "add examples to the NLU data"});
  }
}

void CheckAmbiguousTexts(const Source& source, Report& report) {
  std::map<std::string, const NluExample*> first;
  for (const NluExample& example : source.data.nlu.examples) {
    if (example.intent.empty()) continue;
    auto [known, is_new] = first.emplace(example.text, &example);
    if (is_new || known->second->intent == example.intent) continue;
    report.Duplicate(
        Severity::kWarning,
        {"V005", "the same text is an example of `" + known->second->intent + "` and of `" + example.intent + "`",
         example.span, "of `" + example.intent + "`", "keep it in one of the two"},
        known->second->span);
  }
}

// `declared` entries that a list of names mentions without being declared.
void CheckNames(const std::vector<std::string>& used, const NameIndex::Kind& declared, const Subject& subject,
                const SourceSpan& span, Report& report) {
  for (const std::string& name : used) {
    if (declared.Has(name)) continue;
    report.Warn({subject.code, subject.what + " `" + name + "`, which is not in the domain", span, "",
                 report.Suggest(name, declared.list, "declare `" + name + "` in the domain")});
  }
}

void CheckSlotMappings(const SlotDef& slot, const NameIndex& names, Report& report) {
  std::string what = "the slot `" + slot.name + "`";
  for (const SlotMapping& mapping : slot.mappings) {
    if (!mapping.entity.empty())
      CheckNames({mapping.entity}, names.entities, {"V040", what + " is filled from the entity"}, mapping.span, report);
    CheckNames(mapping.intents, names.intents, {"V041", what + " is filled from the intent"}, mapping.span, report);
    CheckNames(mapping.not_intents, names.intents, {"V041", what + " excludes the intent"}, mapping.span, report);
    for (const MappingCondition& condition : mapping.conditions) {
      if (condition.active_loop && !names.forms.Has(*condition.active_loop)) {
        const std::string& form = *condition.active_loop;
        report.Error({"V042", what + " has a condition on the form `" + form + "`, which is not in the domain",
                      mapping.span, "never holds",
                      report.Suggest(form, names.forms.list, "declare `" + form + "` under `forms:`")});
      }
    }
    if (!mapping.action.empty() && !names.HasAction(mapping.action)) {
      CheckNames({mapping.action}, names.actions, {"V043", what + " is filled by the action"}, mapping.span, report);
    }
  }
}

bool CanAsk(const std::string& form, const std::string& slot, const NameIndex& names) {
  for (const std::string& middle : {form + "_" + slot, slot}) {
    if (names.responses.Has("utter_ask_" + middle) || names.actions.Has("action_ask_" + middle)) return true;
  }
  return false;
}

void CheckForm(const FormDef& form, const NameIndex& names, Report& report) {
  CheckNames(form.ignored_intents, names.intents, {"V032", "the form `" + form.name + "` ignores the intent"},
             form.span, report);
  for (const std::string& slot : form.required_slots) {
    if (!names.slots.Has(slot)) {
      report.Warn({"V030",
                   "the form `" + form.name + "` asks for the slot `" + slot +
                       "`, which is not in the domain; the form never ends",
                   form.span, "", report.Suggest(slot, names.slots.list, "add `" + slot + "` under `slots:`")});
    } else if (!CanAsk(form.name, slot, names)) {
      report.Warn({"V031", "the form `" + form.name + "` has no question for the slot `" + slot + "`", form.span, "",
                   "add the response `utter_ask_" + slot + "` or the action `action_ask_" + slot + "`"});
    }
  }
}

void CheckResponses(const Domain& domain, const NameIndex& names, Report& report) {
  for (const auto& [name, variations] : domain.responses) {
    for (const ResponseVariation& variation : variations) {
      for (const ResponseCondition& condition : variation.conditions) {
        CheckNames({condition.slot}, names.slots, {"V045", "a condition of `" + name + "` names the slot"},
                   variation.span, report);
      }
    }
  }
  for (const ActionDef& action : domain.actions) {
    bool retrieval = names.HasAction(action.name) && !names.actions.Has(action.name);
    std::string prefix = action.name + "/";
    auto at = domain.responses.lower_bound(prefix);
    bool answered = retrieval || domain.responses.contains(action.name) ||
                    (at != domain.responses.end() && at->first.starts_with(prefix));
    if (!action.name.starts_with("utter_") || answered) continue;
    report.Warn({"V016", "the action `" + action.name + "` has no response", action.span, "says nothing",
                 report.Suggest(action.name, names.responses.list, "add `" + action.name + "` under `responses:`")});
  }
}

bool HasPolicy(const Source& source, const std::string& name) {
  return std::any_of(source.config.policies.begin(), source.config.policies.end(), [&](const ComponentConfig& policy) {
    return policy.name == name || policy.name.ends_with("." + name);
  });
}

bool HasNothing(const TrainingData& data) {
  return data.nlu.examples.empty() && data.nlu.synonyms.empty() && data.stories.empty() && data.rules.empty();
}

}  // namespace

void NameIndex::Kind::Add(const std::string& name) {
  if (known.insert(name).second) list.push_back(name);
}

NameIndex::NameIndex(const Domain& domain) {
  for (const IntentDef& intent : domain.intents) intents.Add(intent.name);
  for (const EntityDef& entity : domain.entities) entities.Add(entity.name);
  for (const SlotDef& slot : domain.slots) slots.Add(slot.name);
  for (const std::string& name : domain.ActionNames()) actions.Add(name);
  for (const std::string& name : domain.FormNames()) forms.Add(name);
  for (const auto& [name, variations] : domain.responses) responses.Add(name);
}

bool NameIndex::HasAction(const std::string& name) const {
  if (actions.Has(name)) return true;
  auto at = responses.known.lower_bound(name + "/");
  return at != responses.known.end() && at->starts_with(name + "/");
}

void ValidateNlu(const Source& source, const NameIndex& names, Report& report) {
  CheckExampleCounts(source, names, report);
  CheckAmbiguousTexts(source, report);
}

void ValidateDomain(const Source& source, const NameIndex& names, Report& report) {
  const Domain& domain = source.domain;
  for (const IntentDef& intent : domain.intents) {
    if (intent.use_entities)
      CheckNames(*intent.use_entities, names.entities, {"V044", "the intent `" + intent.name + "` uses the entity"},
                 intent.span, report);
    if (intent.ignore_entities)
      CheckNames(*intent.ignore_entities, names.entities,
                 {"V044", "the intent `" + intent.name + "` ignores the entity"}, intent.span, report);
  }
  for (const SlotDef& slot : domain.slots) CheckSlotMappings(slot, names, report);
  for (const FormDef& form : domain.forms) CheckForm(form, names, report);
  CheckResponses(domain, names, report);
  if (!domain.forms.empty() && !HasPolicy(source, "RulePolicy")) {
    report.Error({"V033", "the domain has forms but the config has no `RulePolicy`", domain.forms[0].span, "cannot run",
                  "add `- name: RulePolicy` under `policies:`"});
  }
}

void ValidateSource(const Source& source, Diagnostics& diagnostics) {
  Report report(diagnostics);
  if (HasNothing(source.data)) {
    report.Error({"V060",
                  "there is nothing to train from: no examples, stories or rules",
                  {},
                  "",
                  "add data files, or name their folder with --data"});
  }
  NameIndex names(source.domain);
  ValidateDomain(source, names, report);
  ValidateNlu(source, names, report);
  ValidateStories(source, names, report);
  ValidateUse(source, report);
}

}  // namespace greenroom

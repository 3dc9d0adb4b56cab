#include <algorithm>
#include <map>

#include "assistant/validate.h"

namespace greenroom {
namespace {

enum class Role { kStory, kRule, kTest };

class StoryChecker {
 public:
  StoryChecker(const NameIndex& names, Role role, Report& report) : names_(names), role_(role), report_(report) {}

  void Check(const Story& story) {
    for (const StoryStep& step : story.condition) CheckStep(step);
    for (const StoryStep& step : story.steps) CheckStep(step);
  }

 private:
  void CheckStep(const StoryStep& step) {
    switch (step.kind) {
      case StoryStep::Kind::kUser:
        return CheckUser(step);
      case StoryStep::Kind::kAction:
        return CheckAction(step);
      case StoryStep::Kind::kSlot:
        return CheckSlot(step);
      case StoryStep::Kind::kActiveLoop:
        return CheckLoop(step);
      case StoryStep::Kind::kBotText:
        return;
      case StoryStep::Kind::kCheckpoint:
        for (const StoryStep& slot : step.checkpoint_slots) CheckSlot(slot);
        return;
      case StoryStep::Kind::kOr:
        for (const std::vector<StoryStep>& alternative : step.alternatives) {
          for (const StoryStep& inner : alternative) CheckStep(inner);
        }
    }
  }

  void CheckUser(const StoryStep& step) {
    std::string base = step.name.substr(0, step.name.find('/'));
    if (!base.empty() && !names_.intents.Has(base)) {
      report_.Warn({"V010", "the intent `" + base + "` is not in the domain", step.span, "not declared",
                    report_.Suggest(base, names_.intents.list, "add `" + base + "` under `intents:`")});
    }
    for (const Entity& entity : step.entities) {
      if (names_.entities.Has(entity.entity)) continue;
      report_.Warn(
          {"V014", "the entity `" + entity.entity + "` is not in the domain", step.span, "",
           report_.Suggest(entity.entity, names_.entities.list, "add `" + entity.entity + "` under `entities:`")});
    }
  }

  void CheckAction(const StoryStep& step) {
    if (names_.HasAction(step.name)) return;
    std::string otherwise = step.name.starts_with("utter_") ? "add `" + step.name + "` under `responses:`"
                                                            : "add `" + step.name + "` under `actions:`";
    Problem problem{role_ == Role::kRule ? "V011" : "V012",
                    "the action `" + step.name + "` is not in the domain (UnknownAction)", step.span, "not declared",
                    report_.Suggest(step.name, names_.actions.list, otherwise)};
    role_ == Role::kRule ? report_.Error(std::move(problem)) : report_.Warn(std::move(problem));
  }

  void CheckSlot(const StoryStep& step) {
    if (names_.slots.Has(step.name)) return;
    Problem problem{"V013", "the slot `" + step.name + "` is not in the domain", step.span, "not declared",
                    report_.Suggest(step.name, names_.slots.list, "add `" + step.name + "` under `slots:`")};
    role_ == Role::kTest ? report_.Warn(std::move(problem)) : report_.Error(std::move(problem));
  }

  void CheckLoop(const StoryStep& step) {
    if (step.loop_off || names_.forms.Has(step.name)) return;
    report_.Warn({"V015", "the form `" + step.name + "` is not in the domain", step.span, "not declared",
                  report_.Suggest(step.name, names_.forms.list, "add `" + step.name + "` under `forms:`")});
  }

  const NameIndex& names_;
  Role role_;
  Report& report_;
};

bool RulesAreRestricted(const Source& source) {
  for (const ComponentConfig& policy : source.config.policies) {
    if (policy.name == "RulePolicy" || policy.name.ends_with(".RulePolicy"))
      return policy.parameters["restrict_rules"].AsBool(true);
  }
  return false;
}

void CheckUserTurns(const Story& rule, Report& report) {
  const StoryStep* first = nullptr;
  for (const StoryStep& step : rule.steps) {
    bool slot_choice = step.kind == StoryStep::Kind::kOr && step.alternatives[0][0].kind != StoryStep::Kind::kUser;
    if ((step.kind != StoryStep::Kind::kUser && step.kind != StoryStep::Kind::kOr) || slot_choice) continue;
    if (first) {
      report.Duplicate(Severity::kError,
                       {"V050", "the rule `" + rule.name + "` has more than one user turn", step.span, "second turn",
                        "write it as a story, or as several rules"},
                       first->span);
      return;
    }
    first = &step;
  }
}

// A checkpoint at the first step starts a story; at any other place it ends one.
void CheckCheckpoints(const std::vector<Story>& stories, Report& report) {
  std::map<std::string, const StoryStep*> starts, ends;
  for (const Story& story : stories) {
    for (size_t i = 0; i < story.steps.size(); ++i) {
      const StoryStep& step = story.steps[i];
      if (step.kind == StoryStep::Kind::kCheckpoint) (i == 0 ? starts : ends).emplace(step.name, &step);
    }
  }
  std::vector<std::string> end_names;
  for (const auto& entry : ends) end_names.push_back(entry.first);
  for (const auto& [name, step] : starts) {
    if (ends.contains(name) || name == "STORY_START") continue;
    report.Warn({"V051", "no story ends in the checkpoint `" + name + "`; the story that starts from it is left out",
                 step->span, "never reached",
                 report.Suggest(name, end_names, "end a story with `- checkpoint: " + name + "`")});
  }
  for (const auto& [name, step] : ends) {
    if (starts.contains(name)) continue;
    report.Warn({"V052", "no story starts from the checkpoint `" + name + "`", step->span, "leads nowhere",
                 "start a story with it, or remove it"});
  }
}

struct Used {
  std::set<std::string> intents, actions;
};

void Collect(const StoryStep& step, Used& used) {
  if (step.kind == StoryStep::Kind::kUser) used.intents.insert(step.name.substr(0, step.name.find('/')));
  if (step.kind == StoryStep::Kind::kAction || step.kind == StoryStep::Kind::kActiveLoop)
    used.actions.insert(step.name);
  for (const std::vector<StoryStep>& alternative : step.alternatives) {
    for (const StoryStep& inner : alternative) Collect(inner, used);
  }
}

bool IsAskedByItself(const std::string& response, const Domain& domain) {
  static const std::set<std::string> defaults = {"utter_default", "utter_restart", "utter_back", "utter_ask_rephrase"};
  if (defaults.contains(response) || !response.starts_with("utter_ask_")) return defaults.contains(response);
  for (const FormDef& form : domain.forms) {
    for (const std::string& slot : form.required_slots) {
      if (response == "utter_ask_" + slot || response == "utter_ask_" + form.name + "_" + slot) return true;
    }
  }
  return false;
}

bool UsedByMappings(const std::string& intent, const Domain& domain) {
  for (const SlotDef& slot : domain.slots) {
    for (const SlotMapping& mapping : slot.mappings) {
      if (std::find(mapping.intents.begin(), mapping.intents.end(), intent) != mapping.intents.end()) return true;
    }
  }
  return false;
}

}  // namespace

void ValidateStories(const Source& source, const NameIndex& names, Report& report) {
  for (const Story& story : source.data.stories) StoryChecker(names, Role::kStory, report).Check(story);
  for (const Story& rule : source.data.rules) StoryChecker(names, Role::kRule, report).Check(rule);
  for (const Story& story : source.data.test_stories) StoryChecker(names, Role::kTest, report).Check(story);
  CheckCheckpoints(source.data.stories, report);
  if (!RulesAreRestricted(source)) return;
  for (const Story& rule : source.data.rules) CheckUserTurns(rule, report);
}

void ValidateUse(const Source& source, Report& report) {
  const Domain& domain = source.domain;
  Used used;
  for (const std::vector<Story>* stories : {&source.data.stories, &source.data.rules}) {
    for (const Story& story : *stories) {
      for (const StoryStep& step : story.steps) Collect(step, used);
    }
  }
  if (used.intents.empty() && used.actions.empty()) return;
  for (const IntentDef& intent : domain.intents) {
    if (intent.span.line == 0 || used.intents.contains(intent.name) || UsedByMappings(intent.name, domain)) continue;
    report.Warn({"V020", "the intent `" + intent.name + "` is not used in any story or rule", intent.span, "not used",
                 "write a rule for it, or remove it"});
  }
  for (const auto& [name, variations] : domain.responses) {
    std::string base = name.substr(0, name.find('/'));
    if (variations.empty() || used.actions.contains(name) || used.actions.contains(base) ||
        IsAskedByItself(name, domain))
      continue;
    report.Warn({"V021", "the response `" + name + "` is not used in any story or rule", variations[0].span, "not used",
                 "it can still be sent by custom actions"});
  }
  for (const FormDef& form : domain.forms) {
    if (used.actions.contains(form.name)) continue;
    report.Warn({"V022", "the form `" + form.name + "` is not used in any story or rule", form.span, "never started",
                 "write a rule that runs it"});
  }
}

}  // namespace greenroom

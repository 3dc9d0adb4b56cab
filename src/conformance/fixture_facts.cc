#include "conformance/fixture_facts.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"

namespace greenroom::conformance {
namespace {

std::string ShortName(const std::string& name) { return name.substr(name.rfind('.') + 1); }

Json Counts(const std::map<std::string, int64_t>& counts) {
  Json json = Json::Object();
  for (const auto& [name, count] : counts) json.Set(name, count);
  return json;
}

Json Sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  Json list = Json::List();
  for (const std::string& name : names) list.Append(name);
  return list;
}

Json NluFacts(const NluData& data) {
  std::map<std::string, int64_t> intents, entities;
  for (const NluExample& example : data.examples) {
    if (!example.intent.empty()) ++intents[example.intent];
    for (const Entity& entity : example.entities) {
      ++entities["entity '" + entity.entity + "'"];
      if (!entity.role.empty()) ++entities["role '" + entity.role + "'"];
      if (!entity.group.empty()) ++entities["group '" + entity.group + "'"];
    }
  }
  std::set<std::string> synonyms;
  for (const Synonym& synonym : data.synonyms) synonyms.insert(synonym.text);
  std::vector<std::string> regexes, lookups;
  for (const RegexFeature& regex : data.regexes) regexes.push_back(regex.name);
  for (const LookupTable& lookup : data.lookups) lookups.push_back(lookup.name);
  return Json::Object({{"examples", data.examples.size()},
                       {"intents", Counts(intents)},
                       {"entities", Counts(entities)},
                       {"synonyms", synonyms.size()},
                       {"regex", Sorted(regexes)},
                       {"lookups", Sorted(lookups)}});
}

const char* TypeName(SlotType type) {
  switch (type) {
    case SlotType::kText:
      return "text";
    case SlotType::kBool:
      return "bool";
    case SlotType::kFloat:
      return "float";
    case SlotType::kList:
      return "list";
    case SlotType::kCategorical:
      return "categorical";
    case SlotType::kAny:
      break;
  }
  return "any";
}

Json DomainFacts(const Domain& domain) {
  Json slots = Json::Object(), forms = Json::Object(), responses = Json::Object();
  for (const SlotDef& slot : domain.slots) slots.Set(slot.name, TypeName(slot.type));
  for (const auto& [name, variations] : domain.responses) responses.Set(name, variations.size());
  for (const FormDef& form : domain.forms) {
    Json required = Json::List();
    for (const std::string& slot : form.required_slots) required.Append(slot);
    forms.Set(form.name, required);
  }
  std::vector<std::string> intents, entities;
  for (const IntentDef& intent : domain.intents) intents.push_back(intent.name);
  for (const EntityDef& entity : domain.entities) entities.push_back(entity.name);
  Json actions = Json::List();
  for (const std::string& name : domain.ActionNames()) actions.Append(name);
  return Json::Object({{"intents", Sorted(intents)},
                       {"entities", Sorted(entities)},
                       {"slots", slots},
                       {"forms", forms},
                       {"actions", actions},
                       {"responses", responses},
                       {"session", Json::List({static_cast<int64_t>(domain.session.expiration_minutes),
                                               domain.session.carry_over_slots})}});
}

Json ConfigFacts(const AssistantConfig& config) {
  Json names = Json::Object();
  for (const auto* components : {&config.pipeline, &config.policies}) {
    Json list = Json::List();
    for (const ComponentConfig& component : *components) list.Append(ShortName(component.name));
    names.Set(components == &config.pipeline ? "pipeline" : "policies", list);
  }
  return names;
}

Json EndpointFacts(const Endpoints& endpoints) {
  const auto there = [](const EndpointConfig& endpoint) { return Json(!endpoint.url.empty()); };
  return Json::Object({{"model", there(endpoints.models)},
                       {"action", there(endpoints.action)},
                       {"nlu", there(endpoints.nlu)},
                       {"nlg", there(endpoints.nlg)},
                       {"tracker_store", !endpoints.tracker_store.is_null()},
                       {"lock_store", !endpoints.lock_store.is_null()},
                       {"event_broker", !endpoints.event_broker.is_null()}});
}

// One story, cut into steps.
class StoryCutter {
 public:
  StoryCutter(const Story& story, Json& steps) : story_(story), steps_(steps) {}

  void Cut() {
    if (story_.is_rule) {
      for (const StoryStep& step : story_.condition) Add(EventOf(step));
      if (!story_.conversation_start) Add(Json::Object({{"action", "..."}}));
    }
    for (const StoryStep& step : story_.steps) Take(step);
    if (story_.is_rule && !story_.wait_for_user_input) Add(Json::Object({{"action", "..."}}));
    FinishAlternatives(Json::List());
    if (events_.size() > 0) Finish(events_, ended_);
  }

 private:
  static Json EventOf(const StoryStep& step) {
    switch (step.kind) {
      case StoryStep::Kind::kUser: {
        Json entities = Json::List();
        for (const Entity& entity : step.entities) entities.Append(entity.entity);
        return Json::Object({{"user", step.name.empty() ? Json() : Json(step.name.substr(0, step.name.find('/')))},
                             {"text", step.text ? Json(*step.text) : Json()},
                             {"entities", entities}});
      }
      case StoryStep::Kind::kBotText:
        return Json::Object({{"action", ""}, {"text", step.text.value_or("")}});
      case StoryStep::Kind::kSlot:
        return Json::Object({{"slot", step.name}});
      case StoryStep::Kind::kActiveLoop:
        return Json::Object({{"loop", step.loop_off ? Json() : Json(step.name)}});
      default:
        return Json::Object({{"action", step.name}});
    }
  }

  void Add(Json event) {
    FinishAlternatives(Json::List({"GENR_OR"}));
    if (ended_.size() > 0) {
      Finish(events_, ended_);
      events_ = Json::List();
      start_ = std::exchange(ended_, Json::List());
    }
    events_.Append(std::move(event));
  }

  void Take(const StoryStep& step) {
    if (step.kind == StoryStep::Kind::kCheckpoint) {
      const bool ends = events_.size() > 0 || !alternatives_.empty();
      (ends ? ended_ : start_).Append(step.name);
    } else if (step.kind == StoryStep::Kind::kOr) {
      FinishAlternatives(Json::List({"GENR_OR"}));
      for (const std::vector<StoryStep>& alternative : step.alternatives) {
        alternatives_.push_back(events_);
        for (const StoryStep& inner : alternative) alternatives_.back().Append(EventOf(inner));
      }
      events_ = Json::List();
    } else {
      Add(EventOf(step));
    }
  }

  // A checkpoint right after an `or` ends each of its alternatives.
  void FinishAlternatives(const Json& joined) {
    if (alternatives_.empty()) return;
    const Json end = ended_.size() > 0 ? std::exchange(ended_, Json::List()) : joined;
    for (const Json& events : alternatives_) Finish(events, end);
    alternatives_.clear();
    start_ = end;
  }

  void Finish(const Json& events, const Json& end) {
    if (events.size() == 0 && end.size() == 0) return;
    steps_.Append(Json::Object({{"name", story_.name},
                                {"rule", story_.is_rule},
                                {"start", start_.size() == 0 ? Json::List({"STORY_START"}) : start_},
                                {"end", end},
                                {"events", events}}));
  }

  const Story& story_;
  Json& steps_;
  Json start_ = Json::List(), ended_ = Json::List(), events_ = Json::List();
  Json::Array alternatives_ = {};  // of an `or`, with what stands before it
};

// What both sides know of a recorded step.
Json ComparableStep(const Json& step) {
  Json events = Json::List();
  for (const Json& event : step["events"].array()) {
    Json kept = event;
    kept.Erase("value");  // bare names get their value from the domain
    if (Json* entities = kept.Find("entities")) {
      Json names = Json::List();
      for (const Json& entity : entities->array()) names.Append(entity.is_string() ? entity : entity["entity"]);
      *entities = names;
    }
    if (kept.Find("user") != nullptr) kept.Set("user", kept["user"].AsString());
    events.Append(kept);
  }
  Json checkpoints = Json::Object();
  for (const char* side : {"start", "end"}) {
    std::vector<std::string> names;
    for (const Json& name : step[side].array())
      names.push_back(name.AsString().starts_with("GENR_OR") ? "GENR_OR" : name.AsString());
    checkpoints.Set(side, Sorted(names));
  }
  return Json::Object({{"name", step["name"]},
                       {"rule", step["rule"]},
                       {"start", checkpoints["start"]},
                       {"end", checkpoints["end"]},
                       {"events", events}});
}

std::string Shown(const std::string& what, const std::string& want, const std::string& got) {
  constexpr size_t kMost = 500;
  return "    " + what + "\n      recorded: " + want.substr(0, kMost) + "\n      ours:     " + got.substr(0, kMost) +
         "\n";
}

std::string CompareSteps(const Json& recorded, const Json& ours) {
  std::multiset<std::string> want, got;
  for (const Json& step : recorded.array()) want.insert(ComparableStep(step).DumpPythonSorted());
  for (const Json& step : ours.array()) got.insert(ComparableStep(step).DumpPythonSorted());
  std::vector<std::string> missing, extra;
  std::set_difference(want.begin(), want.end(), got.begin(), got.end(), std::back_inserter(missing));
  std::set_difference(got.begin(), got.end(), want.begin(), want.end(), std::back_inserter(extra));
  if (missing.empty() && extra.empty()) return "";
  return Shown("steps", missing.empty() ? "none of this" : missing[0], extra.empty() ? "none of this" : extra[0]);
}

// "run_DIETClassifier5" -> {"DIETClassifier", 5}; false for nodes that are no component.
bool ReadNode(const std::string& node, std::string& name, size_t& place) {
  const size_t begin = node.starts_with("run_") ? 4 : node.starts_with("train_") ? 6 : std::string::npos;
  size_t digits = node.size();
  while (digits > 0 && std::isdigit(static_cast<unsigned char>(node[digits - 1]))) --digits;
  if (begin == std::string::npos || digits == node.size() || digits <= begin) return false;
  name = node.substr(begin, digits - begin);
  place = std::stoul(node.substr(digits));
  return true;
}

std::string CompareNodes(const Json& recorded, const Json& ours) {
  std::string text;
  for (const char* list : {"train_nodes", "predict_nodes"}) {
    for (const Json& node : recorded[list].array()) {
      std::string name;
      size_t place = 0;
      if (!ReadNode(node.AsString(), name, place)) continue;
      const auto holds = [&](const char* kind) {
        const auto& names = ours[kind].array();
        return place < names.size() && names[place].AsString() == name;
      };
      if (!holds("pipeline") && !holds("policies")) text += Shown("component", node.AsString(), ours.Dump());
    }
  }
  return text;
}

// Members whose names are compared as a set, whatever the order.
Json Unordered(const Json& fact) {
  if (!fact.is_array()) return fact;
  std::vector<std::string> items;
  for (const Json& item : fact.array()) items.push_back(item.DumpPythonSorted());
  return Sorted(items);
}

}  // namespace

Json StorySteps(const TrainingData& data) {
  Json steps = Json::List();
  for (const std::vector<Story>* stories : {&data.stories, &data.rules, &data.test_stories}) {
    for (const Story& story : *stories) StoryCutter(story, steps).Cut();
  }
  return steps;
}

Json FactsOf(const std::string& kind, const Source& source) {
  if (kind == "nlu") return NluFacts(source.data.nlu);
  if (kind == "domain") return DomainFacts(source.domain);
  if (kind == "config") return ConfigFacts(source.config);
  if (kind == "endpoints") return EndpointFacts(source.endpoints);
  return Json::Object({{"steps", StorySteps(source.data)}});
}

std::string CompareFacts(const std::string& kind, const Json& recorded, const Json& ours, bool is_folder) {
  if (kind == "stories") return CompareSteps(recorded["steps"], ours["steps"]);
  if (kind == "config") return CompareNodes(recorded, ours);
  std::string text;
  for (const auto& [key, fact] : recorded.members()) {
    const Json* mine = ours.Find(key);
    if (mine == nullptr) continue;
    const bool ordered = key == "actions" && !is_folder;
    const Json want = kind == "endpoints" ? Json(!fact.is_null()) : ordered ? fact : Unordered(fact);
    const Json got = ordered ? *mine : Unordered(*mine);
    if (want.DumpPythonSorted() != got.DumpPythonSorted())
      text += Shown(key, want.DumpPythonSorted(), got.DumpPythonSorted());
  }
  return text;
}

}  // namespace greenroom::conformance

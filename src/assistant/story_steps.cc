#include "assistant/annotation.h"
#include "assistant/story_loader.h"
#include "base/text.h"

namespace greenroom {

std::vector<std::string> StepReader::Kinds() const {
  if (is_rule_) return {"intent", "user", "or", "action", "bot", "slot_was_set", "active_loop"};
  return {"intent", "user", "or", "action", "bot", "checkpoint", "slot_was_set", "active_loop"};
}

void StepReader::Read(const YamlNode& node, std::vector<StoryStep>& steps) {
  if (!report_.Expect(node, YamlKind::kMapping, {"T008", "each step"})) return;
  for (const std::string& kind : Kinds()) {
    if (!node.Find(kind)) continue;
    if (kind == "intent" || kind == "user") return ReadUser(node, steps);
    if (kind == "or") return ReadOr(node, steps);
    if (kind == "slot_was_set") {
      report_.CheckKeys(node, {"slot_was_set"}, {"T009", "this step"}, Severity::kError);
      return ReadSlots(*node.Find(kind), steps);
    }
    if (kind == "active_loop") return ReadLoop(node, steps);
    return ReadNamed(node, kind, steps);
  }
  SourceSpan span = node.keys.empty() ? node.span : node.keys[0].span;
  std::string found = node.keys.empty() ? "" : node.keys[0].text;
  report_.Error(
      {"T010",
       found.empty() ? "a step is empty" : "`" + found + "` is no kind of step" + (is_rule_ ? " in a rule" : ""), span,
       "not known here", report_.Suggest(found, Kinds(), "a step has one of " + QuotedList(Kinds()))});
}

void StepReader::ReadUser(const YamlNode& node, std::vector<StoryStep>& steps) {
  report_.CheckKeys(node, {"intent", "user", "entities", "metadata"}, {"T009", "a user step"}, Severity::kError);
  const YamlNode* intent = node.Find("intent");
  const YamlNode* text = node.Find("user");
  StoryStep step{.kind = StoryStep::Kind::kUser, .span = (intent ? intent : text)->span};
  if (intent) ReadIntent(*intent, step);
  if (text && !text->is_null()) ReadUserText(*text, !step.name.empty(), step);
  const YamlNode* entities = node.Find("entities");
  if (entities && !entities->is_null()) ReadEntities(*entities, step);
  if (step.name.empty() && !step.text) {
    report_.Warn({"T011", "a user step has no intent and no text; it is skipped", step.span, "skipped",
                  "write `- intent: <name>`"});
    return;
  }
  steps.push_back(std::move(step));
}

void StepReader::ReadIntent(const YamlNode& intent, StoryStep& step) {
  if (intent.is_null()) return;
  std::string name = report_.Text(intent, {"T012", "`intent`"}).value_or("");
  if (name.starts_with('/')) {
    report_.Warn({"T013", "the intent `" + name + "` starts with a slash; it is read without it", intent.span, "",
                  "remove the slash"});
    name.erase(0, 1);
  }
  size_t slash = name.find('/');
  if (slash != std::string::npos && !is_test_) {
    report_.Warn({"T014", "the retrieval intent `" + name + "` is cut to its base in stories and rules", intent.span,
                  "", "write `" + name.substr(0, slash) + "`"});
    name.resize(slash);
  }
  step.name = std::move(name);
}

void StepReader::ReadUserText(const YamlNode& node, bool has_intent, StoryStep& step) {
  auto markup = report_.Text(node, {"T012", "`user`"});
  if (!markup) return;
  std::string_view trimmed = Trim(*markup);
  if (trimmed.starts_with('/')) {
    SlashText slash = ReadSlashText(trimmed);
    if (!has_intent) step.name = std::move(slash.intent);
    step.entities = std::move(slash.entities);
    step.text = is_test_ || step.name.empty() ? std::optional<std::string>(trimmed) : std::nullopt;
    return;
  }
  AnnotatedText read = ParseAnnotation(trimmed);
  for (const AnnotationProblem& problem : read.problems) {
    report_.Error({"N010", problem.message, node.span, "in this text", "for example `[Paris]{\"entity\": \"city\"}`"});
  }
  if (has_intent && !is_test_) return;
  step.text = std::move(read.text);
  step.entities = std::move(read.entities);
}

void StepReader::ReadEntities(const YamlNode& list, StoryStep& step) {
  if (!report_.Expect(list, YamlKind::kSequence, {"T015", "`entities`"})) return;
  step.entities.clear();
  for (const YamlNode& item : list.items) {
    if (item.is_scalar() && !item.is_null()) {
      step.entities.push_back({.entity = item.text, .value = {}});
      continue;
    }
    if (!report_.Expect(item, YamlKind::kMapping, {"T015", "each entry of `entities`"})) continue;
    Entity entity;
    for (size_t i = 0; i < item.keys.size(); ++i) {
      const std::string& key = item.keys[i].text;
      const YamlNode& value = item.items[i];
      if (key == "role" || key == "group") {
        (key == "role" ? entity.role : entity.group) =
            value.is_null() ? "" : report_.Text(value, {"T015", "`" + key + "`"}).value_or("");
      } else if (key == "value") {
        entity.value = value.ToJson();
      } else if (entity.entity.empty()) {
        entity.entity = key;
        if (!value.is_null()) entity.value = value.ToJson();
      }
    }
    if (entity.entity.empty()) {
      report_.Error({"T015", "an entry of `entities` names no entity", item.span, "", "write `- city: Rome`"});
    } else {
      step.entities.push_back(std::move(entity));
    }
  }
}

void StepReader::ReadOr(const YamlNode& node, std::vector<StoryStep>& steps) {
  report_.CheckKeys(node, {"or"}, {"T009", "an `or` step"}, Severity::kError);
  const YamlNode& list = *node.Find("or");
  if (!report_.Expect(list, YamlKind::kSequence, {"T016", "`or`"})) return;
  StoryStep step{.kind = StoryStep::Kind::kOr, .span = list.span};
  for (const YamlNode& item : list.items) {
    bool user = item.Find("intent") || item.Find("user");
    if (!item.is_mapping() || (!user && !item.Find("slot_was_set"))) {
      report_.Error({"T016", "an alternative of `or` must be a user step or `slot_was_set`", item.span, "",
                     "write `- intent: <name>`"});
      continue;
    }
    std::vector<StoryStep> alternative;
    Read(item, alternative);
    if (!alternative.empty()) step.alternatives.push_back(std::move(alternative));
  }
  if (!step.alternatives.empty()) steps.push_back(std::move(step));
}

void StepReader::ReadNamed(const YamlNode& node, const std::string& key, std::vector<StoryStep>& steps) {
  bool checkpoint = key == "checkpoint";
  std::vector<std::string> keys = {key};
  if (checkpoint) keys.push_back("slot_was_set");
  report_.CheckKeys(node, keys, {"T009", "this step"}, Severity::kError);
  const YamlNode& value = *node.Find(key);
  auto name = report_.Text(value, {"T012", "`" + key + "`"});
  if (!name) return;
  StoryStep step{
      .kind = checkpoint ? StoryStep::Kind::kCheckpoint : StoryStep::Kind::kAction, .name = *name, .span = value.span};
  if (key == "bot") {
    step.kind = StoryStep::Kind::kBotText;
    step.text = std::move(step.name);
    step.name.clear();
  }
  if (checkpoint && node.Find("slot_was_set")) ReadSlots(*node.Find("slot_was_set"), step.checkpoint_slots);
  steps.push_back(std::move(step));
}

void StepReader::ReadSlots(const YamlNode& list, std::vector<StoryStep>& steps) {
  if (!report_.Expect(list, YamlKind::kSequence, {"T017", "`slot_was_set`"})) return;
  for (const YamlNode& item : list.items) {
    if (item.is_scalar() && !item.is_null()) {
      steps.push_back({.kind = StoryStep::Kind::kSlot, .name = item.text, .bare = true, .span = item.span});
      continue;
    }
    if (!report_.Expect(item, YamlKind::kMapping, {"T017", "each entry of `slot_was_set`"})) continue;
    for (size_t i = 0; i < item.keys.size(); ++i) {
      steps.push_back({.kind = StoryStep::Kind::kSlot,
                       .name = item.keys[i].text,
                       .value = item.items[i].ToJson(),
                       .span = item.keys[i].span});
    }
  }
}

void StepReader::ReadLoop(const YamlNode& node, std::vector<StoryStep>& steps) {
  report_.CheckKeys(node, {"active_loop"}, {"T009", "this step"}, Severity::kError);
  const YamlNode& value = *node.Find("active_loop");
  StoryStep step{.kind = StoryStep::Kind::kActiveLoop, .loop_off = value.is_null(), .span = value.span};
  if (!value.is_null()) {
    auto name = report_.Text(value, {"T012", "`active_loop`"});
    if (!name) return;
    step.name = *name;
  }
  steps.push_back(std::move(step));
}

void StepReader::ReadCondition(const YamlNode& node, std::vector<StoryStep>& steps) {
  if (!report_.Expect(node, YamlKind::kMapping, {"T006", "each entry of `condition`"})) return;
  report_.CheckKeys(node, {"slot_was_set", "active_loop"}, {"T006", "a condition"}, Severity::kError);
  if (const YamlNode* slots = node.Find("slot_was_set")) return ReadSlots(*slots, steps);
  if (node.Find("active_loop")) ReadLoop(node, steps);
}

SlashText ReadSlashText(std::string_view text) {
  SlashText read;
  if (!text.starts_with('/')) return read;
  size_t end = text.find_first_of("{@", 1);
  std::string_view name = Trim(text.substr(1, end == std::string_view::npos ? end : end - 1));
  read.intent = std::string(name);
  size_t open = text.find('{'), close = text.rfind('}');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return read;
  Result<Json> json = ParseJson(text.substr(open, close - open + 1));
  if (!json.ok()) return read;
  for (const auto& [entity, value] : json->members()) {
    Json::Array values = value.is_array() ? value.array() : Json::Array{value};
    for (Json& one : values) read.entities.push_back({.entity = entity, .value = std::move(one)});
  }
  return read;
}

}  // namespace greenroom

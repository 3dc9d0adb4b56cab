#include "assistant/story_loader.h"

namespace greenroom {
namespace {

std::optional<Story> ReadHead(const YamlNode& item, const std::string& kind, const std::vector<std::string>& keys,
                              StoryFileKind file, Report& report) {
  if (!report.Expect(item, YamlKind::kMapping,
                     {"T002", "each entry of `" + (kind == "rule" ? std::string("rules") : "stories") + "`"}))
    return std::nullopt;
  report.CheckKeys(item, keys, {"T003", "a " + kind}, Severity::kError);
  const YamlNode* name = item.Find(kind);
  if (!name) {
    report.Error({"T004", "a " + kind + " has no name", item.span, "", "start it with `- " + kind + ": <name>`"});
    return std::nullopt;
  }
  std::optional<std::string> text;
  // What a test is called does not change what it tests.
  if (file == StoryFileKind::kTest && name->is_null())
    text = "";
  else
    text = report.Text(*name, {"T004", "the name of a " + kind});
  if (!text) return std::nullopt;
  Story story{.name = *text, .is_rule = kind == "rule", .span = name->span};
  if (const YamlNode* metadata = item.Find("metadata")) story.metadata = metadata->ToJson();
  return story;
}

void ReadSteps(const YamlNode& item, StepReader reader, Story& story, Report& report) {
  const YamlNode* steps = item.Find("steps");
  if (!steps || (steps->is_null())) {
    report.Warn({"T005", "`" + story.name + "` has no steps", story.span, "", "add `steps:`"});
    return;
  }
  if (!report.Expect(*steps, YamlKind::kSequence, {"T005", "`steps`"})) return;
  for (const YamlNode& step : steps->items) reader.Read(step, story.steps);
}

}  // namespace

void LoadStories(const YamlNode& list, StoryFileKind kind, std::vector<Story>& stories, Report& report) {
  if (list.is_null() || !report.Expect(list, YamlKind::kSequence, {"T001", "`stories`"})) return;
  for (const YamlNode& item : list.items) {
    auto story = ReadHead(item, "story", {"story", "steps", "metadata"}, kind, report);
    if (!story) continue;
    ReadSteps(item, StepReader(false, kind, report), *story, report);
    stories.push_back(std::move(*story));
  }
}

void LoadRules(const YamlNode& list, std::vector<Story>& rules, Report& report) {
  static const std::vector<std::string> keys = {
      "rule", "steps", "condition", "conversation_start", "wait_for_user_input", "metadata"};
  if (list.is_null() || !report.Expect(list, YamlKind::kSequence, {"T001", "`rules`"})) return;
  for (const YamlNode& item : list.items) {
    auto rule = ReadHead(item, "rule", keys, StoryFileKind::kTraining, report);
    if (!rule) continue;
    StepReader reader(true, StoryFileKind::kTraining, report);
    const YamlNode* condition = item.Find("condition");
    if (condition && !condition->is_null() && report.Expect(*condition, YamlKind::kSequence, {"T006", "`condition`"})) {
      for (const YamlNode& entry : condition->items) reader.ReadCondition(entry, rule->condition);
    }
    const YamlNode* start = item.Find("conversation_start");
    if (start) rule->conversation_start = report.Bool(*start, {"T007", "`conversation_start`"}).value_or(false);
    const YamlNode* wait = item.Find("wait_for_user_input");
    if (wait) rule->wait_for_user_input = report.Bool(*wait, {"T007", "`wait_for_user_input`"}).value_or(true);
    ReadSteps(item, reader, *rule, report);
    rules.push_back(std::move(*rule));
  }
}

}  // namespace greenroom

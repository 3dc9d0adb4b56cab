// The loader of `stories` and `rules`, in training files and in test files.
//
//   LoadStories(*root.Find("stories"), StoryFileKind::kTest, data.test_stories, report);
//   LoadRules(*root.Find("rules"), data.rules, report);
//
// Texts of user turns are kept in test files and in turns without an intent (end-to-end); elsewhere the intent decides.
// A text that starts with a slash is unpacked like a live message. Codes: T001-T019. Thread rules: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assistant/report.h"
#include "assistant/training_data.h"

namespace greenroom {

enum class StoryFileKind { kTraining, kTest };

void LoadStories(const YamlNode& list, StoryFileKind kind, std::vector<Story>& stories, Report& report);
void LoadRules(const YamlNode& list, std::vector<Story>& rules, Report& report);

// Reads the steps of one story or rule.
class StepReader {
 public:
  StepReader(bool is_rule, StoryFileKind kind, Report& report)
      : is_rule_(is_rule), is_test_(kind == StoryFileKind::kTest), report_(report) {}

  // Appends the step or steps of one entry; a `slot_was_set` entry makes one step for each slot.
  void Read(const YamlNode& node, std::vector<StoryStep>& steps);
  // An entry of a rule's `condition`.
  void ReadCondition(const YamlNode& node, std::vector<StoryStep>& steps);

 private:
  void ReadUser(const YamlNode& node, std::vector<StoryStep>& steps);
  void ReadUserText(const YamlNode& text, bool has_intent, StoryStep& step);
  void ReadIntent(const YamlNode& intent, StoryStep& step);
  void ReadEntities(const YamlNode& list, StoryStep& step);
  void ReadOr(const YamlNode& node, std::vector<StoryStep>& steps);
  void ReadNamed(const YamlNode& node, const std::string& key, std::vector<StoryStep>& steps);
  void ReadSlots(const YamlNode& list, std::vector<StoryStep>& steps);
  void ReadLoop(const YamlNode& node, std::vector<StoryStep>& steps);
  std::vector<std::string> Kinds() const;

  bool is_rule_;
  bool is_test_;
  Report& report_;
};

// A message of the form `/intent{"entity": "value"}`; empty intent when it has another form.
struct SlashText {
  std::string intent = {};
  std::vector<Entity> entities = {};
};
SlashText ReadSlashText(std::string_view text);

}  // namespace greenroom

#include "assistant/source.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "base/text.h"

namespace greenroom {
namespace {

namespace fs = std::filesystem;

// A project in a folder of its own; files are given as text.
class Project {
 public:
  Project() {
    const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::path(testing::TempDir()) / "greenroom_source" / test->name();
    fs::remove_all(root_);
    fs::create_directories(root_ / "data");
    With("config.yml", "recipe: default.v1\nlanguage: en\n");
    With("domain.yml", "version: \"3.1\"\nintents: [greet]\nresponses:\n  utter_greet:\n  - text: Hello\n");
  }

  Project& With(const std::string& name, const std::string& text) {
    fs::create_directories((root_ / name).parent_path());
    EXPECT_TRUE(WriteFileDurably((root_ / name).string(), text).ok());
    return *this;
  }

  LoadedSource Load(bool validate = false) const {
    auto variables = [](const std::string& name) {
      return name == "HOST" ? std::optional<std::string>("actions") : std::nullopt;
    };
    LoadedSource loaded = LoadSource({.root = root_.string()}, variables);
    if (validate) ValidateSource(loaded.source, loaded.diagnostics);
    return loaded;
  }

  void Remove(const std::string& name) { fs::remove_all(root_ / name); }

 private:
  fs::path root_;
};

const Diagnostic* Find(const LoadedSource& loaded, const std::string& code) {
  for (const Diagnostic& item : loaded.diagnostics.items()) {
    if (item.code == code) return &item;
  }
  return nullptr;
}

std::string Place(const Diagnostic* item) {
  if (!item) return "not reported";
  return item->span.file + ":" + std::to_string(item->span.line) + ":" + std::to_string(item->span.column) + "+" +
         std::to_string(item->span.length);
}

std::string All(const LoadedSource& loaded) { return RenderText(loaded.diagnostics, loaded.texts, {}); }

TEST(LoadSource, FillsAnAbsentPipelineAndPoliciesWithTheDefaults) {
  LoadedSource loaded = Project().Load();
  EXPECT_FALSE(loaded.diagnostics.has_errors()) << All(loaded);
  EXPECT_EQ(loaded.source.config.pipeline.size(), 9u);
  EXPECT_EQ(loaded.source.config.pipeline[5].name, "DIETClassifier");
  EXPECT_EQ(loaded.source.config.policies[1].name, "RulePolicy");
}

TEST(LoadSource, KeepsTheParametersOfComponentsAsWritten) {
  LoadedSource loaded =
      Project().With("config.yml", "recipe: default.v1\npipeline:\n- name: A\n  epochs: 5\n- B\n").Load();
  ASSERT_EQ(loaded.source.config.pipeline.size(), 2u);
  EXPECT_EQ(loaded.source.config.pipeline[0].parameters["epochs"].AsInt(), 5);
  EXPECT_EQ(loaded.source.config.pipeline[0].parameter_spans.at("epochs").line, 4);
  EXPECT_EQ(loaded.source.config.pipeline[1].name, "B");
}

TEST(LoadSource, ReportsEveryMissingFileAndStillLoadsTheRest) {
  Project project;
  project.Remove("config.yml");
  project.Remove("domain.yml");
  project.With("data/nlu.yml", "nlu:\n- intent: greet\n  examples: |\n    - hi\n");
  LoadedSource loaded = project.Load();
  EXPECT_EQ(loaded.diagnostics.error_count(), 2u) << All(loaded);
  EXPECT_EQ(loaded.source.data.nlu.examples.size(), 1u);
}

TEST(LoadSource, PointsIntoTheLineOfABlockExample) {
  LoadedSource loaded =
      Project()
          .With("data/nlu.yml",
                "nlu:\n- intent: greet\n  examples: |\n    - hi\n    no dash\n    - to [x]{\"entity\": }\n")
          .Load();
  EXPECT_EQ(Place(Find(loaded, "N008")), "data/nlu.yml:5:5+7");
  EXPECT_EQ(Place(Find(loaded, "N010")), "data/nlu.yml:6:13+12");
}

TEST(LoadSource, ReadsExamplesInBlocksAndListsAndSplitsRetrievalIntents) {
  LoadedSource loaded =
      Project()
          .With("data/nlu.yml",
                "nlu:\n- intent: faq/ask_time\n  examples:\n  - text: |\n      what time\n    metadata: {a: 1}\n"
                "- synonym: New York\n  examples: |\n    - NYC\n- regex: zip\n  examples: |\n    - \\d{5}\n"
                "- lookup: city\n  examples: |\n    - Rome\n    - Paris\n")
          .Load();
  EXPECT_FALSE(loaded.diagnostics.has_errors()) << All(loaded);
  const NluData& nlu = loaded.source.data.nlu;
  ASSERT_EQ(nlu.examples.size(), 1u);
  EXPECT_EQ(nlu.examples[0].text, "what time");
  EXPECT_EQ(nlu.examples[0].intent, "faq");
  EXPECT_EQ(nlu.examples[0].response_key, "faq/ask_time");
  EXPECT_EQ(nlu.synonyms[0].value, "New York");
  EXPECT_EQ(nlu.regexes[0].pattern, "\\d{5}");
  EXPECT_EQ(nlu.lookups[0].elements.size(), 2u);
}

TEST(LoadSource, ReadsTheJsonFormatWithADeprecationWarning) {
  LoadedSource loaded = Project()
                            .With("data/nlu.json",
                                  R"({"rasa_nlu_data": {"common_examples": [{"text": "to Rome", "intent": "go",
                                  "entities": [{"start": 3, "end": 7, "value": "rome", "entity": "city"}]}]}})")
                            .Load();
  EXPECT_NE(Find(loaded, "N011"), nullptr);
  ASSERT_EQ(loaded.source.data.nlu.examples.size(), 1u);
  EXPECT_EQ(loaded.source.data.nlu.examples[0].entities[0].entity, "city");
  ASSERT_EQ(loaded.source.data.nlu.synonyms.size(), 1u);
  EXPECT_EQ(loaded.source.data.nlu.synonyms[0].text, "Rome");
}

TEST(LoadSource, ReadsEveryKindOfStep) {
  LoadedSource loaded =
      Project()
          .With("data/stories.yml",
                "stories:\n- story: s\n  steps:\n  - checkpoint: begin\n    slot_was_set:\n    - size: 3\n"
                "  - intent: greet\n    entities:\n    - city: Rome\n      role: to\n    - name\n"
                "  - or:\n    - intent: yes_please\n    - slot_was_set:\n      - size: null\n"
                "  - slot_was_set:\n    - size: 4\n    - name\n  - active_loop: null\n  - action: utter_greet\n"
                "  - user: \"/inform{\\\"city\\\": \\\"Oslo\\\"}\"\n  - user: I am [Max](name)\n  - bot: Hi Max\n")
          .Load();
  EXPECT_FALSE(loaded.diagnostics.has_errors()) << All(loaded);
  ASSERT_EQ(loaded.source.data.stories.size(), 1u);
  ASSERT_EQ(loaded.source.data.stories[0].steps.size(), 10u);
  const std::vector<StoryStep>& steps = loaded.source.data.stories[0].steps;
  EXPECT_EQ(steps[0].checkpoint_slots[0].value.AsInt(), 3);
  EXPECT_EQ(steps[1].entities[0].role, "to");
  EXPECT_TRUE(steps[1].entities[1].value.is_null());
  EXPECT_EQ(steps[2].alternatives.size(), 2u);
  EXPECT_TRUE(steps[4].bare);
  EXPECT_TRUE(steps[5].loop_off);
  EXPECT_EQ(steps[7].name, "inform");
  EXPECT_EQ(steps[7].entities[0].value.AsString(), "Oslo");
  EXPECT_EQ(steps[8].text, "I am Max");
  EXPECT_EQ(steps[8].entities[0].start, 5);
  EXPECT_EQ(loaded.source.domain.e2e_actions, std::vector<std::string>{"Hi Max"});
}

TEST(LoadSource, ReadsRulesWithConditionsAndFlags) {
  LoadedSource loaded =
      Project()
          .With("data/rules.yml",
                "rules:\n- rule: r\n  conversation_start: true\n  wait_for_user_input: false\n  condition:\n"
                "  - slot_was_set:\n    - ready: true\n  - active_loop: my_form\n  steps:\n  - intent: greet\n  - "
                "action: utter_greet\n")
          .Load();
  ASSERT_EQ(loaded.source.data.rules.size(), 1u) << All(loaded);
  const Story& rule = loaded.source.data.rules[0];
  EXPECT_TRUE(rule.conversation_start);
  EXPECT_FALSE(rule.wait_for_user_input);
  EXPECT_EQ(rule.condition.size(), 2u);
}

TEST(LoadSource, NamesTheAllowedKeysForAnUnknownOne) {
  LoadedSource loaded =
      Project()
          .With("data/rules.yml", "rules:\n- rule: r\n  steps:\n  - intent: greet\n  - actions: utter_greet\n")
          .Load();
  const Diagnostic* item = Find(loaded, "T010");
  EXPECT_EQ(Place(item), "data/rules.yml:5:5+7");
  EXPECT_EQ(item->help, "did you mean `action`?");
}

TEST(LoadSource, KeepsStoriesOfTestFilesApartWithTheirTexts) {
  LoadedSource loaded =
      Project()
          .With("data/test_a.yml",
                "stories:\n- story: t\n  steps:\n  - user: hi [x](a)\n    intent: faq/b\n  - action: utter_greet\n")
          .Load();
  EXPECT_TRUE(loaded.source.data.stories.empty());
  ASSERT_EQ(loaded.source.data.test_stories.size(), 1u);
  EXPECT_EQ(loaded.source.data.test_stories[0].steps[0].text, "hi x");
  EXPECT_EQ(loaded.source.data.test_stories[0].steps[0].name, "faq/b");
}

TEST(LoadSource, MergesASplitDomainAndWarnsOfNamesDeclaredTwice) {
  Project project;
  project.Remove("domain.yml");
  project.With(
      "domain/a.yml",
      "intents: [greet]\nsession_config:\n  session_expiration_time: 5\n  carry_over_slots_to_new_session: true\n");
  project.With("domain/b.yml", "intents: [bye, greet]\nactions: [action_x]\n");
  project.With("domain/readme.yml", "hello: world\n");
  LoadedSource loaded = project.Load();
  EXPECT_FALSE(loaded.diagnostics.has_errors()) << All(loaded);
  EXPECT_NE(loaded.source.domain.FindIntent("bye"), nullptr);
  EXPECT_EQ(loaded.source.domain.session.expiration_minutes, 5);
  const Diagnostic* twice = Find(loaded, "D080");
  EXPECT_EQ(Place(twice), "domain/b.yml:1:16+5");
  EXPECT_EQ(twice->related.file, "domain/a.yml");
}

TEST(LoadSource, TakesResponsesFromDataFilesAndGivesRetrievalIntentsTheirAction) {
  LoadedSource loaded =
      Project()
          .With("domain.yml", "intents: [faq]\n")
          .With("data/nlu.yml",
                "nlu:\n- intent: faq/time\n  examples: |\n    - when\nresponses:\n  utter_faq/time:\n  - text: now\n")
          .Load();
  EXPECT_TRUE(loaded.source.domain.FindIntent("faq")->is_retrieval);
  EXPECT_TRUE(loaded.source.domain.IsListedAction("utter_faq"));
  EXPECT_TRUE(loaded.source.domain.responses.contains("utter_faq/time"));
}

TEST(LoadSource, ExpandsVariablesInEndpointsAndKeepsUnknownKeys) {
  LoadedSource loaded = Project()
                            .With("endpoints.yml", "action_endpoint:\n  url: http://${HOST}:5055/webhook\n  other: 1\n")
                            .With("credentials.yml", "rest:\n")
                            .Load();
  EXPECT_EQ(loaded.source.endpoints.action.url, "http://actions:5055/webhook");
  EXPECT_EQ(loaded.source.endpoints.action.extra["other"].AsInt(), 1);
  EXPECT_TRUE(loaded.source.credentials["rest"].is_object());
}

TEST(LoadSource, RefusesFilesOfANewerFormat) {
  LoadedSource loaded =
      Project().With("data/nlu.yml", "version: \"4.0\"\nnlu:\n- intent: greet\n  examples: |\n    - hi\n").Load();
  EXPECT_NE(Find(loaded, "S005"), nullptr);
  EXPECT_TRUE(loaded.source.data.nlu.examples.empty());
}

TEST(LoadSource, CountsRepeatedExamplesOnce) {
  LoadedSource loaded =
      Project()
          .With("data/nlu.yml", "nlu:\n- intent: greet\n  examples: |\n    - hi\n    - hi\n    - [hi](a)\n")
          .Load();
  EXPECT_EQ(loaded.source.data.nlu.examples.size(), 2u);
}

TEST(LoadSource, TakesProblemsOfTestsAsWarnings) {
  LoadedSource loaded = Project().With("data/test_a.yml", "stories:\n- story: t\n  steps:\n  - actio: x\n").Load();
  EXPECT_FALSE(loaded.diagnostics.has_errors()) << All(loaded);
  EXPECT_NE(Find(loaded, "T010"), nullptr);
}

TEST(LoadSource, ReadsWhatItCanOfAProjectFullOfMistakes) {
  LoadedSource loaded =
      Project()
          .With("config.yml", "pipeline: spacy\npolicies:\n- epochs: 1\n")
          .With("domain.yml", "intents: greet\nslots: []\nresponses: []\nforms: []\nactions: {}\nsession_config: 5\n")
          .With("data/a.yml", "nlu: 5\nstories: {}\nrules: x\nresponses: []\n")
          .With("data/b.yml",
                "nlu: [1, [2], {intent: [x]}]\nstories: [{story: s, steps: [1, {}, {or: []}, {or: [x]}, {slot_was_set: "
                "{a: 1}}]}]\n")
          .With("endpoints.yml", "[1, 2]\n")
          .With("credentials.yml", "rest: 5\n")
          .Load(true);
  for (const char* code : {"C002", "C004", "D010", "D020", "D040", "D060", "D070", "N001", "N002", "N005", "T001",
                           "T008", "T010", "T016", "T017", "E001", "E006"}) {
    EXPECT_NE(Find(loaded, code), nullptr) << code;
  }
}

TEST(ValidateSource, SuggestsTheNearestNameForUnknownOnes) {
  LoadedSource loaded =
      Project()
          .With("data/rules.yml", "rules:\n- rule: r\n  steps:\n  - intent: gret\n  - action: utter_gret\n")
          .Load(true);
  const Diagnostic* intent = Find(loaded, "V010");
  ASSERT_NE(intent, nullptr) << All(loaded);
  EXPECT_EQ(intent->severity, Severity::kWarning);
  EXPECT_EQ(intent->help, "did you mean `greet`?");
  const Diagnostic* action = Find(loaded, "V011");
  ASSERT_NE(action, nullptr) << All(loaded);
  EXPECT_EQ(action->severity, Severity::kError);
}

TEST(ValidateSource, OnlyWarnsOfAnUnknownActionInAStory) {
  LoadedSource loaded =
      Project()
          .With("data/s.yml", "stories:\n- story: r\n  steps:\n  - intent: greet\n  - action: action_none\n")
          .Load(true);
  EXPECT_FALSE(loaded.diagnostics.has_errors()) << All(loaded);
  EXPECT_NE(Find(loaded, "V012"), nullptr);
}

TEST(ValidateSource, RefusesUnknownSlotsInStoriesAndRulesWithTwoUserTurns) {
  LoadedSource loaded = Project()
                            .With("data/r.yml",
                                  "rules:\n- rule: r\n  steps:\n  - intent: greet\n  - action: utter_greet\n  - "
                                  "slot_was_set:\n    - nope: 1\n  - intent: greet\n")
                            .Load(true);
  EXPECT_NE(Find(loaded, "V013"), nullptr);
  EXPECT_NE(Find(loaded, "V050"), nullptr);
}

TEST(ValidateSource, WarnsWhenOneTextHasTwoIntents) {
  LoadedSource loaded =
      Project()
          .With("data/n.yml",
                "nlu:\n- intent: greet\n  examples: |\n    - hi\n- intent: bye\n  examples: |\n    - hi\n")
          .Load(true);
  const Diagnostic* item = Find(loaded, "V005");
  EXPECT_EQ(Place(item), "data/n.yml:7:5+4");
  EXPECT_EQ(item->related.line, 4);
}

TEST(ValidateSource, WarnsWhenAFormCannotAskForASlot) {
  LoadedSource loaded = Project()
                            .With("domain.yml",
                                  "slots:\n  a:\n    type: text\n    mappings:\n    - type: from_text\nforms:\n  f:\n  "
                                  "  required_slots: [a, b]\n")
                            .With("data/n.yml", "nlu:\n- intent: greet\n  examples: |\n    - hi\n")
                            .Load(true);
  EXPECT_NE(Find(loaded, "V031"), nullptr);
  EXPECT_NE(Find(loaded, "V030"), nullptr);
  EXPECT_FALSE(loaded.diagnostics.has_errors()) << All(loaded);
}

TEST(Fingerprint, ChangesWithTheDataAndNotWithTheEndpoints) {
  Project project;
  project.With("data/n.yml", "nlu:\n- intent: greet\n  examples: |\n    - hi\n");
  std::string first = Fingerprint(project.Load().source);
  project.With("endpoints.yml", "nlg:\n  url: http://x\n");
  EXPECT_EQ(Fingerprint(project.Load().source), first);
  project.With("data/n.yml", "nlu:\n- intent: greet\n  examples: |\n    - hey\n");
  LoadedSource changed = project.Load();
  EXPECT_NE(Fingerprint(changed.source), first);
}

TEST(Fingerprint, OfTheDialogueStaysWhenOnlyATextOfAResponseChanges) {
  Project project;
  auto before = PartFingerprints(project.Load().source);
  project.With("domain.yml", "version: \"3.1\"\nintents: [greet]\nresponses:\n  utter_greet:\n  - text: Good day\n");
  auto after = PartFingerprints(project.Load().source);
  EXPECT_EQ(before["dialogue"], after["dialogue"]);
  EXPECT_NE(before["responses"], after["responses"]);
}

}  // namespace
}  // namespace greenroom

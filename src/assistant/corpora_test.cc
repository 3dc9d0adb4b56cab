// Real projects and the verdicts that were recorded for them. Needs GREENROOM_CORPORA, a folder that holds
// assistants/ with ../golden beside it; without the variable these tests say that they are skipped.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <set>

#include "assistant/source.h"
#include "base/files.h"
#include "base/text.h"

namespace greenroom {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> NoVariables(const std::string&) { return std::nullopt; }

class Corpora : public testing::Test {
 protected:
  void SetUp() override {
    const char* root = std::getenv("GREENROOM_CORPORA");
    if (!root) GTEST_SKIP() << "GREENROOM_CORPORA is not set; real projects are not loaded";
    assistants_ = fs::path(root) / "assistants";
    golden_ = fs::path(root) / ".." / "golden";
  }
  fs::path assistants_, golden_;
};

Json ReadJson(const fs::path& path) {
  Result<std::string> text = ReadFile(path.string());
  if (!text.ok()) return {};
  Result<Json> json = ParseJson(*text, {.bytes = 64u << 20, .depth = 100, .nodes = 10'000'000});
  return json.ok() ? *json : Json();
}

std::string Errors(const LoadedSource& loaded) {
  Diagnostics errors;
  for (const Diagnostic& item : loaded.diagnostics.items()) {
    if (item.severity == Severity::kError) errors.Add(item);
  }
  return errors.items().empty() ? "" : RenderText(errors, loaded.texts, {});
}

LoadedSource LoadAndValidate(const SourcePaths& paths) {
  LoadedSource loaded = LoadSource(paths, NoVariables);
  ValidateSource(loaded.source, loaded.diagnostics);
  return loaded;
}

std::vector<fs::path> Folders(const fs::path& root) {
  std::vector<fs::path> folders;
  for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

std::set<std::string> NamesOf(const Json& list) {
  std::set<std::string> names;
  for (const Json& item : list.array())
    names.insert(item.is_string() ? item.AsString() : item.members().empty() ? "" : item.members()[0].first);
  for (const auto& [name, value] : list.members()) names.insert(name);
  return names;
}

TEST_F(Corpora, EveryProjectThatRasaTrainedLoadsWithoutErrorsAndWithTheSameDomain) {
  int loaded_count = 0;
  for (const fs::path& folder : Folders(golden_ / "projects")) {
    if (ReadJson(folder / "summary.json")["train_exit"].AsInt(1) != 0) continue;
    std::string name = folder.filename().string();
    SCOPED_TRACE(name);
    SourcePaths paths{.root = (assistants_ / name).string(), .config = fs::absolute(folder / "config.yml").string()};
    LoadedSource loaded = LoadAndValidate(paths);
    EXPECT_EQ(Errors(loaded), "");
    Json ours = loaded.source.domain.ToJson(), theirs = ReadJson(folder / "domain.json");
    for (const char* key : {"intents", "entities", "slots", "responses", "actions", "forms"}) {
      EXPECT_EQ(NamesOf(ours[key]), NamesOf(theirs[key])) << key;
    }
    Result<Domain> read = Domain::FromJson(theirs);
    ASSERT_TRUE(read.ok()) << read.error().message;
    Json same_form = read->ToJson();
    for (const char* key : {"slots", "forms", "session_config", "responses", "entities"}) {
      EXPECT_TRUE(ours[key] == same_form[key]) << key << "\nours:   " << ours[key].Dump().substr(0, 1500)
                                               << "\ntheirs: " << same_form[key].Dump().substr(0, 1500);
    }
    Result<Domain> again = Domain::FromJson(ours);
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_TRUE(again->ToJson() == ours);
    EXPECT_EQ(again->ActionNames(), loaded.source.domain.ActionNames());
    ++loaded_count;
  }
  EXPECT_GE(loaded_count, 20);
}

std::map<std::string, int64_t> CountByName(const Json& object) {
  std::map<std::string, int64_t> counts;
  for (const auto& [name, count] : object.members()) counts[name] = count.AsInt();
  return counts;
}

void ExpectSameNlu(const NluData& data, const Json& facts, const std::string& file) {
  std::map<std::string, int64_t> intents;
  for (const NluExample& example : data.examples) ++intents[example.intent];
  bool foreign = facts["format"].AsString() != "rasa_yml" && facts["format"].AsString() != "rasa_nlu";
  if (foreign) return;
  EXPECT_EQ(intents, CountByName(facts["intents"])) << file;
  EXPECT_EQ(data.examples.size(), static_cast<size_t>(facts["examples"].AsInt())) << file;
  // For JSON Rasa's mapper takes the synonyms of annotations, not its reader.
  if (facts["format"].AsString() == "rasa_nlu") return;
  std::set<std::string> texts;
  for (const Synonym& synonym : data.synonyms) texts.insert(synonym.text);
  EXPECT_EQ(texts.size(), static_cast<size_t>(facts["synonyms"].AsInt())) << file;
}

// The steps of stories in order, as far as both sides write them the same way: user turns and actions.
std::string Outline(const Story& story) {
  std::string out = story.name + ":";
  for (const StoryStep& step : story.steps) {
    if (step.kind == StoryStep::Kind::kOr) return story.name + ": or";
    if (step.kind == StoryStep::Kind::kUser)
      out += " <" + (step.name.empty() ? *step.text : step.name.substr(0, step.name.find('/')));
    if (step.kind == StoryStep::Kind::kAction) out += " >" + step.name;
    if (step.kind == StoryStep::Kind::kBotText) out += " >" + *step.text;
  }
  return out;
}

std::string Outline(const Json& step) {
  std::string out = step["name"].AsString() + ":";
  for (const Json& event : step["events"].array()) {
    const std::string& action = event["action"].AsString();
    if (event.Find("user")) out += " <" + (event["user"].is_null() ? event["text"] : event["user"]).AsString();
    if (event.Find("action") && action != "...") out += " >" + (action.empty() ? event["text"].AsString() : action);
  }
  return out;
}

void ExpectSameStories(const TrainingData& data, const Json& steps, const std::string& file) {
  std::set<std::string> theirs, theirs_names;
  for (const Json& step : steps.array()) theirs.insert(Outline(step)), theirs_names.insert(step["name"].AsString());
  for (const std::vector<Story>* stories : {&data.stories, &data.rules, &data.test_stories}) {
    for (const Story& story : *stories) {
      std::string ours = Outline(story);
      bool cut_by_checkpoints = std::any_of(story.steps.begin(), story.steps.end(), [](const StoryStep& step) {
        return step.kind == StoryStep::Kind::kCheckpoint;
      });
      EXPECT_TRUE(theirs_names.contains(story.name)) << file << ": " << story.name;
      bool differs_on_purpose =
          file.find("missing_intent") != std::string::npos || file.ends_with("stories_restart.yml");
      if (cut_by_checkpoints || differs_on_purpose || ours.ends_with(": or")) continue;
      EXPECT_TRUE(theirs.contains(ours)) << file << "\n" << ours;
    }
  }
}

// Files that Rasa takes and we refuse on purpose: explicit graphs, an importer of several projects, a domain folder
// with a broken file that Rasa leaves out, and a file whose broken half Rasa's NLU reader does not look at.
bool IsKnownDifference(const std::string& file) {
  static const std::vector<std::string> files = {
      "test_config/graph_config.yml", "test_config/graph_config_short.yml", "test_multi_domain/config.yml",
      "test_domains/test_domain_from_directory/", "test_mixed_yaml_training_data/training_data.yml"};
  return std::find(files.begin(), files.end(), file) != files.end();
}

SourcePaths PathsFor(const std::string& kind, const fs::path& file, const fs::path& empty) {
  SourcePaths paths{.root = empty.string(), .data = {}};
  std::string full = fs::absolute(file).string();
  if (kind == "domain") paths.domain = full;
  if (kind == "stories" || kind == "nlu") paths.data = {full};
  if (kind == "config") paths.config = full;
  if (kind == "endpoints") paths.endpoints = full;
  return paths;
}

// What the pipeline module decides (which components exist, what they need) is not a matter of the loader.
bool IsAboutComponents(const Json& verdict) {
  std::string error = verdict["error"].AsString();
  return verdict["kind"].AsString() == "config" && error.find("YamlValidation") == std::string::npos;
}

TEST_F(Corpora, FixtureFilesGetTheVerdictThatRasaGives) {
  fs::path empty = fs::path(testing::TempDir()) / "greenroom_fixture_verdicts";
  fs::create_directories(empty);
  ASSERT_TRUE(WriteFileDurably((empty / "config.yml").string(), "recipe: default.v1\nlanguage: en\n").ok());
  ASSERT_TRUE(WriteFileDurably((empty / "domain.yml").string(), "version: \"3.1\"\n").ok());
  Result<std::string> lines = ReadFile((golden_ / "fixtures" / "verdicts.jsonl").string());
  ASSERT_TRUE(lines.ok());
  int same = 0;
  for (const std::string& line : Split(*lines, '\n')) {
    if (line.empty()) continue;
    Result<Json> verdict = ParseJson(line);
    ASSERT_TRUE(verdict.ok());
    const std::string& file = (*verdict)["file"].AsString();
    if (IsKnownDifference(file) || ((*verdict)["verdict"].AsString() != "ok" && IsAboutComponents(*verdict))) continue;
    LoadedSource loaded =
        LoadSource(PathsFor((*verdict)["kind"].AsString(), assistants_ / "rasa-fixtures" / file, empty), NoVariables);
    bool ok = !loaded.diagnostics.has_errors();
    EXPECT_EQ(ok, (*verdict)["verdict"].AsString() == "ok") << file << " " << (*verdict)["kind"].AsString() << "\n"
                                                            << (*verdict)["error"].AsString() << Errors(loaded);
    same += ok == ((*verdict)["verdict"].AsString() == "ok");
    const Json& facts = (*verdict)["facts"];
    if (!ok || !facts.is_object()) continue;
    if (facts.Find("synonyms")) ExpectSameNlu(loaded.source.data.nlu, facts, file);
    if (facts.Find("steps")) ExpectSameStories(loaded.source.data, facts["steps"], file);
    if (facts.Find("actions")) {
      std::vector<std::string> theirs;
      for (const Json& action : facts["actions"].array()) theirs.push_back(action.AsString());
      std::vector<std::string> ours = loaded.source.domain.ActionNames();
      // Rasa reads the files of a folder in the order of the file system.
      if (file.ends_with('/')) std::sort(theirs.begin(), theirs.end()), std::sort(ours.begin(), ours.end());
      EXPECT_EQ(Join(ours, " "), Join(theirs, " ")) << file;
      EXPECT_EQ(NamesOf(facts["slots"]).size(), loaded.source.domain.slots.size()) << file;
      EXPECT_EQ(facts["intents"].size(), loaded.source.domain.intents.size()) << file;
    }
  }
  std::cout << same << " fixture files with the verdict of Rasa\n";
}

// Cases that the loader does not decide: contradictions of rules and the needs of components belong to training.
bool RefusedByTraining(const std::string& message) {
  for (const char* part :
       {"contradict", "Incomplete rules", "Can't load class", "require a Tokenizer", "more than one tokenizer"}) {
    if (message.find(part) != std::string::npos) return true;
  }
  return false;
}

TEST_F(Corpora, CornerCasesAreRefusedOrTakenAsRasaDoes) {
  int count = 0;
  for (const fs::path& folder : Folders(golden_ / "cases")) {
    SCOPED_TRACE(folder.filename().string());
    Json golden = ReadJson(folder / "golden.json");
    std::string refused = golden["train"]["refused"].is_null() ? "" : golden["train"]["refused"].Dump();
    if (RefusedByTraining(refused)) continue;
    LoadedSource loaded = LoadAndValidate({.root = folder.string()});
    bool empty_domain = golden["warnings"].Dump().find("Using empty domain") != std::string::npos;
    bool expect_errors = !refused.empty() || empty_domain || golden["train"]["code"].AsInt() != 0;
    EXPECT_EQ(loaded.diagnostics.has_errors(), expect_errors) << refused << Errors(loaded);
    ++count;
  }
  EXPECT_GT(count, 100);
}

}  // namespace
}  // namespace greenroom

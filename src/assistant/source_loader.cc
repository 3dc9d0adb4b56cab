#include <algorithm>
#include <filesystem>
#include <set>

#include "assistant/config_loader.h"
#include "assistant/domain_loader.h"
#include "assistant/endpoints_loader.h"
#include "assistant/nlu_loader.h"
#include "assistant/story_loader.h"
#include "base/files.h"

namespace greenroom {
namespace {

constexpr size_t kMaxFileBytes = 64u << 20;
constexpr size_t kMaxFiles = 20'000;

bool HasExtension(const std::string& path, std::initializer_list<std::string_view> extensions) {
  std::string extension = std::filesystem::path(path).extension().string();
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

bool IsYaml(const std::string& path) { return HasExtension(path, {".yml", ".yaml"}); }

bool IsTestFile(const std::string& path) {
  return std::filesystem::path(path).filename().string().starts_with("test_");
}

bool HasAny(const YamlNode& root, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (root.Find(key)) return true;
  }
  return false;
}

class SourceLoader {
 public:
  SourceLoader(const SourcePaths& paths, const VariableLookup& variables)
      : paths_(paths), variables_(variables), report_(loaded_.diagnostics) {}

  LoadedSource Load() {
    LoadConfigFile();
    LoadDomainFiles();
    LoadDataFiles();
    LoadSettings();
    MergeResponses(loaded_.source.domain.responses, std::move(data_responses_), report_);
    RemoveRepeatedExamples(loaded_.source.data.nlu);
    AddFoundByTraining();
    FinishDomain(loaded_.source.domain);
    return std::move(loaded_);
  }

 private:
  struct Parsed {
    std::unique_ptr<YamlNode> root;
    std::shared_ptr<const std::string> text;
  };

  std::string FullPath(const std::string& name) const {
    std::filesystem::path path(name);
    return path.is_absolute() ? name : (std::filesystem::path(paths_.root) / path).string();
  }

  std::shared_ptr<const std::string> ReadText(const std::string& name) {
    Result<std::string> text = ReadFile(FullPath(name), kMaxFileBytes);
    if (!text.ok()) {
      report_.Error({"S002", text.error().message, {.file = name}, "", text.error().help});
      return nullptr;
    }
    auto shared = std::make_shared<const std::string>(std::move(*text));
    loaded_.texts[name] = shared;
    return shared;
  }

  // Problems with the `lenient` codes do not keep a project from being trained and become warnings.
  Parsed ReadYamlFile(const std::string& name, const std::set<std::string>& lenient) {
    Parsed parsed;
    parsed.text = ReadText(name);
    if (!parsed.text) return parsed;
    Diagnostics found;
    parsed.root = ReadYaml({.file = name, .text = parsed.text}, variables_, found);
    for (Diagnostic item : found.items()) {
      if (!lenient.contains(item.code)) {
        loaded_.diagnostics.Add(std::move(item));
        continue;
      }
      // Settings that are all comments are usual: new projects come with them.
      if (item.code == "Y007") continue;
      item.severity = Severity::kWarning;
      loaded_.diagnostics.Add(std::move(item));
    }
    return parsed;
  }

  // False when the file is too new to be read.
  bool CheckVersion(const YamlNode& root) {
    const YamlNode* version = root.Find("version");
    if (!version) return true;
    if (!version->is_string() && version->text != "3.1" && version->text != "3.0" && version->text != "2.0") {
      report_.Error(
          {"S003",
           "`version` must be text: as a number " + version->text + " is not what it looks like (VersionNotString)",
           version->span, "not text", "write `version: \"3.1\"`"});
      return true;
    }
    if (!version->is_string()) {
      report_.Warn({"S003", "`version` must be text; the file is read as version 3.1", version->span, "not text",
                    "write `version: \"3.1\"`"});
      return true;
    }
    std::string_view text = version->text;
    int major = std::atoi(version->text.c_str());
    size_t dot = text.find('.');
    int minor = dot == std::string_view::npos ? 0 : std::atoi(version->text.c_str() + dot + 1);
    if (major < 3 || (major == 3 && minor < 1)) {
      report_.Note({"S004", "the file has format version " + version->text + "; it is read as version 3.1",
                    version->span, "", "write `version: \"3.1\"`"});
      return true;
    }
    if (major == 3 && minor == 1) return true;
    report_.Error(
        {"S005",
         "the file has format version " + version->text + ", newer than 3.1; it is not read (UnsupportedVersion)",
         version->span, "too new", "versions 2.0 to 3.1 are read"});
    return false;
  }

  void LoadConfigFile() {
    if (!FileExists(FullPath(paths_.config))) {
      report_.Error({"S001",
                     "there is no config file `" + paths_.config + "`",
                     {.file = paths_.config},
                     "",
                     "add one, or name it with --config"});
      loaded_.source.config.pipeline = DefaultPipeline();
      loaded_.source.config.policies = DefaultPolicies();
      return;
    }
    Parsed parsed = ReadYamlFile(paths_.config, {});
    if (parsed.root) loaded_.source.config = LoadConfig(*parsed.root, report_);
  }

  // Files below a path, named relative to the root; the path itself when it is a file.
  std::vector<std::string> FilesOf(const std::string& path) {
    if (!IsDirectory(FullPath(path))) return {path};
    Result<std::vector<std::string>> listed = ListFiles(FullPath(path));
    if (!listed.ok()) {
      report_.Error({"S002", listed.error().message, {.file = path}});
      return {};
    }
    std::vector<std::string> files;
    for (const std::string& file : *listed) {
      bool hidden = file.starts_with('.') || file.find("/.") != std::string::npos;
      if (!hidden) files.push_back((std::filesystem::path(path) / file).lexically_normal().string());
    }
    if (files.size() <= kMaxFiles) return files;
    report_.Error({"S006",
                   "`" + path + "` holds more than " + std::to_string(kMaxFiles) + " files",
                   {.file = path},
                   "",
                   "give the folder with the data only"});
    return {};
  }

  void LoadDomainFiles() {
    std::string path = paths_.domain;
    if (!FileExists(FullPath(path)) && !IsDirectory(FullPath(path)) && IsDirectory(FullPath("domain"))) path = "domain";
    bool folder = IsDirectory(FullPath(path));
    if (!folder && !FileExists(FullPath(path))) {
      report_.Error(
          {"S001", "there is no domain file `" + path + "`", {.file = path}, "", "add one, or name it with --domain"});
      return;
    }
    for (const std::string& file : FilesOf(path)) {
      if (folder && !IsYaml(file)) continue;
      Parsed parsed = ReadYamlFile(file, {});
      if (!parsed.root || (folder && !LooksLikeDomain(*parsed.root)) || !CheckVersion(*parsed.root)) continue;
      domain_files_.insert(std::filesystem::path(FullPath(file)).lexically_normal().string());
      Domain part = LoadDomainFile(*parsed.root, report_);
      MergeDomain(loaded_.source.domain, std::move(part), report_);
    }
  }

  void LoadDataFiles() {
    std::set<std::string> seen;
    for (const std::string& path : paths_.data) {
      bool folder = IsDirectory(FullPath(path));
      if (!folder && !FileExists(FullPath(path))) {
        report_.Warn({"S001",
                      "there is no data at `" + path + "`",
                      {.file = path},
                      "",
                      "add the folder, or name it with --data"});
        continue;
      }
      for (const std::string& file : FilesOf(path)) {
        if (seen.insert(file).second) LoadDataFile(file, !folder);
      }
    }
  }

  void LoadDataFile(const std::string& file, bool named) {
    if (IsYaml(file)) return LoadYamlData(file);
    if (HasExtension(file, {".json"})) return LoadJsonData(file, named);
    if (HasExtension(file, {".md"})) {
      report_.Warn({"S007", "data in Markdown is not read", {.file = file}, "", "convert it to YAML"});
    }
  }

  void LoadYamlData(const std::string& file) {
    Parsed parsed = ReadYamlFile(file, {});
    if (!parsed.root) return;
    const YamlNode& root = *parsed.root;
    if (root.is_null() || !report_.Expect(root, YamlKind::kMapping, {"S008", "a data file"})) return;
    bool is_domain = domain_files_.contains(std::filesystem::path(FullPath(file)).lexically_normal().string());
    if (!HasAny(root, {"nlu", "stories", "rules", "responses"})) return;
    if (!CheckVersion(root)) return;
    if (!is_domain) CheckDataKeys(root);
    TrainingData& data = loaded_.source.data;
    if (const YamlNode* nlu = root.Find("nlu")) LoadNlu(*nlu, SourceLines(*parsed.text), data.nlu, report_);
    if (const YamlNode* stories = root.Find("stories")) {
      if (IsTestFile(file)) return LoadTests(*stories);
      LoadStories(*stories, StoryFileKind::kTraining, data.stories, report_);
    }
    if (const YamlNode* rules = root.Find("rules")) LoadRules(*rules, data.rules, report_);
    const YamlNode* responses = root.Find("responses");
    if (responses && !responses->is_null() && !is_domain)
      MergeResponses(data_responses_, LoadResponses(*responses, report_), report_);
  }

  // A broken test does not keep the assistant from being trained.
  void LoadTests(const YamlNode& stories) {
    Diagnostics found;
    Report report(found);
    LoadStories(stories, StoryFileKind::kTest, loaded_.source.data.test_stories, report);
    for (Diagnostic item : found.items()) {
      if (item.severity == Severity::kError) item.severity = Severity::kWarning;
      loaded_.diagnostics.Add(std::move(item));
    }
  }

  void CheckDataKeys(const YamlNode& root) {
    static const std::vector<std::string> keys = {"version", "nlu", "stories", "rules", "responses"};
    for (const YamlNode& key : root.keys) {
      if (std::find(keys.begin(), keys.end(), key.text) != keys.end()) continue;
      const std::vector<std::string>& domain_keys = DomainKeys();
      bool of_domain = std::find(domain_keys.begin(), domain_keys.end(), key.text) != domain_keys.end();
      report_.Warn(
          {"S009",
           of_domain ? "`" + key.text + "` is not read from a data file"
                     : "unknown key `" + key.text + "` in a data file",
           key.span, "not read",
           of_domain ? "move it to the domain" : report_.Suggest(key.text, keys, "allowed here: " + QuotedList(keys))});
    }
  }

  void LoadJsonData(const std::string& file, bool named) {
    auto text = ReadText(file);
    if (!text) return;
    Result<Json> json = ParseJson(*text, {.bytes = kMaxFileBytes, .depth = 64, .nodes = 5'000'000});
    JsonDataKind kind = json.ok() ? ProbeJsonData(*json) : JsonDataKind::kUnknown;
    if (kind == JsonDataKind::kRasa) return LoadNluJson(*json, file, loaded_.source.data.nlu, report_);
    if (kind == JsonDataKind::kForeign) {
      report_.Warn({"S010",
                    "the file is in the format of another platform, which is not read",
                    {.file = file},
                    "",
                    "convert it to YAML"});
    } else if (named) {
      report_.Error(
          {"S011",
           json.ok() ? "the file holds no training data" : "the file is not valid JSON: " + json.error().message,
           {.file = file},
           "",
           "NLU data in JSON has the key `rasa_nlu_data`"});
    }
  }

  void LoadSettings() {
    if (FileExists(FullPath(paths_.endpoints))) {
      Parsed parsed = ReadYamlFile(paths_.endpoints, {"Y007", "Y010"});
      if (parsed.root) loaded_.source.endpoints = LoadEndpoints(*parsed.root, report_);
    }
    if (FileExists(FullPath(paths_.credentials))) {
      Parsed parsed = ReadYamlFile(paths_.credentials, {"Y007", "Y010"});
      if (parsed.root) loaded_.source.credentials = LoadCredentials(*parsed.root, report_);
    }
  }

  // What the training data adds to the domain: retrieval intents with their action, and end-to-end bot texts.
  void AddFoundByTraining() {
    Domain& domain = loaded_.source.domain;
    std::set<std::string> bases;
    for (const NluExample& example : loaded_.source.data.nlu.examples) {
      if (!example.response_key.empty()) bases.insert(example.intent);
    }
    for (IntentDef& intent : domain.intents) intent.is_retrieval = intent.is_retrieval || bases.contains(intent.name);
    for (const std::string& base : bases) {
      std::string prefix = "utter_" + base + "/";
      auto at = domain.responses.lower_bound(prefix);
      bool answered = at != domain.responses.end() && at->first.starts_with(prefix);
      if (answered && !domain.IsListedAction("utter_" + base)) domain.actions.push_back({.name = "utter_" + base});
    }
    std::set<std::string> texts(domain.e2e_actions.begin(), domain.e2e_actions.end());
    for (const std::vector<Story>* stories : {&loaded_.source.data.stories, &loaded_.source.data.rules}) {
      for (const Story& story : *stories) AddBotTexts(story, texts);
    }
  }

  void AddBotTexts(const Story& story, std::set<std::string>& texts) {
    for (const StoryStep& step : story.steps) {
      if (step.kind != StoryStep::Kind::kBotText || !step.text || !texts.insert(*step.text).second) continue;
      loaded_.source.domain.e2e_actions.push_back(*step.text);
    }
  }

  const SourcePaths& paths_;
  const VariableLookup& variables_;
  LoadedSource loaded_;
  Report report_;
  std::set<std::string> domain_files_;
  std::map<std::string, std::vector<ResponseVariation>> data_responses_;
};

}  // namespace

LoadedSource LoadSource(const SourcePaths& paths, const VariableLookup& variables) {
  return SourceLoader(paths, variables).Load();
}

}  // namespace greenroom

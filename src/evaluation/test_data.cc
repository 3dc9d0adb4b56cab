#include "evaluation/test_data.h"

#include <algorithm>
#include <filesystem>

#include "assistant/nlu_loader.h"
#include "assistant/story_loader.h"
#include "base/files.h"

namespace greenroom {
namespace {

constexpr size_t kMaxFileBytes = 64u << 20;

struct File {
  std::string name;  // relative to the root
  bool named;        // given itself, not by its folder
};

bool IsYaml(const std::string& path) { return path.ends_with(".yml") || path.ends_with(".yaml"); }

bool IsTestFile(const std::string& path) {
  return std::filesystem::path(path).filename().string().starts_with("test_");
}

std::string FullPath(const TestPaths& from, const std::string& path) {
  return (std::filesystem::path(from.root) / path).string();
}

Result<std::vector<File>> FilesOf(const TestPaths& from) {
  std::vector<File> files;
  for (const std::string& path : from.paths) {
    if (!IsDirectory(FullPath(from, path))) {
      files.push_back({path, true});
      continue;
    }
    GR_ASSIGN(std::vector<std::string> names, ListFiles(FullPath(from, path)));
    for (const std::string& name : names) {
      if (name.starts_with('.') || name.find("/.") != std::string::npos) continue;
      files.push_back({(std::filesystem::path(path) / name).lexically_normal().string(), false});
    }
  }
  return files;
}

Result<std::string> ReadOne(const TestPaths& from, const std::string& file) {
  return ReadFile(FullPath(from, file), kMaxFileBytes);
}

template <typename T>
void MoveTo(std::vector<T>& all, std::vector<T> part) {
  all.insert(all.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
}

void ReadJsonExamples(const std::string& text, const std::string& file, NluData& nlu, Diagnostics& diagnostics) {
  auto json = ParseJson(text, {.bytes = kMaxFileBytes, .depth = 64, .nodes = 5'000'000});
  Report report(diagnostics);
  if (json && ProbeJsonData(*json) == JsonDataKind::kRasa) LoadNluJson(*json, file, nlu, report);
}

}  // namespace

TestData ReadTestData(const std::string& text, const std::string& file, Diagnostics& diagnostics) {
  TestData data;
  const auto no_variables = [](const std::string&) -> std::optional<std::string> { return {}; };
  const auto root = ReadYaml({file, std::make_shared<const std::string>(text)}, no_variables, diagnostics);
  Report report(diagnostics);
  if (!root || root->is_null() || !report.Expect(*root, YamlKind::kMapping, {"S008", "a file of tests"})) return data;
  NluData nlu;
  if (const YamlNode* list = root->Find("nlu")) LoadNlu(*list, SourceLines(text), nlu, report);
  data.examples = std::move(nlu.examples);
  if (const YamlNode* list = root->Find("stories")) LoadStories(*list, StoryFileKind::kTest, data.stories, report);
  if (const YamlNode* list = root->Find("rules")) LoadRules(*list, data.stories, report);
  return data;
}

Result<std::vector<Story>> LoadTestStories(const TestPaths& from, StoryFiles files, Diagnostics& diagnostics) {
  std::vector<Story> all;
  GR_ASSIGN(std::vector<File> found, FilesOf(from));
  for (const File& file : found) {
    if (!file.named && (!IsYaml(file.name) || (files == StoryFiles::kTests && !IsTestFile(file.name)))) continue;
    GR_ASSIGN(std::string text, ReadOne(from, file.name));
    // Other files of a folder may be anything.
    if (!file.named && text.find("stories:") == std::string::npos && text.find("rules:") == std::string::npos) continue;
    MoveTo(all, ReadTestData(text, file.name, diagnostics).stories);
  }
  return all;
}

Result<std::vector<NluExample>> LoadTestExamples(const TestPaths& from, Diagnostics& diagnostics) {
  NluData all;
  GR_ASSIGN(std::vector<File> found, FilesOf(from));
  for (const File& file : found) {
    const bool is_json = file.name.ends_with(".json");
    if (!file.named && !is_json && !IsYaml(file.name)) continue;
    GR_ASSIGN(std::string text, ReadOne(from, file.name));
    if (is_json) {
      ReadJsonExamples(text, file.name, all, diagnostics);
    } else if (file.named || text.find("nlu:") != std::string::npos) {
      MoveTo(all.examples, ReadTestData(text, file.name, diagnostics).examples);
    }
  }
  RemoveRepeatedExamples(all);
  return std::move(all.examples);
}

}  // namespace greenroom

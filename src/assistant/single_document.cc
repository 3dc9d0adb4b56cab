#include "assistant/single_document.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "base/text.h"
#include "base/yaml.h"
#include "base/yaml_writer.h"

namespace greenroom {
namespace {

constexpr std::string_view kConfig = "config.yml", kDomain = "domain.yml", kTraining = "data/training.yml";
constexpr std::string_view kEvery = "";  // a key that all files have

struct KeyPlace {
  std::string_view key;
  std::string_view file;
};

constexpr std::array<KeyPlace, 19> kPlaces = {{{"version", kEvery},
                                               {"recipe", kConfig},
                                               {"language", kConfig},
                                               {"pipeline", kConfig},
                                               {"policies", kConfig},
                                               {"assistant_id", kConfig},
                                               {"importers", kConfig},
                                               {"intents", kDomain},
                                               {"entities", kDomain},
                                               {"slots", kDomain},
                                               {"responses", kDomain},
                                               {"actions", kDomain},
                                               {"forms", kDomain},
                                               {"e2e_actions", kDomain},
                                               {"session_config", kDomain},
                                               {"config", kDomain},
                                               {"nlu", kTraining},
                                               {"stories", kTraining},
                                               {"rules", kTraining}}};

const KeyPlace* PlaceOf(std::string_view key) {
  const auto found =
      std::find_if(kPlaces.begin(), kPlaces.end(), [&](const KeyPlace& place) { return place.key == key; });
  return found == kPlaces.end() ? nullptr : found;
}

Error Invalid(const SourceSpan& at, const std::string& message) {
  return {ErrorCode::kInvalidArgument, "yaml_invalid",
          "line " + std::to_string(at.line) + ", column " + std::to_string(at.column) + ": " + message,
          "send the keys of config, domain and training data side by side in one YAML document"};
}

Result<std::unique_ptr<YamlNode>> ReadMapping(const std::shared_ptr<const std::string>& text) {
  Diagnostics diagnostics;
  auto root = ReadYaml({.file = "body", .text = text}, {}, diagnostics);
  for (const Diagnostic& found : diagnostics.items())
    if (found.severity == Severity::kError) return Invalid(found.span, found.message);
  if (!root || !root->is_mapping()) return Invalid({.line = 1, .column = 1}, "the document must be a mapping");
  return root;
}

bool IsBlockStyle(const YamlNode& root) {
  return std::all_of(root.keys.begin(), root.keys.end(), [](const YamlNode& key) { return key.span.column == 1; });
}

// The lines of the keys of one file, at the numbers that they have in the document.
std::string LinesOf(const YamlNode& root, const std::vector<std::string>& lines, std::string_view file) {
  std::string out;
  for (size_t i = 0; i < root.keys.size(); ++i) {
    const std::string_view place = PlaceOf(root.keys[i].text)->file;
    const size_t begin = static_cast<size_t>(root.keys[i].span.line) - 1;
    const size_t end = i + 1 < root.keys.size() ? static_cast<size_t>(root.keys[i + 1].span.line) - 1 : lines.size();
    const bool wanted = place == file || place == kEvery;
    for (size_t line = begin; line < end; ++line) out += (wanted ? lines[line] : std::string()) + "\n";
  }
  const size_t first = root.keys.empty() ? 0 : static_cast<size_t>(root.keys.front().span.line) - 1;
  return std::string(first, '\n') + out;
}

std::string WrittenAnew(const YamlNode& root, std::string_view file) {
  Json members = Json::Object();
  for (size_t i = 0; i < root.keys.size(); ++i) {
    const std::string_view place = PlaceOf(root.keys[i].text)->file;
    if (place == file || place == kEvery) members.Set(root.keys[i].text, root.items[i].ToJson());
  }
  return WriteYaml(members);
}

bool HasKeyOf(const YamlNode& root, std::string_view file) {
  return std::any_of(root.keys.begin(), root.keys.end(),
                     [&](const YamlNode& key) { return PlaceOf(key.text)->file == file; });
}

}  // namespace

Result<SourceFiles> SplitSource(std::string_view document) {
  if (Trim(document).empty()) {
    return Error{ErrorCode::kInvalidArgument, "source_empty",
                 "You must provide training data in the request body in order to train your model."};
  }
  const auto text = std::make_shared<const std::string>(document);
  GR_ASSIGN(std::unique_ptr<YamlNode> root, ReadMapping(text));
  for (const YamlNode& key : root->keys)
    if (!PlaceOf(key.text)) return Invalid(key.span, "the key `" + key.text + "` belongs to no file of a project");
  const std::vector<std::string> lines = Split(document, '\n');
  const bool block = IsBlockStyle(*root);
  SourceFiles files;
  for (const std::string_view file : {kConfig, kDomain, kTraining}) {
    if (HasKeyOf(*root, file))
      files[std::string(file)] = block ? LinesOf(*root, lines, file) : WrittenAnew(*root, file);
  }
  return files;
}

}  // namespace greenroom

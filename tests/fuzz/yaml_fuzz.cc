// Any text may come as a domain, as training data or as configuration. The loaders must end, and what they report must
// be printable.
#include <cstdint>

#include "assistant/config_loader.h"
#include "assistant/domain_loader.h"
#include "assistant/endpoints_loader.h"
#include "assistant/nlu_loader.h"
#include "assistant/source.h"
#include "assistant/story_loader.h"
#include "base/check.h"
#include "base/yaml.h"

namespace greenroom {
namespace {

constexpr YamlLimits kSmall = {.bytes = 1u << 20, .depth = 100, .alias_nodes = 10'000, .alias_bytes = 1u << 20};

std::optional<std::string> Variable(const std::string& name) {
  return name == "SET" ? std::optional<std::string>("value") : std::nullopt;
}

void LoadData(const YamlNode& root, std::string_view text, Source& source, Report& report) {
  if (const YamlNode* nlu = root.Find("nlu")) LoadNlu(*nlu, SourceLines(text), source.data.nlu, report);
  if (const YamlNode* stories = root.Find("stories")) {
    LoadStories(*stories, StoryFileKind::kTraining, source.data.stories, report);
    LoadStories(*stories, StoryFileKind::kTest, source.data.test_stories, report);
  }
  if (const YamlNode* rules = root.Find("rules")) LoadRules(*rules, source.data.rules, report);
}

void LoadEverything(const YamlNode& root, std::string_view text, Diagnostics& diagnostics) {
  Report report(diagnostics);
  Source source;
  source.domain = LoadDomainFile(root, report);
  MergeDomain(source.domain, LoadDomainFile(root, report), report);
  FinishDomain(source.domain);
  LoadData(root, text, source, report);
  source.config = LoadConfig(root, report);
  source.endpoints = LoadEndpoints(root, report);
  source.credentials = LoadCredentials(root, report);
  ValidateSource(source, diagnostics);
  CHECK(Fingerprint(source).size() == 64, "a text without a tree has a reason");
}

}  // namespace
}  // namespace greenroom

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace greenroom;
  const auto text = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  Diagnostics diagnostics;
  const std::unique_ptr<YamlNode> root = ReadYaml({.file = "any.yml", .text = text}, Variable, diagnostics, kSmall);
  CHECK(root || diagnostics.has_errors(), "a text without a tree has a reason");
  if (root) LoadEverything(*root, *text, diagnostics);
  RenderText(diagnostics, {{"any.yml", text}}, RenderOptions{});
  ToJson(diagnostics).Dump();
  return 0;
}

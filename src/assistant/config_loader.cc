#include "assistant/config_loader.h"

namespace greenroom {
namespace {

const std::vector<std::string>& ConfigKeys() {
  static const std::vector<std::string> keys = {"version",  "recipe",   "language",  "assistant_id",
                                                "pipeline", "policies", "importers", "imports"};
  return keys;
}

ComponentConfig Component(std::string name, Json parameters = Json::Object()) {
  return {.name = std::move(name), .parameters = std::move(parameters)};
}

std::optional<ComponentConfig> ReadComponent(const YamlNode& node, const std::string& list, Report& report) {
  if (node.is_string()) return ComponentConfig{.name = node.text, .span = node.span};
  if (!report.Expect(node, YamlKind::kMapping, {"C003", "each entry of `" + list + "`"})) return std::nullopt;
  const YamlNode* name = node.Find("name");
  if (!name) {
    report.Error({"C004", "an entry of `" + list + "` has no `name`", node.span, "which component?",
                  "write `- name: <component>` with the parameters below it"});
    return std::nullopt;
  }
  auto text = report.Text(*name, {"C004", "the `name` of a component"}, true);
  if (!text) return std::nullopt;
  ComponentConfig component{.name = *text, .span = name->span};
  for (size_t i = 0; i < node.keys.size(); ++i) {
    if (node.keys[i].text == "name") continue;
    component.parameters.MutableMembers().emplace_back(node.keys[i].text, node.items[i].ToJson());
    component.parameter_spans[node.keys[i].text] = node.keys[i].span;
  }
  return component;
}

std::vector<ComponentConfig> ReadComponents(const YamlNode& root, const std::string& key, Report& report) {
  std::vector<ComponentConfig> components;
  const YamlNode* list = root.Find(key);
  if (!list || list->is_null()) return components;
  if (!report.Expect(*list, YamlKind::kSequence, {"C002", "`" + key + "`"})) return components;
  for (const YamlNode& item : list->items) {
    if (auto component = ReadComponent(item, key, report)) components.push_back(std::move(*component));
  }
  return components;
}

void ReadRecipe(const YamlNode& root, AssistantConfig& config, Report& report) {
  const YamlNode* recipe = root.Find("recipe");
  if (!recipe || recipe->is_null()) {
    report.Note({"C005",
                 "the config names no recipe; `default.v1` is used",
                 {.file = root.span.file},
                 "",
                 "add `recipe: default.v1`"});
    return;
  }
  auto name = report.Text(*recipe, {"C006", "`recipe`"});
  if (!name) return;
  config.recipe = *name;
  if (*name == "default.v1") return;
  report.Error({"C006", "there is no recipe `" + *name + "` here", recipe->span, "not available",
                *name == "graph.v1" ? "write the graph as `pipeline` and `policies` under `recipe: default.v1`"
                                    : "use `default.v1`"});
}

void ReadImporters(const YamlNode& root, Report& report) {
  const YamlNode* importers = root.Find("importers");
  if (!importers || importers->is_null() || !report.Expect(*importers, YamlKind::kSequence, {"C007", "`importers`"}))
    return;
  for (const YamlNode& item : importers->items) {
    const YamlNode* name = item.is_mapping() ? item.Find("name") : &item;
    if (name && name->text == "RasaFileImporter") continue;
    report.Error({"C007", "the importer `" + (name ? name->text : std::string("?")) + "` is not available", item.span,
                  "not available", "give the folders to read as data and domain paths instead"});
  }
}

std::string ReadScalar(const YamlNode& root, const std::string& key, Report& report) {
  const YamlNode* node = root.Find(key);
  if (!node || node->is_null()) return "";
  return report.Text(*node, {"C008", "`" + key + "`"}).value_or("");
}

}  // namespace

AssistantConfig LoadConfig(const YamlNode& root, Report& report) {
  AssistantConfig config;
  if (report.Expect(root, YamlKind::kMapping, {"C001", "the config"})) {
    report.CheckKeys(root, ConfigKeys(), {"C009", "the config"}, Severity::kWarning);
    ReadRecipe(root, config, report);
    ReadImporters(root, report);
    config.language = ReadScalar(root, "language", report);
    config.assistant_id = ReadScalar(root, "assistant_id", report);
    config.pipeline = ReadComponents(root, "pipeline", report);
    config.policies = ReadComponents(root, "policies", report);
  }
  if (config.pipeline.empty()) config.pipeline = DefaultPipeline();
  if (config.policies.empty()) config.policies = DefaultPolicies();
  return config;
}

std::vector<ComponentConfig> DefaultPipeline() {
  Json learner = Json::Object({{"epochs", 100}, {"constrain_similarities", true}});
  return {
      Component("WhitespaceTokenizer"),
      Component("RegexFeaturizer"),
      Component("LexicalSyntacticFeaturizer"),
      Component("CountVectorsFeaturizer"),
      Component("CountVectorsFeaturizer", Json::Object({{"analyzer", "char_wb"}, {"min_ngram", 1}, {"max_ngram", 4}})),
      Component("DIETClassifier", learner),
      Component("EntitySynonymMapper"),
      Component("ResponseSelector", learner),
      Component("FallbackClassifier", Json::Object({{"threshold", 0.3}, {"ambiguity_threshold", 0.1}}))};
}

std::vector<ComponentConfig> DefaultPolicies() {
  return {
      Component("MemoizationPolicy"), Component("RulePolicy"),
      Component("UnexpecTEDIntentPolicy", Json::Object({{"max_history", 5}, {"epochs", 100}})),
      Component("TEDPolicy", Json::Object({{"max_history", 5}, {"epochs", 100}, {"constrain_similarities", true}}))};
}

}  // namespace greenroom

#include <algorithm>
#include <array>
#include <string_view>

#include "base/digest.h"
#include "pipeline/nlu_model.h"

namespace greenroom {
namespace {

// Part of every fingerprint: raise it when the same input would train to something else than before.
constexpr std::string_view kTrainingRevision = "nlu-1";

// Components that need models or services from outside, and what stands closest to them here.
struct ExternalComponent {
  std::string_view name;
  std::string_view needs;
  std::string_view closest;
  bool replaced = false;  // we take `closest` in its place and say so
};

constexpr std::array<ExternalComponent, 13> kExternalComponents = {{
    {"JiebaTokenizer", "the Jieba dictionary", "WhitespaceTokenizer", true},
    {"SpacyTokenizer", "a spaCy model", "WhitespaceTokenizer", true},
    {"MitieTokenizer", "the MITIE library", "WhitespaceTokenizer", true},
    {"SpacyNLP", "a spaCy model", "WhitespaceTokenizer"},
    {"MitieNLP", "the MITIE library", "WhitespaceTokenizer"},
    {"SpacyFeaturizer", "a spaCy model", "CountVectorsFeaturizer"},
    {"MitieFeaturizer", "the MITIE library", "CountVectorsFeaturizer"},
    {"LanguageModelFeaturizer", "a pretrained language model", "CountVectorsFeaturizer"},
    {"ConveRTFeaturizer", "a pretrained language model", "CountVectorsFeaturizer"},
    {"SpacyEntityExtractor", "a spaCy model", "DIETClassifier"},
    {"MitieEntityExtractor", "the MITIE library", "CRFEntityExtractor"},
    {"MitieIntentClassifier", "the MITIE library", "DIETClassifier"},
    {"SklearnIntentClassifier", "dense features of a pretrained model", "LogisticRegressionClassifier"},
}};

const ExternalComponent* FindExternal(std::string_view name) {
  if (name.starts_with("rasa.")) name = name.substr(name.rfind('.') + 1);
  for (const ExternalComponent& external : kExternalComponents) {
    if (external.name == name) return &external;
  }
  return nullptr;
}

std::string KindName(ComponentKind kind) {
  switch (kind) {
    case ComponentKind::kTokenizer:
      return "a tokenizer";
    case ComponentKind::kFeaturizer:
      return "a featurizer";
    case ComponentKind::kClassifier:
      return "an intent classifier";
    case ComponentKind::kExtractor:
      return "an entity extractor";
    case ComponentKind::kPostProcessor:
      return "a post-processor";
    case ComponentKind::kSelector:
      return "a response selector";
  }
  return "a component";
}

// The parameters that decide what is trained.
Json Effective(const ComponentSpec& spec, const Json& parameters) {
  Json effective = Json::Object();
  for (const ParameterSpec& parameter : spec.parameters) {
    if (!parameter.no_effect) effective.Set(parameter.name, parameters[parameter.name]);
  }
  return effective;
}

// Walks `pipeline:` once, in order, and collects nodes and problems.
class GraphBuilder {
 public:
  GraphBuilder(const Source& source, const ComponentRegistry& registry, Diagnostics& diagnostics)
      : source_(source), registry_(registry), diagnostics_(diagnostics), parts_(PartFingerprints(source)) {}

  PipelineGraph Build() {
    chain_ = Sha256Hex(std::string(kTrainingRevision) + "\n" + parts_["nlu"] + "\n" + source_.config.language);
    for (const ComponentConfig& config : source_.config.pipeline) AddComponent(config);
    return std::move(graph_);
  }

 private:
  void AddComponent(const ComponentConfig& config) {
    bool replaced = false;
    const ComponentFactory* factory = FindFactory(config, replaced);
    if (factory == nullptr) {
      incomplete_ = true;
      return;
    }
    CheckPlace(factory->spec, config);
    seen_.push_back(factory->spec.kind);
    Json parameters = replaced
                          ? ResolveParameters(factory->spec, {.name = config.name, .span = config.span}, diagnostics_)
                          : ResolveParameters(factory->spec, config, diagnostics_);
    AddNode(factory->spec, std::move(parameters));
  }

  const ComponentFactory* FindFactory(const ComponentConfig& config, bool& replaced) {
    if (const ComponentFactory* factory = registry_.Find(config.name)) return factory;
    const ExternalComponent* external = FindExternal(config.name);
    if (external == nullptr) {
      ReportUnknown(config);
      return nullptr;
    }
    replaced = external->replaced;
    ReportExternal(*external, config);
    return replaced ? registry_.Find(external->closest) : nullptr;
  }

  void ReportUnknown(const ComponentConfig& config) {
    const std::vector<std::string> names = registry_.Names();
    const std::string nearest = NearestName(config.name, names);
    std::string help = "did you mean `" + nearest + "`?";
    if (nearest.empty()) {
      help = "known are ";
      for (const std::string& name : names) help += (&name == &names.front() ? "`" : ", `") + name + "`";
      help += "; own Python components cannot run here, remove them from `pipeline:`";
    }
    diagnostics_.Add({.code = "P101",
                      .message = "there is no component `" + config.name + "`",
                      .span = config.span,
                      .label = "unknown component",
                      .help = std::move(help)});
  }

  void ReportExternal(const ExternalComponent& external, const ComponentConfig& config) {
    const std::string closest(external.closest);
    std::string message = "`" + std::string(external.name) + "` needs " + std::string(external.needs) +
                          ", which is not part of Greenroom";
    if (external.replaced) {
      diagnostics_.Add({.severity = Severity::kWarning,
                        .code = "P110",
                        .message = std::move(message),
                        .span = config.span,
                        .label = "`" + closest + "` is used in its place",
                        .help = "write `" + closest + "`; with `language: zh` or `ja` each character is a token"});
      return;
    }
    diagnostics_.Add({.code = "P110",
                      .message = std::move(message),
                      .span = config.span,
                      .help = "remove it; the closest built-in component is `" + closest + "`"});
  }

  bool Seen(ComponentKind kind) const { return std::find(seen_.begin(), seen_.end(), kind) != seen_.end(); }

  void CheckPlace(const ComponentSpec& spec, const ComponentConfig& config) {
    if (spec.kind == ComponentKind::kTokenizer && Seen(ComponentKind::kTokenizer)) {
      diagnostics_.Add({.code = "P107",
                        .message = "`" + spec.name + "` is a second tokenizer",
                        .span = config.span,
                        .help = "a pipeline has exactly one tokenizer; remove one of them"});
    }
    for (ComponentKind kind : spec.requires_before) {
      if (incomplete_ || Seen(kind)) continue;  // a refused component may be the one that is missing
      diagnostics_.Add({.code = "P108",
                        .message = "`" + spec.name + "` needs " + KindName(kind) + " before it",
                        .span = config.span,
                        .help = "put " + KindName(kind) + " earlier into `pipeline:`"});
    }
    const auto& refused = spec.refused_languages;
    if (std::find(refused.begin(), refused.end(), source_.config.language) != refused.end()) {
      diagnostics_.Add(
          {.code = "P109",
           .message = "`" + spec.name + "` cannot split texts of the language `" + source_.config.language + "`",
           .span = config.span,
           .help = "put blanks between words and set another `language:`"});
    }
  }

  // A node's fingerprint covers everything that its training sees: data, language, and all nodes before it that change
  // messages. A selector changes nothing for others, so that edited responses leave the rest reusable.
  void AddNode(const ComponentSpec& spec, Json parameters) {
    const bool selector = spec.kind == ComponentKind::kSelector;
    const std::string own = chain_ + "\n" + spec.name + "\n" + Effective(spec, parameters).DumpPythonSorted();
    const std::string fingerprint = Sha256Hex(selector ? own + "\n" + parts_["responses"] : own);
    if (!selector) chain_ = fingerprint;
    graph_.nodes.push_back({.id = std::to_string(graph_.nodes.size()) + "_" + spec.name,
                            .component = spec.name,
                            .parameters = std::move(parameters),
                            .fingerprint = fingerprint});
  }

  const Source& source_;
  const ComponentRegistry& registry_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::string> parts_;
  std::vector<ComponentKind> seen_;
  bool incomplete_ = false;
  std::string chain_;
  PipelineGraph graph_;
};

}  // namespace

Json PipelineGraph::ToJson() const {
  Json list = Json::List();
  for (const PipelineNode& node : nodes) {
    list.Append(Json::Object({{"id", node.id},
                              {"component", node.component},
                              {"parameters", node.parameters},
                              {"fingerprint", node.fingerprint}}));
  }
  return list;
}

PipelineGraph BuildPipelineGraph(const Source& source, const ComponentRegistry& registry, Diagnostics& diagnostics) {
  return GraphBuilder(source, registry, diagnostics).Build();
}

}  // namespace greenroom

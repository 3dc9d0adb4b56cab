#include "nlu/pattern_components.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "nlu/component_blobs.h"
#include "nlu/count_vectors_featurizer.h"
#include "nlu/pattern_set.h"

namespace greenroom {
namespace {

LookupOptions OptionsFrom(const Json& parameters) {
  return {.letter_case = parameters["case_sensitive"].AsBool() ? PatternCase::kSensitive : PatternCase::kIgnored,
          .borders = parameters["use_word_boundaries"].AsBool(true) ? LookupBorders::kWords : LookupBorders::kNone};
}

PatternKinds KindsFrom(const Json& parameters) {
  return {.regexes = parameters["use_regexes"].AsBool(true), .lookups = parameters["use_lookup_tables"].AsBool(true)};
}

void SavePatterns(const PatternSet& patterns, BlobWriter& blobs) {
  blobs.Put("meta.json", Json::Object({{"patterns", patterns.ToJson()}}).Dump());
}

class RegexFeaturizer final : public Component {
 public:
  explicit RegexFeaturizer(PatternSet patterns) : patterns_(std::move(patterns)) {}

  void Process(MessageState& message) const override {
    if (patterns_.size() == 0) return;
    const PatternText text(message.text);
    for (size_t i = 0; i < patterns_.size(); ++i) {
      const std::vector<LookupMatch> matches = patterns_.FindAll(i, text);
      if (matches.empty()) continue;
      message.extra_features.push_back(ExtraFeature("pattern", i));
      MarkTokens(static_cast<uint32_t>(i), matches, message.tokens);
    }
  }

  void Save(BlobWriter& blobs) const override { SavePatterns(patterns_, blobs); }

 private:
  // Tokens and matches both ascend, so one walk suffices.
  static void MarkTokens(uint32_t pattern, const std::vector<LookupMatch>& matches, std::vector<Token>& tokens) {
    auto match = matches.begin();
    for (Token& token : tokens) {
      while (match != matches.end() && match->end <= token.start) ++match;
      if (match == matches.end()) return;
      if (match->start < token.end) token.patterns.push_back(pattern);
    }
  }

  PatternSet patterns_;
};

class RegexEntityExtractor final : public Component {
 public:
  explicit RegexEntityExtractor(PatternSet patterns) : patterns_(std::move(patterns)) {}

  void Process(MessageState& message) const override {
    if (patterns_.size() == 0) return;
    const PatternText text(message.text);
    for (size_t i = 0; i < patterns_.size(); ++i) {
      for (const LookupMatch& match : patterns_.FindAll(i, text)) {
        const auto start = static_cast<size_t>(match.start);
        const auto length = static_cast<size_t>(match.end - match.start);
        std::string value = EncodeUtf8(std::u32string_view(text.characters()).substr(start, length));
        message.parse.entities.push_back({.entity = patterns_.name(i),
                                          .value = std::move(value),
                                          .start = match.start,
                                          .end = match.end,
                                          .extractor = "RegexEntityExtractor"});
      }
    }
  }
  // Its entities are answers, not features: training gains nothing from them.
  void ProcessTraining(std::span<MessageState>) const override {}

  void Save(BlobWriter& blobs) const override { SavePatterns(patterns_, blobs); }

 private:
  PatternSet patterns_;
};

std::set<std::string_view> AnnotatedEntities(const NluData& data) {
  std::set<std::string_view> names;
  for (const NluExample& example : data.examples) {
    for (const Entity& entity : example.entities) names.insert(entity.entity);
  }
  return names;
}

void KeepPatternsOfEntities(const NluData& data, std::vector<PatternSource>& sources) {
  const std::set<std::string_view> names = AnnotatedEntities(data);
  std::erase_if(sources, [&](const PatternSource& source) { return !names.contains(source.name); });
}

void WarnWithoutPatterns(TrainContext& context) {
  context.diagnostics->Add(
      {.severity = Severity::kWarning,
       .code = "N102",
       .message =
           "`RegexEntityExtractor` will find nothing: no regex or lookup table bears the name of an annotated entity",
       .help = "annotate the entity in at least one example, or remove the component"});
}

template <typename T>
Result<std::unique_ptr<Component>> Load(const Json& parameters, const BlobReader& blobs) {
  GR_ASSIGN(const Json meta, ReadMeta(blobs));
  GR_ASSIGN(PatternSet patterns, PatternSet::FromJson(meta["patterns"], OptionsFrom(parameters)));
  return std::unique_ptr<Component>(std::make_unique<T>(std::move(patterns)));
}

Result<std::unique_ptr<Component>> TrainFeaturizer(TrainContext& context) {
  std::vector<PatternSource> sources = CollectPatterns(context.source->data.nlu, KindsFrom(context.parameters));
  GR_ASSIGN(PatternSet patterns,
            PatternSet::Build(std::move(sources), OptionsFrom(context.parameters), context.diagnostics));
  return std::unique_ptr<Component>(std::make_unique<RegexFeaturizer>(std::move(patterns)));
}

Result<std::unique_ptr<Component>> TrainExtractor(TrainContext& context) {
  const NluData& data = context.source->data.nlu;
  std::vector<PatternSource> sources = CollectPatterns(data, KindsFrom(context.parameters));
  KeepPatternsOfEntities(data, sources);
  if (sources.empty() && context.diagnostics != nullptr) WarnWithoutPatterns(context);
  GR_ASSIGN(PatternSet patterns,
            PatternSet::Build(std::move(sources), OptionsFrom(context.parameters), context.diagnostics));
  return std::unique_ptr<Component>(std::make_unique<RegexEntityExtractor>(std::move(patterns)));
}

std::vector<ParameterSpec> Parameters(bool case_sensitive) {
  using Kind = ParameterSpec::Kind;
  return {{.kind = Kind::kBool, .name = "case_sensitive", .default_value = case_sensitive},
          {.kind = Kind::kBool, .name = "use_lookup_tables", .default_value = true},
          {.kind = Kind::kBool, .name = "use_regexes", .default_value = true},
          {.kind = Kind::kBool, .name = "use_word_boundaries", .default_value = true}};
}

}  // namespace

ComponentFactory RegexFeaturizerFactory() {
  ComponentFactory factory;
  factory.spec = {.name = "RegexFeaturizer",
                  .kind = ComponentKind::kFeaturizer,
                  .parameters = Parameters(true),
                  .requires_before = {ComponentKind::kTokenizer}};
  factory.spec.parameters.push_back({.name = "number_additional_patterns", .no_effect = true});
  factory.spec.parameters.push_back({.name = "alias", .no_effect = true});
  factory.train = TrainFeaturizer;
  factory.load = Load<RegexFeaturizer>;
  return factory;
}

ComponentFactory RegexEntityExtractorFactory() {
  ComponentFactory factory;
  factory.spec = {.name = "RegexEntityExtractor", .kind = ComponentKind::kExtractor, .parameters = Parameters(false)};
  factory.train = TrainExtractor;
  factory.load = Load<RegexEntityExtractor>;
  return factory;
}

}  // namespace greenroom

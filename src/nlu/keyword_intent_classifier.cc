#include "nlu/keyword_intent_classifier.h"

#include <map>
#include <optional>
#include <set>

#include "nlu/component_blobs.h"
#include "nlu/pattern_set.h"

namespace greenroom {
namespace {

struct Keyword {
  std::string text;
  std::string intent;
  SourceSpan span = {};
};

bool IsLiteral(std::string_view text) { return text.find_first_of(R"(\^$.|?*+()[]{})") == std::string_view::npos; }

class KeywordIntentClassifier final : public Component {
 public:
  KeywordIntentClassifier(std::vector<Keyword> keywords, PatternCase letter_case, Diagnostics* diagnostics)
      : keywords_(std::move(keywords)),
        literals_(Literals(), {.letter_case = letter_case, .borders = LookupBorders::kWords}) {
    for (size_t i = 0; i < keywords_.size(); ++i) {
      if (!IsLiteral(keywords_[i].text)) AddPattern(i, letter_case, diagnostics);
    }
  }

  void Process(MessageState& message) const override {
    if (const std::optional<size_t> hit = FirstHit(message.text)) {
      message.parse.intent = {keywords_[*hit].intent, 1.0};
    }
  }
  void ProcessTraining(std::span<MessageState>) const override {}

  // For each keyword: the first keyword of another intent inside which it occurs, if any.
  std::map<size_t, size_t> FindContained() const {
    std::map<size_t, size_t> contained;
    for (size_t outer = 0; outer < keywords_.size(); ++outer) {
      const PatternText text(keywords_[outer].text);
      for (const uint32_t inner : literals_.ElementsIn(text.characters())) NoteContained(inner, outer, contained);
      for (const auto& [inner, pattern] : patterns_) {
        if (pattern.Contains(text.subject())) NoteContained(inner, outer, contained);
      }
    }
    return contained;
  }

  void Save(BlobWriter& blobs) const override {
    Json rows = Json::List();
    for (const Keyword& keyword : keywords_) rows.Append(Json::List({keyword.text, keyword.intent}));
    blobs.Put("meta.json", Json::Object({{"keywords", std::move(rows)}}).Dump());
  }

 private:
  void NoteContained(size_t inner, size_t outer, std::map<size_t, size_t>& contained) const {
    if (keywords_[inner].intent != keywords_[outer].intent) contained.try_emplace(inner, outer);
  }

  // Texts with special characters leave a gap here, so that indices stay those of the keywords.
  std::vector<std::string> Literals() const {
    std::vector<std::string> literals;
    for (const Keyword& keyword : keywords_) literals.push_back(IsLiteral(keyword.text) ? keyword.text : std::string());
    return literals;
  }

  void AddPattern(size_t index, PatternCase letter_case, Diagnostics* diagnostics) {
    const Keyword& keyword = keywords_[index];
    Result<Pattern> pattern = Pattern::Compile(R"(\b)" + keyword.text + R"(\b)", letter_case);
    if (pattern.ok()) {
      patterns_.emplace_back(index, std::move(pattern).value());
    } else if (diagnostics != nullptr) {
      diagnostics->Add({.severity = Severity::kWarning,
                        .code = "N104",
                        .message = "the text `" + keyword.text + "` is no valid pattern for `KeywordIntentClassifier`",
                        .span = keyword.span,
                        .label = "not used as keyword",
                        .help = pattern.error().message});
    }
  }

  std::optional<size_t> FirstHit(const std::string& message) const {
    const PatternText text(message);
    std::optional<size_t> first;
    if (const auto literal = literals_.FirstElementIn(text.characters())) first = *literal;
    for (const auto& [index, pattern] : patterns_) {
      if (first && index > *first) break;
      if (pattern.Contains(text.subject())) return index;
    }
    return first;
  }

  std::vector<Keyword> keywords_;
  LookupMatcher literals_;
  std::vector<std::pair<size_t, Pattern>> patterns_;  // ascending by index
};

// Texts of the examples in order, without those that two intents claim.
std::vector<Keyword> CollectKeywords(const NluData& data, Diagnostics* diagnostics) {
  std::vector<Keyword> keywords;
  std::map<std::string_view, size_t> known;
  std::set<std::string_view> ambiguous;
  for (const NluExample& example : data.examples) {
    if (example.intent.empty()) continue;
    const auto [place, fresh] = known.try_emplace(example.text, keywords.size());
    if (fresh) {
      keywords.push_back({example.text, example.intent, example.span});
    } else if (keywords[place->second].intent != example.intent && ambiguous.insert(example.text).second &&
               diagnostics != nullptr) {
      diagnostics->Add({.severity = Severity::kWarning,
                        .code = "N103",
                        .message = "the keyword `" + example.text + "` stands under `" +
                                   keywords[place->second].intent + "` and `" + example.intent + "`",
                        .span = example.span,
                        .label = "used for neither",
                        .related = keywords[place->second].span,
                        .related_label = "first here"});
    }
  }
  std::erase_if(keywords, [&](const Keyword& keyword) { return ambiguous.contains(keyword.text); });
  return keywords;
}

PatternCase CaseFrom(const Json& parameters) {
  return parameters["case_sensitive"].AsBool(true) ? PatternCase::kSensitive : PatternCase::kIgnored;
}

void WarnContained(const Keyword& inner, const Keyword& outer, Diagnostics* diagnostics) {
  if (diagnostics == nullptr) return;
  diagnostics->Add({.severity = Severity::kWarning,
                    .code = "N103",
                    .message = "the keyword `" + inner.text + "` of `" + inner.intent + "` occurs in `" + outer.text +
                               "` of `" + outer.intent + "`",
                    .span = inner.span,
                    .label = "not used as keyword",
                    .related = outer.span,
                    .related_label = "occurs here"});
}

Result<std::unique_ptr<Component>> TrainKeywords(TrainContext& context) {
  const PatternCase letter_case = CaseFrom(context.parameters);
  std::vector<Keyword> keywords = CollectKeywords(context.source->data.nlu, context.diagnostics);
  const KeywordIntentClassifier all(keywords, letter_case, context.diagnostics);
  std::vector<Keyword> kept;
  const std::map<size_t, size_t> contained = all.FindContained();
  for (size_t i = 0; i < keywords.size(); ++i) {
    const auto outer = contained.find(i);
    if (outer == contained.end()) {
      kept.push_back(keywords[i]);
    } else {
      WarnContained(keywords[i], keywords[outer->second], context.diagnostics);
    }
  }
  return std::unique_ptr<Component>(std::make_unique<KeywordIntentClassifier>(std::move(kept), letter_case, nullptr));
}

Result<std::unique_ptr<Component>> LoadKeywords(const Json& parameters, const BlobReader& blobs) {
  GR_ASSIGN(const Json meta, ReadMeta(blobs));
  std::vector<Keyword> keywords;
  for (const Json& row : meta["keywords"].array()) {
    if (row.size() != 2)
      return Error{ErrorCode::kDataLoss, "model_part_malformed", "a keyword needs a text and an intent"};
    keywords.push_back({row.array()[0].AsString(), row.array()[1].AsString()});
  }
  return std::unique_ptr<Component>(
      std::make_unique<KeywordIntentClassifier>(std::move(keywords), CaseFrom(parameters), nullptr));
}

}  // namespace

ComponentFactory KeywordIntentClassifierFactory() {
  ComponentFactory factory;
  factory.spec = {
      .name = "KeywordIntentClassifier",
      .kind = ComponentKind::kClassifier,
      .parameters = {{.kind = ParameterSpec::Kind::kBool, .name = "case_sensitive", .default_value = true}}};
  factory.train = TrainKeywords;
  factory.load = LoadKeywords;
  return factory;
}

}  // namespace greenroom

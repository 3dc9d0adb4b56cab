#include "nlu/count_vectors_featurizer.h"

#include "base/digest.h"
#include "nlu/characters.h"
#include "nlu/without_effect.h"

namespace greenroom {
namespace {

// First link of each hash chain: keeps the blocks apart.
constexpr uint64_t kWordSeed = 0x77D1A5B1C3E4F201;
constexpr uint64_t kPairSeed = 0x2B1F6C8D90E7A355;
constexpr uint64_t kBorderedSeed = 0x5C9E3D7712AB4F09;
constexpr uint64_t kCharSeed = 0x9A47E8C05D2B6133;
constexpr uint64_t kTextStart = 1;
constexpr uint64_t kTextEnd = 2;

// One step of a hash over code points: so all n-grams that start at a place are hashed in one walk.
inline uint64_t Mix(uint64_t hash, uint64_t value) {
  hash ^= value + 0x9E3779B97F4A7C15ull + (hash << 6) + (hash >> 2);
  hash *= 0xFF51AFD7ED558CCDull;
  return hash ^ (hash >> 32);
}

struct NgramRange {
  size_t min = 1;
  size_t max = 1;
};

// The words of a lower-cased text as slices of it.
template <typename Visit>
void ForEachWord(std::u32string_view text, Visit visit) {
  size_t start = 0;
  for (size_t at = 0; at <= text.size(); ++at) {
    const bool ideograph = at < text.size() && IsIdeographic(text[at]);
    const bool inside = at < text.size() && !ideograph && IsWordPart(text[at]);
    if (inside) continue;
    if (start < at) visit(text.substr(start, at - start));
    if (ideograph) visit(text.substr(at, 1));
    start = at + 1;
  }
}

// All n-grams of `text` with lengths of the range.
void AppendNgrams(std::u32string_view text, NgramRange range, uint64_t seed, std::vector<uint64_t>& out) {
  for (size_t start = 0; start < text.size(); ++start) {
    uint64_t hash = seed;
    const size_t longest = std::min(range.max, text.size() - start);
    for (size_t length = 1; length <= longest; ++length) {
      hash = Mix(hash, text[start + length - 1]);
      if (length >= range.min) out.push_back(hash);
    }
  }
}

class WordFeaturizer {
 public:
  static void Append(std::u32string_view text, NgramRange range, std::vector<uint64_t>& out) {
    std::vector<uint64_t> words;
    words.push_back(kTextStart);
    ForEachWord(text, [&](std::u32string_view word) {
      uint64_t hash = kWordSeed;
      for (char32_t c : word) hash = Mix(hash, c);
      words.push_back(hash);
    });
    if (words.size() == 1) return;
    if (range.min <= 1) out.insert(out.end(), words.begin() + 1, words.end());
    words.push_back(kTextEnd);
    for (size_t length = std::max<size_t>(range.min, 2); length <= range.max && length <= words.size(); ++length) {
      AppendSequences(words, length, out);
    }
  }

 private:
  static void AppendSequences(const std::vector<uint64_t>& words, size_t length, std::vector<uint64_t>& out) {
    for (size_t start = 0; start + length <= words.size(); ++start) {
      uint64_t hash = kPairSeed + length;
      for (size_t i = 0; i < length; ++i) hash = Mix(hash, words[start + i]);
      out.push_back(hash);
    }
  }
};

void AppendBorderedNgrams(std::u32string_view text, NgramRange range, std::vector<uint64_t>& out) {
  std::u32string padded;
  ForEachWord(text, [&](std::u32string_view word) {
    padded.assign(1, U' ');
    padded += word;
    padded += U' ';
    AppendNgrams(padded, {std::min(range.min, padded.size()), range.max}, kBorderedSeed, out);
  });
}

std::u32string WithSingleBlanks(std::u32string_view text) {
  std::u32string out;
  for (char32_t c : text) {
    if (!IsSpace(c))
      out += c;
    else if (!out.empty() && out.back() != U' ')
      out += U' ';
  }
  return out;
}

enum class Analyzer { kWord, kChar, kCharWithinWords };

class CountVectorsFeaturizer final : public Component {
 public:
  explicit CountVectorsFeaturizer(const Json& parameters) : lowercase_(parameters["lowercase"].AsBool(true)) {
    const std::string& name = parameters["analyzer"].AsString();
    analyzer_ = name == "char" ? Analyzer::kChar : name == "char_wb" ? Analyzer::kCharWithinWords : Analyzer::kWord;
    const auto min = static_cast<size_t>(parameters["min_ngram"].AsInt(1));
    const auto max = static_cast<size_t>(parameters["max_ngram"].AsInt(static_cast<int64_t>(min)));
    const bool narrowed = !parameters["min_ngram"].is_null() || !parameters["max_ngram"].is_null();
    range_ = Range(min, std::max(min, max), narrowed);
  }

  void Process(MessageState& message) const override {
    std::u32string text;
    DecodeInto(message.text, text);
    if (lowercase_) {
      for (char32_t& c : text) c = LowerCharacter(c);
    }
    switch (analyzer_) {
      case Analyzer::kWord:
        return WordFeaturizer::Append(text, range_, message.word_features);
      case Analyzer::kChar:
        return AppendNgrams(WithSingleBlanks(text), range_, kCharSeed, message.char_features);
      case Analyzer::kCharWithinWords:
        message.char_features.reserve(message.char_features.size() + 8 * text.size());
        return AppendBorderedNgrams(text, range_, message.char_features);
    }
  }

  void Save(BlobWriter&) const override {}

 private:
  // What nobody chose on purpose is what was measured as best; see docs/decisions/0011-feature-blocks.md.
  NgramRange Range(size_t min, size_t max, bool narrowed) const {
    if (analyzer_ == Analyzer::kWord) return narrowed ? NgramRange{min, max} : NgramRange{1, 2};
    const bool suggested = min == 1 && max == 4;
    return narrowed && !suggested ? NgramRange{min, max} : NgramRange{2, 5};
  }

  Analyzer analyzer_ = Analyzer::kWord;
  bool lowercase_;
  NgramRange range_;
};

std::vector<ParameterSpec> Parameters() {
  using Kind = ParameterSpec::Kind;
  std::vector<ParameterSpec> parameters = {
      {.kind = Kind::kString, .name = "analyzer", .default_value = "word", .choices = {"word", "char", "char_wb"}},
      {.kind = Kind::kInt, .name = "min_ngram", .min = 1, .max = 10},
      {.kind = Kind::kInt, .name = "max_ngram", .min = 1, .max = 10},
      {.kind = Kind::kBool, .name = "lowercase", .default_value = true}};
  AddWithoutEffect(parameters,
                   {"min_df", "max_df", "max_features", "strip_accents", "stop_words", "OOV_token", "OOV_words",
                    "use_shared_vocab", "use_lemma", "additional_vocabulary_size", "token_pattern", "alias"});
  return parameters;
}

}  // namespace

uint64_t ExtraFeature(std::string_view prefix, uint64_t index) { return HashCombine(Hash64(prefix), index); }

ComponentFactory CountVectorsFeaturizerFactory() {
  ComponentFactory factory;
  factory.spec = {.name = "CountVectorsFeaturizer",
                  .kind = ComponentKind::kFeaturizer,
                  .parameters = Parameters(),
                  .requires_before = {ComponentKind::kTokenizer}};
  factory.train = [](TrainContext& context) -> Result<std::unique_ptr<Component>> {
    return std::unique_ptr<Component>(std::make_unique<CountVectorsFeaturizer>(context.parameters));
  };
  factory.load = [](const Json& parameters, const BlobReader&) -> Result<std::unique_ptr<Component>> {
    return std::unique_ptr<Component>(std::make_unique<CountVectorsFeaturizer>(parameters));
  };
  return factory;
}

}  // namespace greenroom

#include "nlu/whitespace_tokenizer.h"

#include <algorithm>
#include <optional>

#include "nlu/characters.h"
#include "nlu/component_blobs.h"
#include "nlu/pattern.h"

namespace greenroom {
namespace {

bool IsAsciiDigit(char32_t c) { return c >= '0' && c <= '9'; }

// Neither a word character nor one of # @ &.
bool IsHard(char32_t c) { return !IsWordPart(c) && c != '#' && c != '@' && c != '&'; }

// Neither a word character nor one that may stand in an address.
bool IsOutsideAddress(char32_t c) {
  if (c >= 0x80) return !IsWordPart(c);
  constexpr std::u32string_view kAddress = U"._~:/?#[]()@!$&*+,;=-";
  return !IsWordPart(c) && kAddress.find(c) == std::u32string_view::npos;
}

// Follows a deleted run in the second and third rule: neither a digit nor a blank.
bool IsSolid(char32_t c) { return !IsAsciiDigit(c) && !IsSpace(c); }

bool IsEmoji(char32_t c) {
  return (c >= 0x1F600 && c <= 0x1F64F) || (c >= 0x1F300 && c <= 0x1F5FF) || (c >= 0x1F680 && c <= 0x1F6FF) ||
         (c >= 0x1F1E0 && c <= 0x1F1FF) || (c >= 0x2702 && c <= 0x27B0) || (c >= 0x24C2 && c <= 0x1F251) ||
         c == 0x200C || c == 0x200D;
}

// A maximal run of characters of one class, with the farthest places inside it where a rule may end. Kept while the
// scan is inside the run, so that the whole scan is linear.
struct Run {
  size_t end = 0;           // first place behind the run
  size_t before_blank = 0;  // largest place in (start, end] at a blank or the end of the text; 0 = none
  size_t before_solid = 0;  // the same at a solid character
};

template <typename Class>
Run FindRun(std::u32string_view text, size_t start, Class in_class) {
  Run run{.end = start};
  while (run.end < text.size() && in_class(text[run.end])) {
    ++run.end;
    const bool at_end = run.end == text.size();
    if (at_end || IsSpace(text[run.end])) run.before_blank = run.end;
    if (!at_end && IsSolid(text[run.end])) run.before_solid = run.end;
  }
  return run;
}

// Replaces what the three rules match by blanks, in one pass from left to right; the length stays.
class Blanker {
 public:
  explicit Blanker(std::u32string_view text) : text_(text) {}

  std::u32string Blanked() {
    std::u32string out(text_);
    for (size_t at = 0; at < text_.size();) {
      const size_t end = MatchEnd(at);
      if (end <= at) {
        ++at;
        continue;
      }
      std::fill(out.begin() + static_cast<std::ptrdiff_t>(at), out.begin() + static_cast<std::ptrdiff_t>(end), U' ');
      at = end;
    }
    return out;
  }

 private:
  const Run& HardRun(size_t at) {
    if (at >= hard_.end) hard_ = FindRun(text_, at, IsHard);
    return hard_;
  }
  const Run& OutsideRun(size_t at) {
    if (at >= outside_.end) outside_ = FindRun(text_, at, IsOutsideAddress);
    return outside_;
  }

  // End of the match at `at`, or 0. The rules in the order in which they are tried.
  size_t MatchEnd(size_t at) {
    const char32_t c = text_[at];
    if (!IsHard(c)) return 0;  // all three begin with a hard character
    const Run hard = HardRun(at);
    if (hard.before_blank > at) return hard.before_blank;
    if (IsSpace(c) && hard.before_solid > at + 1) return hard.before_solid;
    if (at == 0 && hard.before_solid > at) return hard.before_solid;
    if (at > 0 && IsSolid(text_[at - 1]) && IsOutsideAddress(c) && OutsideRun(at).before_solid > at)
      return outside_.before_solid;
    return 0;
  }

  std::u32string_view text_;
  Run hard_;
  Run outside_;
};

// The characters of a message while tokens are cut out of it.
class TokenCutter {
 public:
  TokenCutter(std::string_view text, Ideographs ideographs) : ideographs_(ideographs), bytes_(text) {
    DecodeInto(text, original_);
    ascii_ = original_.size() == text.size();
  }

  std::vector<Token> Cut() {
    const std::u32string blanked = Blanker(original_).Blanked();
    for (size_t at = 0; at < blanked.size();) {
      if (IsSpace(blanked[at])) {
        ++at;
        continue;
      }
      size_t end = at;
      while (end < blanked.size() && !IsSpace(blanked[end])) ++end;
      AddWord(at, end);
      at = end;
    }
    if (tokens_.empty() && !original_.empty()) AddToken(0, original_.size());
    return std::move(tokens_);
  }

 private:
  void AddWord(size_t start, size_t end) {
    if (ideographs_ == Ideographs::kSplit) return AddSplitWord(start, end);
    const std::u32string_view text(original_);
    const std::u32string_view word = text.substr(start, end - start);
    if (std::all_of(word.begin(), word.end(), IsEmoji)) return;
    // Rasa looks for each word from the end of the one before, so a word of signs may be found in what was taken off.
    const size_t found = text.find(word, last_end_);
    last_end_ = found + word.size();
    AddToken(found, last_end_);
  }

  void AddSplitWord(size_t start, size_t end) {
    size_t open = start;
    for (size_t at = start; at < end; ++at) {
      if (!IsIdeographic(original_[at])) continue;
      if (open < at) AddToken(open, at);
      AddToken(at, at + 1);
      open = at + 1;
    }
    if (open < end) AddToken(open, end);
  }

  void AddToken(size_t start, size_t end) {
    Token token{.start = static_cast<int>(start), .end = static_cast<int>(end)};
    if (ascii_) {
      token.text.assign(bytes_.substr(start, end - start));
    } else {
      token.text = EncodeUtf8(std::u32string_view(original_).substr(start, end - start));
    }
    token.lower = LowerCase(token.text);
    tokens_.push_back(std::move(token));
  }

  Ideographs ideographs_;
  std::string_view bytes_;
  std::u32string original_;
  bool ascii_ = true;
  size_t last_end_ = 0;
  std::vector<Token> tokens_;
};

class WhitespaceTokenizer final : public Component {
 public:
  static Result<std::unique_ptr<Component>> Make(Ideographs ideographs, const std::string& token_pattern) {
    auto tokenizer = std::make_unique<WhitespaceTokenizer>();
    tokenizer->ideographs_ = ideographs;
    if (!token_pattern.empty()) {
      GR_ASSIGN(Pattern pattern, Pattern::Compile(token_pattern, PatternCase::kSensitive));
      tokenizer->token_pattern_ = std::move(pattern);
    }
    return std::unique_ptr<Component>(std::move(tokenizer));
  }

  void Process(MessageState& message) const override {
    message.tokens = SplitIntoTokens(message.text, ideographs_);
    if (message.text.empty()) message.parse.tokens = {{0, 0}};  // as recorded from Rasa
    if (token_pattern_) ApplyTokenPattern(message.tokens);
  }

  void Save(BlobWriter& blobs) const override {
    blobs.Put("meta.json", Json::Object({{"ideographs", ideographs_ == Ideographs::kSplit}}).Dump());
  }

 private:
  void ApplyTokenPattern(std::vector<Token>& tokens) const {
    std::vector<Token> result;
    for (Token& token : tokens) {
      const std::vector<PatternMatch> matches = token_pattern_->FindAll(Subject(token.text));
      for (const PatternMatch& match : matches) {
        result.push_back({.text = std::string(match.text),
                          .lower = LowerCase(match.text),
                          .start = token.start + match.start,
                          .end = token.start + match.end});
      }
      if (matches.empty()) result.push_back(std::move(token));
    }
    tokens = std::move(result);
  }

  Ideographs ideographs_ = Ideographs::kKept;
  std::optional<Pattern> token_pattern_;
};

Result<std::unique_ptr<Component>> TrainTokenizer(TrainContext& context) {
  const std::string& language = context.source->config.language;
  const bool split = language == "zh" || language == "ja";
  return WhitespaceTokenizer::Make(split ? Ideographs::kSplit : Ideographs::kKept,
                                   context.parameters["token_pattern"].AsString());
}

Result<std::unique_ptr<Component>> LoadTokenizer(const Json& parameters, const BlobReader& blobs) {
  GR_ASSIGN(const Json meta, ReadMeta(blobs));
  return WhitespaceTokenizer::Make(meta["ideographs"].AsBool() ? Ideographs::kSplit : Ideographs::kKept,
                                   parameters["token_pattern"].AsString());
}

}  // namespace

std::vector<Token> SplitIntoTokens(std::string_view text, Ideographs ideographs) {
  return TokenCutter(text, ideographs).Cut();
}

ComponentFactory WhitespaceTokenizerFactory() {
  using Kind = ParameterSpec::Kind;
  ComponentFactory factory;
  factory.spec = {
      .name = "WhitespaceTokenizer",
      .kind = ComponentKind::kTokenizer,
      .parameters =
          {{.kind = Kind::kString, .name = "token_pattern"},
           {.kind = Kind::kBool, .name = "intent_tokenization_flag", .default_value = false, .no_effect = true},
           {.kind = Kind::kString, .name = "intent_split_symbol", .default_value = "_", .no_effect = true},
           {.kind = Kind::kString, .name = "prefix_separator_symbol", .no_effect = true}},
      .refused_languages = {"th"}};
  factory.train = TrainTokenizer;
  factory.load = LoadTokenizer;
  return factory;
}

}  // namespace greenroom

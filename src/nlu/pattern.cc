#include "nlu/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/text.h"

namespace greenroom {
namespace {

constexpr int64_t kRe2Memory = 8 << 20;
// Backtracking steps of one search over the whole text: the limit of PCRE2 counts anew at each starting character.
constexpr uint32_t kPcreSteps = 200'000;
constexpr uint32_t kPcreDepth = 1000;
constexpr uint32_t kPcreHeapKiB = 1024;

struct PcreFree {
  void operator()(pcre2_code* p) const { pcre2_code_free(p); }
  void operator()(pcre2_match_data* p) const { pcre2_match_data_free(p); }
  void operator()(pcre2_match_context* p) const { pcre2_match_context_free(p); }
  void operator()(pcre2_compile_context* p) const { pcre2_compile_context_free(p); }
};
using PcreCode = std::unique_ptr<pcre2_code, PcreFree>;

PCRE2_SPTR Bytes(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

Error Invalid(std::string_view pattern, const std::string& why) {
  return {ErrorCode::kInvalidArgument, "pattern_invalid",
          "`" + std::string(pattern) + "` is not a valid regular expression: " + why};
}

std::unique_ptr<RE2> CompileRe2(const TranslatedPattern& translated, PatternCase letter_case) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(kRe2Memory);
  options.set_case_sensitive(letter_case == PatternCase::kSensitive);
  auto re2 = std::make_unique<RE2>(translated.text, options);
  return re2->ok() ? std::move(re2) : nullptr;
}

Result<PcreCode> CompilePcre(std::string_view pattern, const TranslatedPattern& translated, PatternCase letter_case) {
  uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
  if (letter_case == PatternCase::kIgnored) options |= PCRE2_CASELESS;
  std::unique_ptr<pcre2_compile_context, PcreFree> context(pcre2_compile_context_create(nullptr));
  pcre2_set_parens_nest_limit(context.get(), 100);
  int error = 0;
  PCRE2_SIZE offset = 0;
  PcreCode code(pcre2_compile(Bytes(translated.text), translated.text.size(), options, &error, &offset, context.get()));
  if (code != nullptr) return code;
  PCRE2_UCHAR text[256] = {};
  pcre2_get_error_message(error, text, sizeof text);
  return Invalid(pattern, reinterpret_cast<const char*>(text));
}

}  // namespace

Subject::Subject(std::string_view text)
    : text_(text),
      ascii_(std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })),
      valid_(ascii_ || IsValidUtf8(text)) {}

struct Pattern::Engines {
  std::unique_ptr<RE2> re2;  // for all texts, or for ASCII ones only when `pcre` is there too
  PcreCode pcre;
};

struct Pattern::Found {
  bool ok = false;
  size_t first = 0;
  size_t last = 0;
};

Pattern::Pattern(std::unique_ptr<Engines> engines) : engines_(std::move(engines)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::Compile(std::string_view pattern, PatternCase letter_case) {
  if (pattern.size() > kMaxPatternBytes) {
    return Error{ErrorCode::kInvalidArgument, "pattern_too_long",
                 "the regular expression has " + std::to_string(pattern.size()) + " bytes; at most 4096 are allowed"};
  }
  if (!IsValidUtf8(pattern)) return Invalid("...", "it is not UTF-8");
  Result<TranslatedPattern> translated = TranslatePattern(pattern);
  if (!translated.ok()) return Invalid(pattern, translated.error().message);
  auto engines = std::make_unique<Engines>();
  if (!translated->beyond_re2) engines->re2 = CompileRe2(*translated, letter_case);
  if (engines->re2 == nullptr || translated->has_border) {
    GR_ASSIGN(engines->pcre, CompilePcre(pattern, *translated, letter_case));
  }
  return Pattern(std::move(engines));
}

namespace {

// One search with PCRE2 from `offset`; a search that exceeds its limits finds nothing.
std::pair<size_t, size_t> SearchPcre(const pcre2_code* code, std::string_view text, size_t offset) {
  constexpr std::pair<size_t, size_t> kNone = {std::string_view::npos, std::string_view::npos};
  std::unique_ptr<pcre2_match_context, PcreFree> context(pcre2_match_context_create(nullptr));
  std::unique_ptr<pcre2_match_data, PcreFree> data(pcre2_match_data_create(1, nullptr));
  const auto length = static_cast<uint32_t>(std::min<size_t>(text.size(), kPcreSteps));
  pcre2_set_match_limit(context.get(), std::clamp<uint32_t>(kPcreSteps / (length + 1), 20, 20'000));
  pcre2_set_depth_limit(context.get(), kPcreDepth);
  pcre2_set_heap_limit(context.get(), kPcreHeapKiB);
  const int count = pcre2_match(code, Bytes(text), text.size(), offset, PCRE2_NO_UTF_CHECK, data.get(), context.get());
  if (count < 0) return kNone;
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(data.get());
  return ends[1] < ends[0] ? kNone : std::pair<size_t, size_t>(ends[0], ends[1]);
}

}  // namespace

Pattern::Found Pattern::FindFrom(const Subject& subject, size_t offset) const {
  const bool use_re2 = engines_->re2 != nullptr && (subject.ascii() || engines_->pcre == nullptr);
  if (use_re2) {
    re2::StringPiece match;
    const re2::StringPiece text(subject.text().data(), subject.text().size());
    if (!engines_->re2->Match(text, offset, text.size(), RE2::UNANCHORED, &match, 1)) return {};
    const auto first = static_cast<size_t>(match.data() - text.data());
    return {true, first, first + match.size()};
  }
  if (!subject.valid()) return {};
  const auto [first, last] = SearchPcre(engines_->pcre.get(), subject.text(), offset);
  return {first != std::string_view::npos, first, last};
}

bool Pattern::Contains(const Subject& subject) const { return FindFrom(subject, 0).ok; }

std::vector<PatternMatch> Pattern::FindAll(const Subject& subject) const {
  std::vector<PatternMatch> matches;
  const std::string_view text = subject.text();
  size_t offset = 0;
  size_t counted_bytes = 0;
  int counted = 0;
  for (size_t searches = 0; offset <= text.size() && searches < kMaxMatches; ++searches) {
    const Found found = FindFrom(subject, offset);
    if (!found.ok) break;
    if (found.last == found.first) {  // step over an empty match by one character
      offset = found.last + 1;
      while (offset < text.size() && (text[offset] & 0xC0) == 0x80) ++offset;
      continue;
    }
    const std::string_view covered = text.substr(found.first, found.last - found.first);
    counted += static_cast<int>(CodePointCount(text.substr(counted_bytes, found.first - counted_bytes)));
    const int end = counted + static_cast<int>(CodePointCount(covered));
    matches.push_back({counted, end, covered});
    counted = end;
    counted_bytes = offset = found.last;
  }
  return matches;
}

}  // namespace greenroom

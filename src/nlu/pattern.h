// Pattern: a regular expression that a user wrote, with the meaning that Python's `re` gives it, safe to run on any
// text.
//
//   Result<Pattern> pattern = Pattern::Compile(R"(\b\d{5}\b)", PatternCase::kSensitive);
//   for (const PatternMatch& match : pattern->FindAll(Subject(text))) ...
//
// RE2 does the work, in linear time and with bounded memory. What RE2 cannot express (look-around, back references,
// Unicode word borders on non-ASCII text) goes to PCRE2 with limits on steps, depth and heap: a match that would take
// longer counts as none. \d, \w, \s and \b know Unicode as in Python; offsets are code points.
//
// Errors of Compile: pattern_too_long (over 4 KiB), pattern_invalid (says what and where).
// Thread rules: const after Compile; concurrent matching is safe.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace greenroom {

inline constexpr size_t kMaxPatternBytes = 4096;
inline constexpr size_t kMaxMatches = 1000;  // of one pattern in one text; further ones are not looked for

enum class PatternCase { kSensitive, kIgnored };

// A text about to be searched by several patterns. The text must outlive it.
class Subject {
 public:
  explicit Subject(std::string_view text);
  std::string_view text() const { return text_; }
  bool ascii() const { return ascii_; }
  // Checked once here, so that no search has to; a text that is not UTF-8 matches nothing beyond RE2.
  bool valid() const { return valid_; }

 private:
  std::string_view text_;
  bool ascii_;
  bool valid_;
};

// A non-empty match: code points [start, end) and the bytes it covers.
struct PatternMatch {
  int start = 0;
  int end = 0;
  std::string_view text;
};

class Pattern {
 public:
  static Result<Pattern> Compile(std::string_view pattern, PatternCase letter_case);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  // Whether it matches anywhere, also with an empty match.
  bool Contains(const Subject& subject) const;
  // All non-overlapping matches from left to right, without empty ones.
  std::vector<PatternMatch> FindAll(const Subject& subject) const;

 private:
  struct Engines;
  struct Found;
  explicit Pattern(std::unique_ptr<Engines> engines);
  Found FindFrom(const Subject& subject, size_t offset) const;

  std::unique_ptr<Engines> engines_;
};

// The pattern in a form that RE2 and PCRE2 both read as Python would; exposed for tests.
struct TranslatedPattern {
  std::string text;
  bool beyond_re2 = false;  // look-around, back references and the like
  bool has_border = false;  // \b or \B, which RE2 knows for ASCII only
};
Result<TranslatedPattern> TranslatePattern(std::string_view pattern);

// `text` with all characters escaped that mean something in a pattern.
std::string EscapePattern(std::string_view text);

}  // namespace greenroom

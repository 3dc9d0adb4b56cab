// LookupMatcher: finds the elements of a long list in a text, as the alternation \b(?:first|second|...)\b would, in
// time that does not grow with the length of the list.
//
//   LookupMatcher cities({"Rome", "New York"}, {.letter_case = PatternCase::kIgnored, .borders =
//   LookupBorders::kWords}); for (const LookupMatch& match : cities.FindAll(Decoded(text))) ...
//
// Algorithm: at each place where an element can begin, one hash look-up for each length that elements with this first
// character have. Where several fit, the one that stands earliest in the list wins, as in an alternation.
// Thread rules: const after construction; concurrent matching is safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "nlu/pattern.h"

namespace greenroom {

enum class LookupBorders { kWords, kNone };

struct LookupOptions {
  PatternCase letter_case = PatternCase::kSensitive;
  LookupBorders borders = LookupBorders::kWords;
};

struct LookupMatch {
  int start = 0;
  int end = 0;
  uint32_t index = 0;  // of the element in the list
};

class LookupMatcher {
 public:
  // Empty elements never match.
  LookupMatcher(const std::vector<std::string>& elements, LookupOptions options);

  // Non-overlapping matches from left to right. The text as code points.
  std::vector<LookupMatch> FindAll(std::u32string_view text) const;
  // The smallest index of all elements that occur in the text.
  std::optional<uint32_t> FirstElementIn(std::u32string_view text) const;
  // The indices of all elements that occur in the text, also overlapping ones, in no order and perhaps repeated.
  std::vector<uint32_t> ElementsIn(std::u32string_view text) const;

 private:
  // Calls visit(index, length) for every element at `start`.
  template <typename Visit>
  void ForEachAt(std::u32string_view folded, size_t start, Visit visit) const;
  std::u32string Folded(std::u32string_view text) const;
  std::optional<LookupMatch> MatchAt(std::u32string_view folded, size_t start) const;

  LookupOptions options_;
  std::unordered_map<std::u32string, uint32_t> elements_;
  std::unordered_map<char32_t, std::vector<uint32_t>> lengths_;  // by first character, ascending
};

}  // namespace greenroom

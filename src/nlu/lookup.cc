#include "nlu/lookup.h"

#include <algorithm>

#include "nlu/characters.h"

namespace greenroom {
namespace {

// Python's \b in front of text[at]: exactly one of the neighbours is a word character.
bool IsBorder(std::u32string_view text, size_t at) {
  const bool before = at > 0 && IsWordCharacter(text[at - 1]);
  const bool after = at < text.size() && IsWordCharacter(text[at]);
  return before != after;
}

}  // namespace

LookupMatcher::LookupMatcher(const std::vector<std::string>& elements, LookupOptions options) : options_(options) {
  for (size_t i = 0; i < elements.size(); ++i) {
    std::u32string element = Folded(DecodeUtf8(elements[i]));
    if (element.empty()) continue;
    auto& lengths = lengths_[element.front()];
    const auto length = static_cast<uint32_t>(element.size());
    const auto place = std::lower_bound(lengths.begin(), lengths.end(), length);
    if (place == lengths.end() || *place != length) lengths.insert(place, length);
    elements_.try_emplace(std::move(element), static_cast<uint32_t>(i));
  }
}

std::u32string LookupMatcher::Folded(std::u32string_view text) const {
  std::u32string folded(text);
  if (options_.letter_case == PatternCase::kSensitive) return folded;
  for (char32_t& c : folded) c = LowerCharacter(c);
  return folded;
}

template <typename Visit>
void LookupMatcher::ForEachAt(std::u32string_view folded, size_t start, Visit visit) const {
  const bool borders = options_.borders == LookupBorders::kWords;
  const auto lengths = lengths_.find(folded[start]);
  if (lengths == lengths_.end() || (borders && !IsBorder(folded, start))) return;
  for (const uint32_t length : lengths->second) {
    if (length > folded.size() - start) break;
    if (borders && !IsBorder(folded, start + length)) continue;
    const auto found = elements_.find(std::u32string(folded.substr(start, length)));
    if (found != elements_.end()) visit(found->second, length);
  }
}

std::optional<LookupMatch> LookupMatcher::MatchAt(std::u32string_view folded, size_t start) const {
  std::optional<LookupMatch> best;
  ForEachAt(folded, start, [&](uint32_t index, uint32_t length) {
    if (best && best->index < index) return;
    best = LookupMatch{static_cast<int>(start), static_cast<int>(start + length), index};
  });
  return best;
}

std::vector<LookupMatch> LookupMatcher::FindAll(std::u32string_view text) const {
  const std::u32string folded = Folded(text);
  std::vector<LookupMatch> matches;
  for (size_t at = 0; at < folded.size() && matches.size() < kMaxMatches;) {
    const std::optional<LookupMatch> match = MatchAt(folded, at);
    if (match) matches.push_back(*match);
    at = match ? static_cast<size_t>(match->end) : at + 1;
  }
  return matches;
}

std::optional<uint32_t> LookupMatcher::FirstElementIn(std::u32string_view text) const {
  const std::u32string folded = Folded(text);
  std::optional<uint32_t> first;
  for (size_t at = 0; at < folded.size(); ++at) {
    const std::optional<LookupMatch> match = MatchAt(folded, at);
    if (match && (!first || match->index < *first)) first = match->index;
  }
  return first;
}

std::vector<uint32_t> LookupMatcher::ElementsIn(std::u32string_view text) const {
  const std::u32string folded = Folded(text);
  std::vector<uint32_t> indices;
  for (size_t at = 0; at < folded.size(); ++at) {
    ForEachAt(folded, at, [&](uint32_t index, uint32_t) { indices.push_back(index); });
  }
  return indices;
}

}  // namespace greenroom

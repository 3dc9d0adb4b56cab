#include "nlu/pattern.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "nlu/lookup.h"

namespace greenroom {
namespace {

// "[0,3) [5,7)" of all matches.
std::string Found(std::string_view pattern, std::string_view text, PatternCase letter_case = PatternCase::kSensitive) {
  Result<Pattern> compiled = Pattern::Compile(pattern, letter_case);
  if (!compiled.ok()) return compiled.error().reason;
  std::string shown;
  for (const PatternMatch& match : compiled->FindAll(Subject(text))) {
    shown += (shown.empty() ? "[" : " [") + std::to_string(match.start) + "," + std::to_string(match.end) + ")";
  }
  return shown;
}

TEST(Pattern, OffsetsAreCodePoints) {
  EXPECT_EQ(Found("b+", "äbbäb"), "[1,3) [4,5)");
  EXPECT_EQ(Found(R"(\d{3})", "abc 123 4567"), "[4,7) [8,11)");
}

TEST(Pattern, ClassesAndBordersKnowUnicode) {
  EXPECT_EQ(Found(R"(\w+)", "größe Łódź"), "[0,5) [6,10)");
  EXPECT_EQ(Found(R"(\d+)", "٣٤ 5"), "[0,2) [3,4)");
  EXPECT_EQ(Found(R"(\bber\b)", "über ber"), "[5,8)");
  EXPECT_EQ(Found(R"([\w-]+)", "a-ö b"), "[0,3) [4,5)");
  EXPECT_EQ(Found(R"([^\W\d]+)", "ab12ö"), "[0,2) [4,5)");
  EXPECT_EQ(Found(R"(a\sb)", "a\u00a0b"), "[0,3)");
}

TEST(Pattern, CaseIsIgnoredWhenAsked) {
  EXPECT_EQ(Found("ÄB", "äb"), "");
  EXPECT_EQ(Found("ÄB", "äb", PatternCase::kIgnored), "[0,2)");
}

TEST(Pattern, PythonFormsAreUnderstood) {
  EXPECT_EQ(Found(R"((?u)\b\w+\b)", "a bc"), "[0,1) [2,4)");
  EXPECT_EQ(Found(R"((?i)ab)", "AB"), "[0,2)");
  EXPECT_EQ(Found(R"((?P<year>\d{4}))", "in 1999"), "[3,7)");
  EXPECT_EQ(Found(R"(a{,2}b)", "aab"), "[0,3)");
  EXPECT_EQ(Found(R"(\u00e4)", "ä"), "[0,1)");
  EXPECT_EQ(Found(R"(x\Z)", "x x"), "[2,3)");
  EXPECT_EQ(Found(R"([]a]+)", "a]"), "[0,2)");
}

TEST(Pattern, LookAroundAndBackReferencesWork) {
  EXPECT_EQ(Found(R"((?<=€)\d+)", "€12 13"), "[1,3)");
  EXPECT_EQ(Found(R"(foo(?!bar))", "foobar foo"), "[7,10)");
  EXPECT_EQ(Found(R"((\w)\1)", "abba"), "[1,3)");
  EXPECT_EQ(Found(R"((?P<c>.)(?P=c))", "xyy"), "[1,3)");
}

TEST(Pattern, EmptyMatchesAreLeftOut) {
  EXPECT_EQ(Found("a*", "baab"), "[1,3)");
  EXPECT_TRUE(Pattern::Compile("a*", PatternCase::kSensitive)->Contains(Subject("b")));
}

TEST(Pattern, BadPatternsAreRefused) {
  EXPECT_EQ(Found("(", "x"), "pattern_invalid");
  EXPECT_EQ(Found("[a", "x"), "pattern_invalid");
  EXPECT_EQ(Found("*a", "x"), "pattern_invalid");
  EXPECT_EQ(Found(R"(\C)", "x"), "pattern_invalid");
  EXPECT_EQ(Found(R"(\)", "x"), "pattern_invalid");
  EXPECT_EQ(Found("\xff", "x"), "pattern_invalid");
  EXPECT_EQ(Found(std::string(5000, 'a'), "x"), "pattern_too_long");
}

TEST(Pattern, ATextThatIsNotUtf8IsSafe) {
  EXPECT_EQ(Found("(?<=a)b", "ab\xff"), "");
  EXPECT_EQ(Found("ab", "\xff ab"), "[2,4)");
}

// These take exponential time when nothing bounds them: the suite would not end within its time limit.
TEST(Pattern, HostilePatternsAndTextsComeToAnEnd) {
  const std::string text = std::string(64u << 10, 'a') + "ä!";
  for (const char* pattern :
       {"(a+)+$", "(a|aa)+$", "(?=(a+)+b)c", R"((a*)*\1b)", "(?:a?){30}a{30}b", R"(\b(a+)+\b!)", "(?<!x)(a|a)*$"}) {
    Result<Pattern> compiled = Pattern::Compile(pattern, PatternCase::kSensitive);
    if (!compiled.ok()) continue;
    compiled->FindAll(Subject(text));
  }
}

std::string FoundElements(const LookupMatcher& matcher, std::string_view text) {
  std::string shown;
  for (const LookupMatch& match : matcher.FindAll(DecodeUtf8(text))) {
    shown += (shown.empty() ? "[" : " [") + std::to_string(match.start) + "," + std::to_string(match.end) + ")";
  }
  return shown;
}

TEST(LookupMatcher, FindsElementsBetweenWordBorders) {
  const LookupMatcher cities({"Rome", "New York", "São Paulo"}, {});
  EXPECT_EQ(FoundElements(cities, "from Rome to New York, not Romero"), "[5,9) [13,21)");
  EXPECT_EQ(FoundElements(cities, "São Paulo"), "[0,9)");
  EXPECT_EQ(FoundElements(cities, "rome"), "");
}

TEST(LookupMatcher, CaseAndBordersCanBeSwitchedOff) {
  EXPECT_EQ(FoundElements(LookupMatcher({"ROME"}, {.letter_case = PatternCase::kIgnored}), "rome"), "[0,4)");
  EXPECT_EQ(FoundElements(LookupMatcher({"北京"}, {.borders = LookupBorders::kNone}), "去北京吧"), "[1,3)");
  EXPECT_EQ(FoundElements(LookupMatcher({"北京"}, {}), "去北京吧"), "");
}

TEST(LookupMatcher, TheEarlierElementWinsAsInAnAlternation) {
  EXPECT_EQ(FoundElements(LookupMatcher({"New", "New York"}, {}), "New York"), "[0,3)");
  EXPECT_EQ(FoundElements(LookupMatcher({"New York", "New"}, {}), "New York"), "[0,8)");
}

TEST(LookupMatcher, ABorderBesideASignNeedsAWordThere) {
  const LookupMatcher languages({"C++"}, {});
  EXPECT_EQ(FoundElements(languages, "in C++ now"), "");
  EXPECT_EQ(FoundElements(languages, "C++x"), "[0,3)");
}

TEST(LookupMatcher, TheFirstElementOfTheListIsFoundWhereverItStands) {
  const LookupMatcher words({"late", "early"}, {});
  EXPECT_EQ(words.FirstElementIn(U"early or late"), 0u);
  EXPECT_EQ(words.FirstElementIn(U"early"), 1u);
  EXPECT_FALSE(words.FirstElementIn(U"never"));
}

}  // namespace
}  // namespace greenroom

#include "base/text.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

TEST(Text, DecodesAndEncodesAllLengths) {
  std::string text = "a\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80";
  EXPECT_EQ(DecodeUtf8(text), U"a\u00e9\u65e5\U0001F600");
  EXPECT_EQ(EncodeUtf8(DecodeUtf8(text)), text);
  EXPECT_EQ(CodePointCount(text), 4u);
  EXPECT_EQ(ByteOffset(text, 2), 3u);
  EXPECT_EQ(ByteOffset(text, 99), text.size());
}

TEST(Text, ReplacesEachBadByte) {
  EXPECT_EQ(DecodeUtf8("a\xFF\xC0\x80z"), U"a\uFFFD\uFFFD\uFFFDz");
  EXPECT_EQ(DecodeUtf8("\xE6\x97"), U"\uFFFD\uFFFD");
}

TEST(Text, FindsTheFirstBadByte) {
  EXPECT_TRUE(IsValidUtf8("plain text that is longer than eight \xC3\xA9 bytes"));
  EXPECT_EQ(FindInvalidUtf8("0123456789abcdef\xFFxyz"), 16u);
  EXPECT_EQ(FindInvalidUtf8("0123456\xC3"), 7u);
  EXPECT_EQ(FindInvalidUtf8("\xED\xA0\x80"), 0u);
  EXPECT_EQ(FindInvalidUtf8("01234567"), std::string_view::npos);
}

TEST(Text, LowerCasesFullUnicode) {
  EXPECT_EQ(LowerCase("HELLO World"), "hello world");
  EXPECT_EQ(LowerCase("\xC3\x84\xC3\x96\xC3\x9C \xCE\xA3\xCE\x91\xCE\xA3"),
            "\xC3\xA4\xC3\xB6\xC3\xBC \xCF\x83\xCE\xB1\xCF\x82");
  EXPECT_EQ(LowerCase("\xC4\xB0"), "i\xCC\x87");
}

TEST(Text, TrimsUnicodeSpace) {
  EXPECT_EQ(Trim(" \t\xC2\xA0 a b\xE3\x80\x80\n"), "a b");
  EXPECT_EQ(Trim(" \n"), "");
}

TEST(Text, SplitsJoinsAndReplaces) {
  EXPECT_EQ(Split("a,,b,", ','), (std::vector<std::string>{"a", "", "b", ""}));
  EXPECT_EQ(Split("", ','), std::vector<std::string>{""});
  EXPECT_EQ(Join({"a", "b", "c"}, ", "), "a, b, c");
  EXPECT_EQ(ReplaceAll("aaa", "a", "aa"), "aaaaaa");
  EXPECT_EQ(ReplaceAll("abc", "", "x"), "abc");
}

TEST(Text, Base64RoundTrips) {
  for (std::string bytes : {"", "f", "fo", "foo", "foob", "fooba", "foobar", "\xFF\xFE\xFD"}) {
    EXPECT_EQ(*Base64Decode(Base64Encode(bytes)), bytes);
    EXPECT_EQ(*Base64Decode(Base64UrlEncode(bytes)), bytes);
  }
  EXPECT_EQ(Base64Encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64UrlEncode("\xFF\xFE"), "__4");
}

TEST(Text, Base64RefusesWhatIsMalformed) {
  for (const char* bad : {"a", "ab$d", "ab=c", "abc==", "a===", "====", "Zm9v YmFy"}) {
    auto decoded = Base64Decode(bad);
    ASSERT_FALSE(decoded.ok()) << bad;
    EXPECT_EQ(decoded.error().reason, "base64_malformed");
  }
}

TEST(Text, EditDistanceCountsChanges) {
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("same", "same"), 0u);
  EXPECT_EQ(EditDistance("gerete", "greete"), 1u);
}

TEST(Text, DisplayWidthKnowsWideAndCombining) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("\xE6\x97\xA5\xE6\x9C\xAC"), 4);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1);
}

TEST(Text, EscapesWhatCouldDriveATerminal) {
  EXPECT_EQ(EscapeControls("a\x1b[0m\n"), "a\\u001b[0m\\u000a");
  EXPECT_EQ(EscapeControls("\xE2\x80\xAE"
                           "x\xC2\x9B"),
            "\\u202ex\\u009b");
  EXPECT_EQ(EscapeControls("na\xC3\xAFve"), "na\xC3\xAFve");
}

}  // namespace
}  // namespace greenroom

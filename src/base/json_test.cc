#include "base/json.h"

#include <gtest/gtest.h>

#include <cmath>

namespace greenroom {
namespace {

std::string ReasonOf(std::string_view text, const JsonLimits& limits = {}) {
  auto json = ParseJson(text, limits);
  return json ? "" : json.error().reason;
}

std::string Nested(size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

std::string Numbers(size_t count) {
  std::string text = "[1";
  for (size_t i = 1; i < count; ++i) text += ",1";
  return text + "]";
}

TEST(Json, WritesFloatsAsPythonDoes) {
  const std::vector<std::pair<double, std::string>> cases = {{1.0, "1.0"},
                                                             {100000.0, "100000.0"},
                                                             {1e-05, "1e-05"},
                                                             {0.0001, "0.0001"},
                                                             {1e16, "1e+16"},
                                                             {0.1, "0.1"},
                                                             {1e22, "1e+22"},
                                                             {-0.0, "-0.0"},
                                                             {9007199254740993.0, "9007199254740992.0"},
                                                             {1.5e300, "1.5e+300"},
                                                             {5e-324, "5e-324"},
                                                             {0.30000000000000004, "0.30000000000000004"},
                                                             {123456.789, "123456.789"},
                                                             {9999999999999998.0, "9999999999999998.0"},
                                                             {-2.5e-7, "-2.5e-07"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(PythonFloat(value), text);
}

TEST(Json, FloatsReadBackToTheSameBits) {
  for (double value : {0.1, 1e-300, 1.0 / 3, 1e22, 123456789.123456789, 2.2250738585072014e-308}) {
    auto back = ParseJson(PythonFloat(value));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->AsDouble(), value);
  }
}

TEST(Json, KeepsIntegersApartFromFloats) {
  auto json = ParseJson(R"({"a":1,"b":1.0,"c":9223372036854775807,"d":-9223372036854775808})");
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->Dump(), R"({"a":1,"b":1.0,"c":9223372036854775807,"d":-9223372036854775808})");
}

TEST(Json, WritesPrettyAndPythonSortedForms) {
  Json json =
      Json::Object({{"b", Json::List({1, Json(), true})}, {"a", "h\xC3\xA9\xF0\x9F\x98\x80\n"}, {"c", Json::Object()}});
  EXPECT_EQ(json.Dump(), "{\"b\":[1,null,true],\"a\":\"h\xC3\xA9\xF0\x9F\x98\x80\\n\",\"c\":{}}");
  EXPECT_EQ(json.DumpPythonSorted(), R"({"a": "h\u00e9\ud83d\ude00\n", "b": [1, null, true], "c": {}})");
  EXPECT_EQ(Json::Object({{"a", Json::List({1})}}).Pretty(), "{\n  \"a\": [\n    1\n  ]\n}");
}

TEST(Json, EscapesControlCharacters) { EXPECT_EQ(Json(std::string("\x01\"\\\t", 4)).Dump(), R"("\u0001\"\\\t")"); }

TEST(Json, SetReplacesInPlaceAndEraseRemoves) {
  Json json = Json::Object({{"a", 1}, {"b", 2}});
  json.Set("a", 3).Set("c", 4);
  EXPECT_EQ(json.Dump(), R"({"a":3,"b":2,"c":4})");
  EXPECT_TRUE(json.Erase("b"));
  EXPECT_FALSE(json.Erase("b"));
  EXPECT_EQ(json["missing"], Json());
}

TEST(Json, EqualityIgnoresMemberOrderAndNumberKind) {
  EXPECT_EQ(*ParseJson(R"({"a":1,"b":[2]})"), *ParseJson(R"({"b":[2.0],"a":1.0})"));
  EXPECT_FALSE(*ParseJson("[1,2]") == *ParseJson("[2,1]"));
}

TEST(Json, DepthLimitIsExact) {
  EXPECT_EQ(ReasonOf(Nested(63)), "");
  EXPECT_EQ(ReasonOf(Nested(64)), "");
  EXPECT_EQ(ReasonOf(Nested(65)), "json_too_deep");
  EXPECT_EQ(ReasonOf("\"" + std::string(100, '[') + "\""), "");
}

TEST(Json, AMillionBracketsAreRefusedAsTooDeep) { EXPECT_EQ(ReasonOf(std::string(1'000'000, '[')), "json_too_deep"); }

TEST(Json, NodeLimitIsExact) {
  JsonLimits limits{.nodes = 10};
  EXPECT_EQ(ReasonOf(Numbers(8), limits), "");
  EXPECT_EQ(ReasonOf(Numbers(9), limits), "");
  EXPECT_EQ(ReasonOf(Numbers(10), limits), "json_too_many_nodes");
}

TEST(Json, SizeLimitIsExact) {
  JsonLimits limits{.bytes = 8};
  EXPECT_EQ(ReasonOf("\"12345\"", limits), "");
  EXPECT_EQ(ReasonOf("\"123456\"", limits), "");
  EXPECT_EQ(ReasonOf("\"1234567\"", limits), "json_too_large");
}

TEST(Json, RefusesDuplicateKeysAtAnyDepth) {
  EXPECT_EQ(ReasonOf(R"({"sender":"a","sender":"b"})"), "json_duplicate_key");
  EXPECT_EQ(ReasonOf(R"([{"x":{"a":1,"\u0061":2}}])"), "json_duplicate_key");
}

TEST(Json, RefusesInvalidUtf8) {
  for (const char* bad : {"\"\xFF\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xE2\x82\""}) {
    EXPECT_EQ(ReasonOf(bad), "json_invalid_utf8") << bad;
  }
}

TEST(Json, RefusesLoneSurrogateEscapes) {
  for (const char* bad : {R"("\ud800")", R"("\udc00")", R"("\ud800x")", R"("\ud800\ud800")"}) {
    EXPECT_EQ(ReasonOf(bad), "json_invalid_utf8") << bad;
  }
  EXPECT_EQ(ParseJson(R"("\ud83d\ude00")")->AsString(), "\xF0\x9F\x98\x80");
}

TEST(Json, RefusesEverythingOutsideTheGrammar) {
  const std::vector<std::string> bad = {"",
                                        " ",
                                        "{",
                                        "[1",
                                        R"({"sender":"a","message":"hi")",
                                        "1 2",
                                        "{} {}",
                                        "[1,]",
                                        R"({"a":1,})",
                                        "{'a':1}",
                                        "// x\n1",
                                        "/* */1",
                                        "NaN",
                                        "Infinity",
                                        "-Infinity",
                                        "[1 2]",
                                        R"({"a" 1})",
                                        "01",
                                        "1.",
                                        ".5",
                                        "+1",
                                        "1e",
                                        "tru",
                                        "\"a\nb\"",
                                        R"("\x")",
                                        R"("\u12g4")",
                                        "\xEF\xBB\xBF{}",
                                        "]",
                                        "}",
                                        ",",
                                        R"({1:2})",
                                        "\"abc",
                                        std::string("1\0", 2)};
  for (const std::string& text : bad) EXPECT_EQ(ReasonOf(text), "json_syntax") << text;
}

TEST(Json, NamesTheByteWhereTheGrammarBreaks) {
  EXPECT_NE(ParseJson(R"({"a":1,})").error().message.find("(byte 7)"), std::string::npos);
  EXPECT_NE(ParseJson(R"({"sender":"a","message":"hi")").error().message.find("(byte 28)"), std::string::npos);
  EXPECT_NE(ParseJson("[1 2]").error().message.find("(byte 3)"), std::string::npos);
}

TEST(Json, RefusesUtf16) {
  EXPECT_NE(ReasonOf(std::string_view("{\0}\0", 4)), "");
  EXPECT_NE(ReasonOf(std::string_view("\xFF\xFE{\0}\0", 6)), "");
}

TEST(Json, RefusesNumbersThatDoNotFit) {
  EXPECT_EQ(ReasonOf("1e400"), "json_number_range");
  EXPECT_EQ(ReasonOf("[1,-1e400]"), "json_number_range");
  EXPECT_EQ(ReasonOf("18446744073709551616"), "json_number_range");
  EXPECT_EQ(ReasonOf("-9223372036854775809"), "json_number_range");
  EXPECT_EQ(ReasonOf(std::string(1'000'000, '7')), "json_number_range");
}

TEST(Json, KeepsEveryDigitOfIntegersUpToSixtyFourBits) {
  auto json = ParseJson("[12345678901234567890,9223372036854775808,18446744073709551615]");
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->Dump(), "[12345678901234567890,9223372036854775808,18446744073709551615]");
  EXPECT_FALSE(json->array()[0].is_int());
  EXPECT_TRUE(json->array()[0].is_number());
  EXPECT_EQ(json->array()[0].AsInt(-1), -1);
  EXPECT_NE(json->array()[0], json->array()[1]);
  EXPECT_EQ(Json::Unsigned(7), Json(7));
}

TEST(Json, KeepsNumbersAtTheEdgeOfTheRange) {
  EXPECT_EQ(ParseJson("9223372036854775808")->AsDouble(), 0x1p63);
  EXPECT_EQ(ParseJson("1e-400")->AsDouble(), 0);
  EXPECT_TRUE(std::signbit(ParseJson("-0.0")->AsDouble()));
}

TEST(Json, KeepsKeysThatMeanSomethingElsewhere) {
  EXPECT_EQ(ParseJson(R"({"__proto__":1,"constructor":2})")->Dump(), R"({"__proto__":1,"constructor":2})");
}

}  // namespace
}  // namespace greenroom

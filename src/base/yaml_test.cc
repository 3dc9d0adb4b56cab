#include "base/yaml.h"

#include <gtest/gtest.h>

#include <map>

namespace greenroom {
namespace {

// What reading a text gave: the tree (or nothing) and the problems.
struct Reading {
  std::unique_ptr<YamlNode> root;
  Diagnostics diagnostics;

  std::string json() const { return root ? root->ToJson().Dump() : "nothing"; }
  const Diagnostic& first() const { return diagnostics.items().at(0); }
  // "Y003 at 2:1", or "" without problems.
  std::string problem() const {
    if (diagnostics.items().empty()) return "";
    return first().code + " at " + std::to_string(first().span.line) + ":" + std::to_string(first().span.column);
  }
  bool names(std::string_view word) const {
    return !diagnostics.items().empty() && first().message.find(word) != std::string::npos;
  }
};

Reading Read(std::string text, const YamlLimits& limits = {}) {
  VariableLookup lookup = [](const std::string& name) -> std::optional<std::string> {
    if (name == "HOST") return "example.org";
    if (name == "PORT") return "5055";
    return std::nullopt;
  };
  Reading reading;
  reading.root = ReadYaml({"domain.yml", std::make_shared<const std::string>(std::move(text))}, lookup,
                          reading.diagnostics, limits);
  return reading;
}

std::string Repeat(std::string_view piece, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += piece;
  return text;
}

TEST(Yaml, ReadsScalarsByTheCoreSchema) {
  EXPECT_EQ(Read("[null, ~, true, False, yes, no, on, off, 12, -3, +4, 0x1F, 0o17, 1.5, 1e3, .5, 2001-01-01]").json(),
            R"([null,null,true,false,"yes","no","on","off",12,-3,4,31,15,1.5,1000.0,0.5,"2001-01-01"])");
  EXPECT_EQ(Read("a: \"12\"\nb: 'true'\nc: |\n  null\nd:\n").json(), R"({"a":"12","b":"true","c":"null\n","d":null})");
  EXPECT_EQ(Read("[.inf, -.INF, .nan, 99999999999999999999, 007, 1_000, 1:30]").json(),
            R"([".inf","-.INF",".nan",1e+20,7,"1_000","1:30"])");
}

TEST(Yaml, KeepsTheTextOfNumbers) { EXPECT_EQ(Read("version: 3.10\n").root->Find("version")->text, "3.10"); }

TEST(Yaml, KnowsWhereNodesStand) {
  Reading reading = Read("intents:\n  - greet\n  - \xC3\xA9\xC3\xA9: {use_entities: []}\n");
  ASSERT_TRUE(reading.root);
  const YamlNode& second = reading.root->Find("intents")->items.at(1);
  EXPECT_EQ(second.span.line, 3);
  EXPECT_EQ(second.span.column, 5);
  EXPECT_EQ(second.items.at(0).span.column, 9);
  EXPECT_EQ(reading.root->FindKey("intents")->span.length, 7);
  EXPECT_EQ(reading.root->Find("intents")->items.at(0).span.length, 5);
}

TEST(Yaml, AcceptsByteOrderMarkAndAnyLineEnd) {
  EXPECT_EQ(Read("\xEF\xBB\xBF"
                 "a: 1\n")
                .json(),
            R"({"a":1})");
  EXPECT_EQ(Read("a: |\r\n  x\r\n  y\r\nb: 2\r\n").json(), Read("a: |\n  x\n  y\nb: 2\n").json());
  Reading lone = Read("a: 1\rb: 2\ra: 3\r");
  EXPECT_EQ(lone.problem(), "Y003 at 3:1");
}

TEST(Yaml, ReportsSyntaxErrorsWithTheirPlace) {
  EXPECT_EQ(Read("a: [1, 2\nb: 3\n").problem().substr(0, 4), "Y001");
  EXPECT_EQ(Read("a: b: c\n").problem(), "Y001 at 1:5");
}

TEST(Yaml, NamesTabsUsedForIndentation) {
  Reading reading = Read("a:\n\tb: 1\n");
  EXPECT_EQ(reading.problem(), "Y001 at 2:1");
  EXPECT_TRUE(reading.names("TabIndentation"));
}

TEST(Yaml, RefusesControlCharactersRawAndEscaped) {
  for (const std::string& text : {std::string("a: 1\nb: \"a\\x00b\"\n"),
                                  std::string("a: 1\nb: a\x01"
                                              "b\n"),
                                  std::string("a: 1\nb: \"\\b\"\n")}) {
    Reading reading = Read(text);
    EXPECT_EQ(reading.first().code, "Y001");
    EXPECT_EQ(reading.first().span.line, 2);
    EXPECT_TRUE(reading.names("ControlCharacter"));
  }
}

TEST(Yaml, NamesTheCharacterThatYamlForbids) {
  Reading reading = Read("a: 1\nb: Taiy\xC3\x85\xC2\x8D\n");
  EXPECT_EQ(reading.problem(), "Y001 at 2:9");
  EXPECT_TRUE(reading.names("U+008D"));
}

TEST(Yaml, RefusesInvalidUtf8WithOffsetAndLine) {
  Reading reading = Read("a: 1\nb: x\xFF\xFE\xFA\n");
  EXPECT_EQ(reading.problem(), "Y002 at 2:5");
  EXPECT_TRUE(reading.names("byte 9"));
}

TEST(Yaml, NamesUtf16) {
  Reading reading =
      Read(std::string("\xFF\xFE"
                       "a\0:\0",
                       6));
  EXPECT_EQ(reading.first().code, "Y002");
  EXPECT_TRUE(reading.names("UTF-16"));
}

TEST(Yaml, RefusesDuplicateKeysNamingBothPlaces) {
  Reading reading = Read("intents: [a]\nslots: {}\nintents: [b]\n");
  EXPECT_EQ(reading.json(), "nothing");
  EXPECT_EQ(reading.problem(), "Y003 at 3:1");
  EXPECT_EQ(reading.first().related.line, 1);
  EXPECT_TRUE(reading.names("DuplicateKey"));
}

TEST(Yaml, ReportsAllDuplicateKeysAtOnce) {
  EXPECT_EQ(Read("a: 1\na: 2\nb: {c: 1, c: 2}\n").diagnostics.error_count(), 2u);
}

TEST(Yaml, DepthLimitIsExact) {
  EXPECT_EQ(Read(Repeat("[", 99) + Repeat("]", 99)).problem(), "");
  EXPECT_EQ(Read(Repeat("[", 100) + Repeat("]", 100)).problem(), "");
  EXPECT_EQ(Read(Repeat("[", 101) + Repeat("]", 101)).problem(), "Y004 at 1:101");
}

// What takes more than linear time on these texts does not end within the time limit of a suite.
TEST(Yaml, RefusesDeepFlowNesting) {
  Reading reading = Read(Repeat("[", 1'000'000) + Repeat("]", 1'000'000));
  EXPECT_EQ(reading.problem(), "Y004 at 1:101");
  reading = Read(Repeat("[\n", 1'000'000));
  EXPECT_EQ(reading.first().code, "Y004");
  reading = Read(Repeat("{a: ", 1'000'000));
  EXPECT_EQ(reading.first().code, "Y004");
}

TEST(Yaml, RefusesDeepBlockNesting) {
  std::string text;
  for (size_t i = 0; i < 5000; ++i) text += std::string(i, ' ') + "a:\n";
  Reading reading = Read(text);
  EXPECT_EQ(reading.problem(), "Y004 at 101:101");
  reading = Read(Repeat("- ", 1'000'000));
  EXPECT_EQ(reading.first().code, "Y004");
}

TEST(Yaml, CopiesAliases) {
  EXPECT_EQ(Read("a: &x [1, {b: &y two}]\nc: *x\nd: *y\n").json(),
            R"({"a":[1,{"b":"two"}],"c":[1,{"b":"two"}],"d":"two"})");
  EXPECT_EQ(Read("- &k key\n- {*k : &m {z: 1}}\n- *m\n").json(), R"(["key",{"key":{"z":1}},{"z":1}])");
  EXPECT_EQ(Read("- &a [1]\n- &a [2]\n- *a\n").json(), "[[1],[2],[2]]");
}

TEST(Yaml, AliasesInOpenCollectionsFindFinishedSiblings) {
  EXPECT_EQ(Read("a:\n  b: [&x {v: 1}, *x, [*x]]\n").json(), R"({"a":{"b":[{"v":1},{"v":1},[{"v":1}]]}})");
}

TEST(Yaml, AppliesMergeKeys) {
  EXPECT_EQ(Read("base: &b {x: 1, y: 2}\nown: {<<: *b, y: 3}\n").json(),
            R"({"base":{"x":1,"y":2},"own":{"y":3,"x":1}})");
  EXPECT_EQ(Read("- &a {x: 1}\n- &b {x: 2, z: 3}\n- {<<: [*a, *b]}\n").json(),
            R"([{"x":1},{"x":2,"z":3},{"x":1,"z":3}])");
}

TEST(Yaml, RefusesAliasBombs) {
  std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 10; ++i) {
    std::string name = std::to_string(i), alias = "*a" + std::to_string(i - 1);
    text += "a" + name + ": &a" + name + " [" + alias + Repeat("," + alias, 8) + "]\n";
  }
  Reading reading = Read(text);
  EXPECT_EQ(reading.first().code, "Y005");
  EXPECT_TRUE(reading.names("YamlAliasLimit"));
}

TEST(Yaml, CountsTheBytesThatAliasesAdd) {
  Reading reading = Read("a: &a " + std::string(1 << 20, 'x') + "\nb: [" + Repeat("*a, ", 10'000) + "]\n");
  EXPECT_EQ(reading.first().code, "Y005");
}

TEST(Yaml, AliasNodeLimitIsExact) {
  YamlLimits limits{.alias_nodes = 4};
  EXPECT_EQ(Read("- &a [1]\n- *a\n", limits).problem(), "");
  EXPECT_EQ(Read("- &a [1]\n- *a\n- *a\n", limits).problem(), "");
  EXPECT_EQ(Read("- &a [1]\n- *a\n- *a\n- *a\n", limits).problem(), "Y005 at 4:3");
}

TEST(Yaml, CountsTheDepthThatAliasesAdd) {
  YamlLimits limits{.depth = 3};
  EXPECT_EQ(Read("- &a [[1]]\n- *a\n", limits).problem(), "");
  EXPECT_EQ(Read("- &a [[1]]\n- [*a]\n", limits).problem(), "Y004 at 2:4");
}

TEST(Yaml, RefusesCyclesAndUnknownAnchors) {
  Reading cycle = Read("a: &a [*a]\n");
  EXPECT_EQ(cycle.problem(), "Y012 at 1:8");
  EXPECT_TRUE(cycle.names("YamlCycle"));
  EXPECT_TRUE(Read("&a {b: {c: *a}}\n").names("YamlCycle"));
  Reading unknown = Read("a: *nope\n");
  EXPECT_EQ(unknown.problem(), "Y012 at 1:4");
  EXPECT_TRUE(unknown.names("UndefinedAlias"));
  EXPECT_EQ(Read("a: &a {<<: *b}\nb: &b {<<: *a}\n").problem(), "Y012 at 1:12");
}

TEST(Yaml, SizeLimitIsExact) {
  YamlLimits limits{.bytes = 5};
  EXPECT_EQ(Read("a: 1", limits).problem(), "");
  EXPECT_EQ(Read("a: 12", limits).problem(), "");
  EXPECT_EQ(Read("a: 123", limits).problem(), "Y006 at 0:0");
}

TEST(Yaml, RefusesEmptyDocuments) {
  for (const char* text : {"", "\n", "# only a comment\n---\n", "---\n...\n", "~"}) {
    Reading reading = Read(text);
    EXPECT_EQ(reading.first().code, "Y007") << text;
    EXPECT_EQ(reading.first().span.file, "domain.yml");
    EXPECT_TRUE(reading.names("EmptyDocument"));
  }
}

TEST(Yaml, RefusesASecondDocument) {
  Reading reading = Read("a: 1\n---\nb: 2\n");
  EXPECT_EQ(reading.problem(), "Y008 at 2:1");
  EXPECT_TRUE(reading.names("MultipleDocuments"));
}

TEST(Yaml, RefusesTags) {
  for (const char* text : {"a: !!python/object/apply:os.system ['id']\n", "a: !include other.yml\n", "a: !foo bar\n",
                           "a: !!binary aGVsbG8=\n", "a: !e!x y\n"}) {
    Reading reading = Read(text);
    EXPECT_EQ(reading.first().code, "Y009") << text;
    EXPECT_EQ(reading.first().span.line, 1);
    EXPECT_TRUE(reading.names("TagNotAllowed")) << text;
    EXPECT_EQ(reading.json(), "nothing");
  }
  EXPECT_EQ(Read("a: !!str 12\n").json(), R"({"a":"12"})");
}

TEST(Yaml, ExpandsVariablesInPlainScalars) {
  EXPECT_EQ(Read("url: http://${HOST}:${PORT}/webhook\nport: ${PORT}\n").json(),
            R"({"url":"http://example.org:5055/webhook","port":"5055"})");
}

TEST(Yaml, KeepsDollarsThatNameNoVariable) {
  EXPECT_EQ(Read("a: pa$qwerty\nb: \"costs ${price}\"\nc: 'x ${HOST}'\nd: ${jndi:x}\n").json(),
            R"({"a":"pa$qwerty","b":"costs ${price}","c":"x ${HOST}","d":"${jndi:x}"})");
}

TEST(Yaml, ReportsUnsetVariablesWithoutShowingValues) {
  Reading reading = Read("a: ${HOST}\npassword: ${HOST}${SECRET}\n");
  EXPECT_EQ(reading.problem(), "Y010 at 2:11");
  EXPECT_TRUE(reading.names("`SECRET`"));
  EXPECT_FALSE(reading.names("example.org"));
  EXPECT_TRUE(reading.root);
}

TEST(Yaml, ExpandsNothingWithoutALookup) {
  Diagnostics diagnostics;
  auto root = ReadYaml({"body", std::make_shared<const std::string>("a: ${HOME}")}, nullptr, diagnostics);
  ASSERT_TRUE(root);
  EXPECT_EQ(root->Find("a")->text, "${HOME}");
}

TEST(Yaml, RefusesKeysThatAreNoScalars) { EXPECT_EQ(Read("a: 1\n? [b, c]\n: 2\n").problem(), "Y011 at 2:3"); }

TEST(Yaml, DecodesUnicodeEscapesInAsciiFiles) {
  EXPECT_EQ(Read("a: caf\\u00e9\nb: 'x\\u00E9'\nc: \\ud83d\n").json(),
            "{\"a\":\"caf\xC3\xA9\",\"b\":\"x\xC3\xA9\",\"c\":\"\\\\ud83d\"}");
  EXPECT_EQ(Read("a: caf\\u00e9 \xC3\xA9\n").json(), "{\"a\":\"caf\\\\u00e9 \xC3\xA9\"}");
}

}  // namespace
}  // namespace greenroom

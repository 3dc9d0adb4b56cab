#include "base/diagnostic.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

SourceTexts Sources(std::initializer_list<std::pair<const char*, const char*>> files) {
  SourceTexts sources;
  for (const auto& [name, text] : files) sources[name] = std::make_shared<const std::string>(text);
  return sources;
}

Diagnostic Undeclared() {
  return {.code = "D103",
          .message = "intent `gret` is used in a story but not declared",
          .span = {.file = "data/stories.yml", .line = 2, .column = 13, .length = 4},
          .label = "not in the domain",
          .help = "change it to `greet`",
          .related = {.file = "domain.yml", .line = 1, .column = 3, .length = 5},
          .related_label = "a similar intent is declared here"};
}

std::string Render(const std::vector<Diagnostic>& list, const SourceTexts& sources, RenderOptions options = {}) {
  Diagnostics diagnostics;
  for (const Diagnostic& diagnostic : list) diagnostics.Add(diagnostic);
  return RenderText(diagnostics, sources, options);
}

TEST(Diagnostics, ShowSourceCaretSecondPlaceAndHelp) {
  SourceTexts sources = Sources({{"data/stories.yml", "steps:\n  - intent: gret\n"}, {"domain.yml", "- greet\n"}});
  EXPECT_EQ(Render({Undeclared()}, sources),
            "error[D103]: intent `gret` is used in a story but not declared\n"
            "  --> data/stories.yml:2:13\n"
            "   |\n"
            " 2 |   - intent: gret\n"
            "   |             ^^^^ not in the domain\n"
            "  ::: domain.yml:1:3\n"
            "   |\n"
            " 1 | - greet\n"
            "   |   ----- a similar intent is declared here\n"
            "   = help: change it to `greet`\n"
            "\n"
            "1 error, 0 warnings\n");
}

TEST(Diagnostics, ShowOnlyThePlaceWithoutTheSource) {
  Diagnostic whole{
      .severity = Severity::kWarning, .code = "D001", .message = "no rules", .span = {.file = "rules.yml"}};
  EXPECT_EQ(Render({whole}, {}), "warning[D001]: no rules\n  --> rules.yml\n\n0 errors, 1 warning\n");
}

TEST(Diagnostics, CaretStandsRightUnderWideCharactersAndTabs) {
  Diagnostic d{.code = "D1", .message = "m", .span = {.file = "f", .line = 1, .column = 4, .length = 2}};
  std::string text = Render({d}, Sources({{"f",
                                           "\t\xE6\x97\xA5"
                                           "e\xE6\x9C\xAC"
                                           "x\n"}}));
  EXPECT_NE(text.find(" 1 |     \xE6\x97\xA5"
                      "e\xE6\x9C\xAC"
                      "x\n   |        ^^^\n"),
            std::string::npos)
      << text;
}

TEST(Diagnostics, ShowTheSurroundingsOfASpanInALongLine) {
  std::string line(100'000, 'a');
  line.replace(50'000, 3, "xyz");
  SourceTexts sources;
  sources["f"] = std::make_shared<const std::string>(line);
  Diagnostic d{.code = "D1", .message = "m", .span = {.file = "f", .line = 1, .column = 50'001, .length = 3}};
  std::string text = Render({d}, sources);
  EXPECT_LT(text.size(), 500u);
  size_t shown = text.find("xyz"), caret = text.find("^^^");
  ASSERT_NE(shown, std::string::npos);
  EXPECT_EQ(shown - text.rfind('\n', shown), caret - text.rfind('\n', caret));
}

TEST(Diagnostics, FindLinesWithAnyLineEnd) {
  Diagnostic d{.code = "D1", .message = "m", .span = {.file = "f", .line = 3, .column = 1, .length = 1}};
  for (const char* text : {"a\nb\nc", "a\r\nb\r\nc\r\n", "a\rb\rc\r",
                           "a\xE2\x80\xA8"
                           "b\nc"}) {
    EXPECT_NE(Render({d}, Sources({{"f", text}})).find(" 3 | c\n"), std::string::npos) << text;
  }
}

TEST(Diagnostics, NeverPassControlCharactersToTheTerminal) {
  Diagnostic d{.code = "D1",
               .message = "bad `\x1b[31m`",
               .span = {.file = "a\x1b.yml", .line = 1, .column = 1},
               .label = "\xC2\x9B"};
  std::string text = Render({d}, Sources({{"a\x1b.yml", "x\x1b]0;t\x07\n"}}));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\x07'), std::string::npos);
  EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos);
}

TEST(Diagnostics, ColourIsOnlyAddedWhenAsked) {
  EXPECT_EQ(Render({Undeclared()}, {}).find('\033'), std::string::npos);
  EXPECT_NE(Render({Undeclared()}, {}, {.colour = true}).find("\033[1;31merror[D103]\033[0m"), std::string::npos);
}

TEST(Diagnostics, SumUpWhatIsBeyondTheLimit) {
  std::vector<Diagnostic> many(25, Undeclared());
  EXPECT_NE(Render(many, {}).find("... and 5 more\n25 errors"), std::string::npos);
  EXPECT_EQ(Render(many, {}, {.limit = 0}).find("more"), std::string::npos);
}

TEST(Diagnostics, KeepTenThousandAndCountAll) {
  Diagnostics diagnostics;
  for (int i = 0; i < 10'005; ++i) diagnostics.Add({.code = "D1", .message = "m"});
  EXPECT_EQ(diagnostics.items().size(), 10'000u);
  EXPECT_EQ(diagnostics.error_count(), 10'005u);
}

TEST(Diagnostics, JsonNamesEveryField) {
  Diagnostics diagnostics;
  diagnostics.Add(Undeclared());
  Json entry = ToJson(diagnostics).array().at(0);
  EXPECT_EQ(entry["severity"].AsString(), "error");
  EXPECT_EQ(entry["line"].AsInt(), 2);
  EXPECT_EQ(entry["related"]["file"].AsString(), "domain.yml");
}

TEST(Diagnostics, NearestNameIsFoundOrNone) {
  EXPECT_EQ(NearestName("intnets", {"entities", "intents", "slots"}), "intents");
  EXPECT_EQ(NearestName("gret", {"greet", "goodbye"}), "greet");
  // Two neighbours that changed places are one slip of the hand.
  EXPECT_EQ(NearestName("yse", {"no", "yes"}), "yes");
  EXPECT_EQ(NearestName("weather", {"greet", "goodbye"}), "");
}

}  // namespace
}  // namespace greenroom

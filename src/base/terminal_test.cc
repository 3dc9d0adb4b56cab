#include "base/terminal.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "base/json.h"
#include "base/log.h"

namespace greenroom {
namespace {

bool Colour(std::map<std::string, std::string> variables, ColourMode mode = ColourMode::kAuto) {
  auto lookup = [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  return ColourWanted(mode, -1, lookup);
}

TEST(Terminal, ColourFollowsTheUsualVariables) {
  EXPECT_FALSE(Colour({}));
  EXPECT_TRUE(Colour({{"CLICOLOR_FORCE", "1"}}));
  EXPECT_FALSE(Colour({{"CLICOLOR_FORCE", "0"}}));
  EXPECT_FALSE(Colour({{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}));
  EXPECT_TRUE(Colour({{"NO_COLOR", "1"}}, ColourMode::kAlways));
  EXPECT_FALSE(Colour({{"CLICOLOR_FORCE", "1"}}, ColourMode::kNever));
}

TEST(Terminal, TablesAlignTextLeftAndNumbersRight) {
  EXPECT_EQ(RenderTable({"NAME", "SIZE", "NOTE"}, {{"hotel", "3", "a"}, {"\xE6\x97\xA5", "1200"}}, TableStyle::kPlain),
            "NAME   SIZE  NOTE\n"
            "hotel     3  a\n"
            "\xE6\x97\xA5     1200\n");
}

TEST(Terminal, TablesShowControlCharactersInsteadOfObeyingThem) {
  EXPECT_EQ(RenderTable({"N"}, {{"a\x1b[2J\nb"}}, TableStyle::kPlain), "N\na\\u001b[2J\\u000ab\n");
}

TEST(Terminal, EmptyTablesShowTheirHeaders) { EXPECT_EQ(RenderTable({"A", "B"}, {}, TableStyle::kPlain), "A  B\n"); }

TEST(Progress, WritesALineAtEachStepAndEveryTenSecondsOutsideTerminals) {
  std::ostringstream out;
  FakeClock clock;
  ProgressLine progress(out, false, clock);
  progress.Update({.step = "intents", .fraction = 0});
  progress.Update({.step = "intents", .fraction = 0.1});
  clock.Advance(10);
  progress.Update({.step = "intents", .fraction = 0.5, .seconds_left = 75});
  progress.Update({.step = "entities", .fraction = 0.6});
  progress.Update({.step = "entities", .fraction = 1});
  progress.Update({.step = "entities", .fraction = 1});
  EXPECT_EQ(out.str(),
            "[........................] 0 %  intents\n"
            "[############............] 50 %  intents  (about 1 min 15 s left)\n"
            "[##############..........] 60 %  entities\n"
            "[########################] 100 %  entities\n");
}

TEST(Progress, RewritesOneLineOnTerminals) {
  std::ostringstream out;
  FakeClock clock;
  {
    ProgressLine progress(out, true, clock);
    progress.Update({.step = "a", .fraction = 0});
    progress.Update({.step = "a", .fraction = 0.01});
    clock.Advance(0.2);
    progress.Update({.step = "a", .fraction = 2});
  }
  EXPECT_EQ(out.str(), "\r\033[2K[........................] 0 %  a\r\033[2K[########################] 100 %  a\n");
}

TEST(Clock, FormatsUtc) { EXPECT_EQ(FormatIso8601(1'700'000'000), "2023-11-14T22:13:20Z"); }

TEST(Log, TextLinesQuoteWhateverIsNotOnePlainWord) {
  std::string line = FormatLogLine(LogFormat::kText, LogLevel::kInfo, "turn",
                                   {{"id", "c-1"}, {"text", "a\nlevel=error \x1b"}, {"empty", ""}});
  EXPECT_NE(line.find(" info turn id=c-1 text=\"a\\\\u000alevel=error \\\\u001b\" empty=\"\""), std::string::npos)
      << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(Log, JsonLinesAreJson) {
  auto line = ParseJson(FormatLogLine(LogFormat::kJson, LogLevel::kError, "failed", {{"cause", "\"x\"\n\xFF"}}));
  ASSERT_TRUE(line.ok());
  EXPECT_EQ((*line)["event"].AsString(), "failed");
  EXPECT_EQ((*line)["level"].AsString(), "error");
  EXPECT_EQ((*line)["cause"].AsString(), "\"x\"\\u000a\xEF\xBF\xBD");
}

}  // namespace
}  // namespace greenroom

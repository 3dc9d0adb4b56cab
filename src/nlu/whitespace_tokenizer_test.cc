#include "nlu/whitespace_tokenizer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/text.h"

namespace greenroom {
namespace {

// "Hi@0-2 there@4-9"
std::string Shown(const std::vector<Token>& tokens) {
  std::string text;
  for (const Token& token : tokens) {
    text +=
        (text.empty() ? "" : " ") + token.text + "@" + std::to_string(token.start) + "-" + std::to_string(token.end);
  }
  return text;
}

std::string Kept(std::string_view text) { return Shown(SplitIntoTokens(text, Ideographs::kKept)); }
std::string SplitUp(std::string_view text) { return Shown(SplitIntoTokens(text, Ideographs::kSplit)); }

TEST(WhitespaceTokenizer, PunctuationIsTakenOffWords) {
  EXPECT_EQ(Kept("Hi, there!"), "Hi@0-2 there@4-9");
  EXPECT_EQ(Kept("(really?)"), "really@1-7");
  EXPECT_EQ(Kept("are you a human?"), "are@0-3 you@4-7 a@8-9 human@10-15");
  EXPECT_EQ(Kept("  two   blanks \n"), "two@2-5 blanks@8-14");
}

TEST(WhitespaceTokenizer, AddressesNumbersAndMarksStayWhole) {
  EXPECT_EQ(Kept("mail me@example.com now"), "mail@0-4 me@example.com@5-19 now@20-23");
  EXPECT_EQ(Kept("see https://a.example/b?c=d&e#f."), "see@0-3 https://a.example/b?c=d&e#f@4-31");
  EXPECT_EQ(Kept("10'000.00 and 3.5"), "10'000.00@0-9 and@10-13 3.5@14-17");
  EXPECT_EQ(Kept("#tag @who R&D"), "#tag@0-4 @who@5-9 R&D@10-13");
  EXPECT_EQ(Kept("it is -5 degrees"), "it@0-2 is@3-5 -5@6-8 degrees@9-16");
}

TEST(WhitespaceTokenizer, ApostrophesSplitWordsButNotNumbers) {
  EXPECT_EQ(Kept("I'm don't"), "I@0-1 m@2-3 don@4-7 t@8-9");
  EXPECT_EQ(Kept("a|b"), "a@0-1 b@2-3");
  EXPECT_EQ(Kept("1|2"), "1|2@0-3");
}

TEST(WhitespaceTokenizer, OffsetsAreCodePoints) {
  EXPECT_EQ(Kept("größe für Łódź"), "größe@0-5 für@6-9 Łódź@10-14");
  EXPECT_EQ(Kept("नमस्ते दुनिया"), "नमस्ते@0-6 दुनिया@7-13");
  EXPECT_EQ(Kept("½ cup"), "cup@2-5");
}

TEST(WhitespaceTokenizer, EmojiAloneAreOneTokenAndDroppedBesideWords) {
  EXPECT_EQ(Kept("\U0001F600"), "\U0001F600@0-1");
  EXPECT_EQ(Kept("\U0001F600 \U0001F601"), "\U0001F600 \U0001F601@0-3");
  EXPECT_EQ(Kept("hello \U0001F600"), "hello@0-5");
  EXPECT_EQ(Kept("!!!"), "!!!@0-3");
  EXPECT_EQ(Kept(""), "");
}

TEST(WhitespaceTokenizer, IdeographsAreTokensWhenAskedFor) {
  EXPECT_EQ(SplitUp("我要3个房间，谢谢"), "我@0-1 要@1-2 3@2-3 个@3-4 房@4-5 间@5-6 谢@7-8 谢@8-9");
  EXPECT_EQ(SplitUp("iPhone手机"), "iPhone@0-6 手@6-7 机@7-8");
}

TEST(WhitespaceTokenizer, TokensHaveALowerForm) {
  const auto tokens = SplitIntoTokens("ÄPFEL Now", Ideographs::kKept);
  ASSERT_EQ(tokens.size(), 2u);
  EXPECT_EQ(tokens[0].lower, "äpfel");
  EXPECT_EQ(tokens[1].lower, "now");
}

TEST(WhitespaceTokenizer, BadBytesAreOneCharacterEach) {
  EXPECT_EQ(SplitIntoTokens("a \xff\xfe b", Ideographs::kKept).back().start, 5);
}

// What takes more than linear time on texts of a megabyte does not end within the time limit of a suite.
TEST(WhitespaceTokenizer, HostileTextsOfAMegabyteAreSplit) {
  for (const char* unit : {".", "-", " .", "1.", "'", ".a", "\xe2\x80\x94"}) {
    std::string text = "1";
    while (text.size() < (1u << 20)) text += unit;
    EXPECT_FALSE(SplitIntoTokens(text + "a", Ideographs::kKept).empty()) << unit;
  }
}

TEST(WhitespaceTokenizer, ATokenPatternCutsTokensFurther) {
  const ComponentFactory factory = WhitespaceTokenizerFactory();
  Source source;
  TrainContext context{.source = &source, .parameters = Json::Object({{"token_pattern", R"((?u)\b\w+\b)"}})};
  auto tokenizer = factory.train(context);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message;
  MessageState message{.text = "größe me@x.org"};
  (*tokenizer)->Process(message);
  EXPECT_EQ(Shown(message.tokens), "größe@0-5 me@6-8 x@9-10 org@11-14");
}

// Compares with recorded tokens of real conversations where those are at hand.
std::filesystem::path RecordedProjects() {
  const char* corpora = std::getenv("GREENROOM_CORPORA");
  return corpora == nullptr ? std::filesystem::path() : std::filesystem::path(corpora) / ".." / "golden" / "projects";
}

int CompareTurn(const Json& turn, int& compared) {
  int different = 0;
  for (const Json& event : turn["events"].array()) {
    const Json& tokens = event["parse_data"]["text_tokens"];
    if (!tokens.is_array() || event["parse_data"]["text"].AsString().empty()) continue;
    ++compared;
    Json ours = Json::List();
    for (const Token& token : SplitIntoTokens(event["parse_data"]["text"].AsString(), Ideographs::kKept)) {
      ours.Append(Json::List({token.start, token.end}));
    }
    if (ours == tokens) continue;
    if (++different <= 3)
      ADD_FAILURE() << event["text"].Dump() << "\n ours   " << ours.Dump() << "\n theirs " << tokens.Dump();
  }
  return different;
}

TEST(WhitespaceTokenizer, RecordedTokensAreReproduced) {
  const std::filesystem::path projects = RecordedProjects();
  if (!std::filesystem::exists(projects))
    GTEST_SKIP() << "set GREENROOM_CORPORA to the folder of corpora to compare recorded tokens";
  int compared = 0, different = 0;
  for (const auto& project : std::filesystem::directory_iterator(projects)) {
    std::ifstream config(project.path() / "config.yml");
    const std::string settings((std::istreambuf_iterator<char>(config)), {});
    if (settings.find("WhitespaceTokenizer") == std::string::npos ||
        settings.find("token_pattern: (") != std::string::npos)
      continue;
    std::ifstream file(project.path() / "conversations.jsonl");
    for (std::string line; std::getline(file, line);) {
      Result<Json> conversation = ParseJson(line, {.bytes = 64u << 20, .nodes = 10'000'000});
      ASSERT_TRUE(conversation.ok());
      for (const Json& turn : (*conversation)["turns"].array()) different += CompareTurn(turn, compared);
    }
  }
  EXPECT_EQ(different, 0);
  std::printf("compared %d messages, %d differ\n", compared, different);
}

}  // namespace
}  // namespace greenroom

#include "base/yaml_writer.h"

#include <gtest/gtest.h>

#include "base/yaml.h"

namespace greenroom {
namespace {

Json Read(const std::string& text) {
  Diagnostics diagnostics;
  auto node = ReadYaml(
      {"t.yml", std::make_shared<const std::string>(text)},
      [](const std::string&) { return std::optional<std::string>(); }, diagnostics);
  return node ? node->ToJson() : Json("unreadable: " + text);
}

TEST(YamlWriter, ListsStandAtTheColumnOfTheirKey) {
  const Json value = Json::Object(
      {{"version", "3.1"},
       {"intents", Json::List({"greet", "bye"})},
       {"slots", Json::Object({{"size", Json::Object({{"type", "text"}})}})},
       {"responses", Json::Object({{"utter_a", Json::List({Json::Object({{"text", "Hi: you"}, {"count", 3}})})}})},
       {"none", Json()},
       {"empty", Json::Object()}});
  EXPECT_EQ(WriteYaml(value),
            "version: '3.1'\nintents:\n- greet\n- bye\nslots:\n  size:\n    type: text\nresponses:\n  utter_a:\n"
            "  - text: 'Hi: you'\n    count: 3\nnone: null\nempty: {}\n");
  EXPECT_EQ(Read(WriteYaml(value)), value);
}

TEST(YamlWriter, StringsComeBackAsTheSameStrings) {
  for (const char* text : {"",         " ",
                           "a",        "a b",
                           "yes",      "No",
                           "null",     "~",
                           "1",        "-1",
                           ".5",       "1e3",
                           "0x1f",     "2020-01-01",
                           "12:30:45", "a: b",
                           "a:",       "a #b",
                           "#a",       "it's",
                           "'",        "\"",
                           "\\",       "a\nb",
                           "\n",       "\tx",
                           "- a",      "-",
                           "-a",       "[a]",
                           "{a}",      "*a",
                           "&a",       "!a",
                           "%a",       "@a",
                           "`a",       "|",
                           ">",        "?",
                           ", a",      "äöü",
                           "=",        "<<",
                           "1 apple",  "2020-01-01 10:00:00",
                           "1_000",    "+1",
                           "trail "}) {
    const Json value = Json::Object({{"k", text}, {"l", Json::List({text, Json::List({text})})}});
    EXPECT_EQ(Read(WriteYaml(value)), value) << WriteYaml(value);
  }
}

}  // namespace
}  // namespace greenroom

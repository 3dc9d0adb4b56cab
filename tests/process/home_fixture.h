// HomeTest: a folder of its own for each test, with small assistants that train in no time.
//
//   class UpTest : public HomeTest {};
//   TEST_F(UpTest, ...) { WriteProject("bot", {}); TrainProject("bot", "one.grm"); ... Path("one.grm") ... }
//
// Thread rules: one thread.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <string>

#include "base/files.h"
#include "tests/process/api_client.h"
#include "tests/process/program.h"

namespace greenroom {

// The files of an assistant that answers `hello`; `more` adds files or replaces them.
inline std::map<std::string, std::string> SmallProject(const std::map<std::string, std::string>& more = {}) {
  std::map<std::string, std::string> files = {
      {"config.yml",
       "recipe: default.v1\nlanguage: en\npipeline:\n- name: WhitespaceTokenizer\n- name: KeywordIntentClassifier\n"
       "policies:\n- name: RulePolicy\n"},
      {"domain.yml",
       "version: \"3.1\"\nintents: [greet, ask]\nresponses:\n  utter_greet:\n  - text: Hello there\n"
       "  utter_ask:\n  - text: I do not know\n"},
      {"data/nlu.yml",
       "nlu:\n- intent: greet\n  examples: |\n    - hello\n    - good day\n- intent: ask\n  examples: |\n    - price\n"
       "    - how much\n"},
      {"data/rules.yml",
       "rules:\n- rule: greet\n  steps:\n  - intent: greet\n  - action: utter_greet\n- rule: ask\n  steps:\n"
       "  - intent: ask\n  - action: utter_ask\n"}};
  for (const auto& [name, text] : more) files[name] = text;
  return files;
}

class HomeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/greenroom-process-XXXXXX";
    home_ = ::mkdtemp(name);
  }
  void TearDown() override { std::filesystem::remove_all(home_); }

  std::string Path(const std::string& name) const { return home_ + "/" + name; }

  void WriteProject(const std::string& name, const std::map<std::string, std::string>& files = SmallProject()) const {
    for (const auto& [file, text] : files) {
      const std::filesystem::path path = std::filesystem::path(home_) / name / file;
      std::filesystem::create_directories(path.parent_path());
      ASSERT_TRUE(WriteFileDurably(path.string(), text).ok());
    }
  }

  // Trains with the program itself.
  void TrainProject(const std::string& project, const std::string& package) const {
    Program training({.arguments = {"train", "--project", Path(project), "--output", Path(package)}});
    ASSERT_EQ(training.WaitEnd(), 0) << training.output();
  }

  std::string home_;
};

}  // namespace greenroom

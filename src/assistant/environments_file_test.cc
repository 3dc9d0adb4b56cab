#include "assistant/environments_file.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace greenroom {
namespace {

std::optional<std::string> Lookup(const std::string& name) {
  if (name == "RASA_TOKEN") return "the-token-of-all-servers";
  if (name == "RASA_WORKER_HOST") return "http://rasa-worker:5005/";
  return std::nullopt;
}

EnvironmentsFile Read(const std::string& text, Diagnostics& diagnostics, VariableLookup variables = Lookup) {
  return ReadEnvironmentsFile({.file = "environments.yml", .text = std::make_shared<const std::string>(text)},
                              {std::move(variables), {}}, diagnostics);
}

constexpr char kInstalled[] =
    "rasa:\n  production:\n    url: http://rasa-production:5005\n    token: ${RASA_TOKEN}\n"
    "  worker:\n    url: ${RASA_WORKER_HOST}\n    token: \"${RASA_TOKEN}\"\n  development: {}\n";

TEST(EnvironmentsFile, ReadsTheFileOfAnInstallationUnchanged) {
  Diagnostics diagnostics;
  EnvironmentsFile file = Read(kInstalled, diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << ListProblems(diagnostics);
  ASSERT_EQ(file.entries.size(), 3u);
  EXPECT_EQ(file.entries[0].name, "production");
  EXPECT_EQ(file.entries[0].url, "http://rasa-production:5005");
  EXPECT_EQ(file.entries[0].token, "the-token-of-all-servers");
  EXPECT_EQ(file.entries[1].url, "http://rasa-worker:5005") << "no slash at the end";
  EXPECT_EQ(file.entries[1].token, "the-token-of-all-servers") << "quotes do not keep a variable from being replaced";
  EXPECT_EQ(file.entries[2].url, "");
}

TEST(EnvironmentsFile, NamesThePlaceAndWhatIsMissing) {
  Diagnostics diagnostics;
  Read("rasa:\n  production:\n    url: http://a\n    token: ${NOT_SET}\n    port: 5\n", diagnostics);
  const std::string shown = ListProblems(diagnostics);
  EXPECT_NE(shown.find("environments.yml:4:12: error[Y010]: the environment variable `NOT_SET` is not set"),
            std::string::npos)
      << shown;
  EXPECT_NE(shown.find("environments.yml:5:5: error[E012]"), std::string::npos) << shown;
  EXPECT_NE(shown.find("`url`, `token`"), std::string::npos) << "the allowed keys are named: " << shown;
}

TEST(EnvironmentsFile, VariablesOfThisProcessAreNotReadForATextOfAClient) {
  Diagnostics diagnostics;
  Read("rasa:\n  a:\n    url: http://a\n    token: ${RASA_TOKEN}\n", diagnostics, {});
  EXPECT_NE(ListProblems(diagnostics).find("error[E021]"), std::string::npos);
}

TEST(EnvironmentsFile, WhatIsWrittenReadsBackWithoutItsTokens) {
  Diagnostics diagnostics;
  EnvironmentsFile file = Read(kInstalled, diagnostics);
  const std::string text = WriteEnvironmentsFile(file, "kept in the server");
  EXPECT_EQ(text.find("the-token"), std::string::npos);
  EnvironmentsFile again = Read(ReplaceAll(text, "kept in the server", "a-token-for-the-test"), diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << text << ListProblems(diagnostics);
  ASSERT_EQ(again.entries.size(), 3u) << text;
  EXPECT_EQ(again.entries[1].url, file.entries[1].url);
  EXPECT_EQ(WriteEnvironmentsFile({}, "x"), "rasa: {}\n");
}

TEST(EnvironmentsFile, AMissingFileAndAFolderAreErrorsOfTheDisk) {
  EXPECT_EQ(LoadEnvironmentsFile("/nowhere/environments.yml", {}).error().reason, "file_missing");
  EXPECT_EQ(LoadEnvironmentsFile("/tmp", {}).error().reason, "not_a_file");
}

}  // namespace
}  // namespace greenroom

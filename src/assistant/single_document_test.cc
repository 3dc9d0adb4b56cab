#include "assistant/single_document.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

TEST(SplitSource, EachFileKeepsTheLinesThatTheSenderWrote) {
  auto files = SplitSource(
      "# all\nversion: \"3.1\"\npipeline:\n- name: A\n  # why\nintents:\n- greet\nnlu:\n- intent: greet\n"
      "  examples: |\n    - hello\n");
  ASSERT_TRUE(files.ok()) << files.error().message;
  EXPECT_EQ((*files)["config.yml"], "\nversion: \"3.1\"\npipeline:\n- name: A\n  # why\n\n\n\n\n\n\n\n");
  EXPECT_EQ((*files)["domain.yml"], "\nversion: \"3.1\"\n\n\n\nintents:\n- greet\n\n\n\n\n\n");
  EXPECT_EQ((*files)["data/training.yml"],
            "\nversion: \"3.1\"\n\n\n\n\n\nnlu:\n- intent: greet\n  examples: |\n    - hello\n\n");
}

TEST(SplitSource, JsonIsWrittenAnew) {
  auto files = SplitSource(R"({"version": "3.1", "pipeline": [{"name": "A"}], "rules": []})");
  ASSERT_TRUE(files.ok()) << files.error().message;
  EXPECT_EQ((*files)["config.yml"], "version: '3.1'\npipeline:\n- name: A\n");
  EXPECT_EQ((*files)["data/training.yml"], "version: '3.1'\nrules: []\n");
  EXPECT_FALSE(files->contains("domain.yml"));
}

TEST(SplitSource, WhatIsNoSourceIsRefusedWithItsPlace) {
  EXPECT_EQ(SplitSource(" \n").error().reason, "source_empty");
  EXPECT_EQ(SplitSource("x: [").error().reason, "yaml_invalid");
  EXPECT_EQ(SplitSource("- a").error().reason, "yaml_invalid");
  const Error error = SplitSource("intents: []\nintentz: []\n").error();
  EXPECT_EQ(error.reason, "yaml_invalid");
  EXPECT_EQ(error.message, "line 2, column 1: the key `intentz` belongs to no file of a project");
}

}  // namespace
}  // namespace greenroom

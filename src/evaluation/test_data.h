// Test data: messages and stories that a model is tested with, from text or from files outside a project.
//
//   TestData data = ReadTestData(text, "request body", diagnostics);
//   GR_ASSIGN(std::vector<Story> stories, LoadTestStories({.root = "bot", .paths = {"tests"}}, kTests, diagnostics));
//
// Stories are read as tests wherever they stand: texts and full names of retrieval intents are kept. Variables of the
// environment are not looked up. Errors: those of files; what is wrong inside a file is a diagnostic of its loader.
// Thread rules: pure, but for the reading of files.
#pragma once

#include <string>
#include <vector>

#include "assistant/training_data.h"
#include "base/diagnostic.h"
#include "base/result.h"

namespace greenroom {

struct TestData {
  std::vector<NluExample> examples = {};
  std::vector<Story> stories = {};  // rules too
};

// The examples, stories and rules of one YAML text; `file` names it in diagnostics.
TestData ReadTestData(const std::string& text, const std::string& file, Diagnostics& diagnostics);

// Files, and folders with all that lies below; relative to the root, and so they are named in diagnostics and reports.
struct TestPaths {
  std::string root = ".";
  std::vector<std::string> paths = {};
};

// Which files of a folder are read for stories: all, or those whose names begin with test_. A file that is named itself
// is always read.
enum class StoryFiles { kAll, kTests };
Result<std::vector<Story>> LoadTestStories(const TestPaths& from, StoryFiles files, Diagnostics& diagnostics);

// Of YAML files and of Rasa's JSON; an example that is repeated comes once.
Result<std::vector<NluExample>> LoadTestExamples(const TestPaths& from, Diagnostics& diagnostics);

}  // namespace greenroom

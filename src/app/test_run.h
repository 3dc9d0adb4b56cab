// TestRun: what `greenroom test` does once its arguments are known: load models and tests, compare, write the files,
// say what came out.
//
//   TestSettings settings{.parts = TestParts::kBoth, .models = {"models/brunch.grm"}};
//   return RunTests(console, settings);
//
// Errors: as exit statuses; 1 when a story failed and that was to be an error. Thread rules: the command's thread.
#pragma once

#include <string>
#include <vector>

#include "app/console.h"
#include "assistant/source.h"
#include "evaluation/report_files.h"

namespace greenroom {

enum class TestParts { kBoth, kNlu, kCore };

// What was asked for on the command line, with Rasa's defaults. Paths of tests are relative to the project.
struct TestSettings {
  SourcePaths project;
  TestParts parts = TestParts::kBoth;
  std::vector<std::string> models = {};   // files, or folders whose newest model counts; none = <project>/models
  std::vector<std::string> configs = {};  // of which pipelines are compared when there are several
  std::string stories = {};               // file or folder; "" = the project's own
  std::string nlu = {};                   // file or folder; "" = the project's training data
  // Folder and choice of the report files.
  std::string out = "results";
  ReportOptions reports = {};
  bool end_to_end = false;                 // texts too; always so when both parts are tested
  bool fail_on_prediction_errors = false;  // stop at the first story that fails
  size_t max_stories = 0;                  // 0 = all
  bool cross_validation = false;
  size_t folds = 5, runs = 3;
  std::vector<int> percentages = {0, 25, 50, 75};  // of the examples, left out of training in comparisons
  bool evaluate_model_directory = false;           // every model of the folder is compared
  // Further files for build servers and code hosts; "" = none.
  std::string junit = {}, sarif = {};
};

int RunTests(const Console& console, const TestSettings& settings);

}  // namespace greenroom

// Report files: what a test found, written into a folder under the names that Rasa gives them.
//
//   ReportFolder folder("results", {.successes = true});
//   GR_TRY(folder.Write(nlu_evaluation));     // intent_report.json, intent_errors.json, DIETClassifier_report.json,
//   ... GR_TRY(folder.Write(story_evaluation));   // story_report.json, failed_test_stories.yml, ...
//
// A file that an earlier test left and that this one does not write (there are no errors any more) is removed: the
// folder always shows one test. Plots are written as PNG and as SVG.
// Errors: those of files. Thread rules: one owner.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "evaluation/nlu_evaluation.h"
#include "evaluation/story_evaluation.h"

namespace greenroom {

struct ReportOptions {
  bool successes = false;
  bool errors = true;
  bool warnings = true;
  bool plots = true;
};

class ReportFolder {
 public:
  ReportFolder(std::string path, ReportOptions options) : path_(std::move(path)), options_(options) {}

  Result<void> Write(const NluEvaluation& evaluation);
  // `policies` that could find entities in messages get a report of their own; ours find none.
  Result<void> Write(const StoryEvaluation& evaluation, const std::vector<std::string>& policies);
  Result<void> WriteFile(const std::string& name, const std::string& text);

  // Names of what was written, in order.
  const std::vector<std::string>& written() const { return written_; }

 private:
  Result<void> WriteComparison(const std::string& kind, const Comparison& comparison, const std::string& title);
  Result<void> WritePlots(const std::string& kind, const Comparison& comparison, const std::string& title);
  Result<void> WriteImage(const std::string& name, const class Drawing& drawing);
  Result<void> WriteList(const std::string& name, const Json& list, bool wanted);
  Result<void> Remove(const std::string& name);

  std::string path_;
  ReportOptions options_;
  std::vector<std::string> written_;
};

}  // namespace greenroom

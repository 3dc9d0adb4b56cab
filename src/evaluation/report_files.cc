#include "evaluation/report_files.h"

#include "base/files.h"
#include "evaluation/plots.h"

namespace greenroom {

Result<void> ReportFolder::WriteFile(const std::string& name, const std::string& text) {
  GR_TRY(CreateDirectories(path_));
  GR_TRY(WriteFileDurably(path_ + "/" + name, text));
  written_.push_back(name);
  return {};
}

Result<void> ReportFolder::Remove(const std::string& name) {
  const std::string file = path_ + "/" + name;
  if (!FileExists(file)) return {};
  return RemoveFile(file);
}

Result<void> ReportFolder::WriteList(const std::string& name, const Json& list, bool wanted) {
  if (!wanted || list.size() == 0) return Remove(name);
  return WriteFile(name, list.Pretty());
}

Result<void> ReportFolder::WriteImage(const std::string& name, const Drawing& drawing) {
  GR_TRY(WriteFile(name + ".png", drawing.ToPng()));
  return WriteFile(name + ".svg", drawing.ToSvg());
}

Result<void> ReportFolder::WritePlots(const std::string& kind, const Comparison& comparison, const std::string& title) {
  if (!options_.plots || comparison.truth.empty()) return {};
  GR_TRY(WriteImage(
      kind + "_confusion_matrix",
      DrawConfusionMatrix(MakeConfusionMatrix(comparison.truth, comparison.predicted), title + " confusion matrix")));
  ConfidenceHistogram histogram;
  for (size_t i = 0; i < comparison.confidences.size(); ++i) {
    // Tokens that are no entities, and are taken for none, would hide all others.
    if (comparison.predicted[i] == kNoEntity && comparison.truth[i] == kNoEntity) continue;
    auto& side = comparison.truth[i] == comparison.predicted[i] ? histogram.right : histogram.wrong;
    side.push_back(comparison.confidences[i]);
  }
  return WriteImage(kind + "_histogram", DrawHistogram(histogram, title + " prediction confidence distribution"));
}

Result<void> ReportFolder::WriteComparison(const std::string& kind, const Comparison& comparison,
                                           const std::string& title) {
  GR_TRY(WriteFile(kind + "_report.json", comparison.report.ToJson(true).Pretty()));
  GR_TRY(WriteList(kind + "_errors.json", comparison.errors, options_.errors));
  GR_TRY(WriteList(kind + "_successes.json", comparison.successes, options_.successes));
  return WritePlots(kind, comparison, title);
}

Result<void> ReportFolder::Write(const NluEvaluation& evaluation) {
  if (evaluation.intents) GR_TRY(WriteComparison("intent", *evaluation.intents, "Intent"));
  for (const auto& [extractor, comparison] : evaluation.entities) {
    const std::string kind = extractor.empty() ? "entity" : extractor;
    // A name comes from a configuration, and is no path.
    if (kind.find('/') == std::string::npos) GR_TRY(WriteComparison(kind, comparison, kind));
  }
  if (evaluation.responses) GR_TRY(WriteComparison("response_selection", *evaluation.responses, "Response selection"));
  return {};
}

Result<void> ReportFolder::Write(const StoryEvaluation& evaluation, const std::vector<std::string>& policies) {
  GR_TRY(WriteFile("story_report.json", StoryReportJson(evaluation).Pretty()));
  for (const std::string& policy : policies) GR_TRY(WriteFile(policy + "_report.json", "{}"));
  if (options_.plots && !evaluation.truth.empty()) {
    GR_TRY(WriteImage(
        "story_confusion_matrix",
        DrawConfusionMatrix(MakeConfusionMatrix(evaluation.truth, evaluation.predicted), "Action confusion matrix")));
  }
  struct File {
    const char* name;
    StoryChoice choice;
    bool wanted;
  };
  for (const File& file : {File{"failed_test_stories.yml", StoryChoice::kFailed, options_.errors},
                           File{"successful_test_stories.yml", StoryChoice::kSuccessful, options_.successes},
                           File{"stories_with_warnings.yml", StoryChoice::kWarned, options_.warnings}}) {
    GR_TRY(file.wanted ? WriteFile(file.name, StoriesText(evaluation, file.choice)) : Remove(file.name));
  }
  return {};
}

}  // namespace greenroom

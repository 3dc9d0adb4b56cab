#include "app/test_run.h"

#include <algorithm>
#include <thread>

#include "app/model_comparison.h"
#include "app/project.h"
#include "base/environment.h"
#include "base/files.h"
#include "dialogue/turn.h"
#include "evaluation/cross_validation.h"
#include "evaluation/exchange_reports.h"
#include "evaluation/test_data.h"
#include "nlu/register.h"

namespace greenroom {
namespace {

size_t Threads() { return std::max(1u, std::thread::hardware_concurrency()); }

// Policies of Rasa that can find entities; the report says that ours found none.
std::vector<std::string> EntityPolicies(const LiveModel& model) {
  for (const Json& policy : model.package->manifest()["config"]["policies"].array()) {
    if (policy["name"].AsString().ends_with("TEDPolicy")) return {"TEDPolicy"};
  }
  return {};
}

Json Row(const std::string& what, const ClassificationReport& report, size_t cases, size_t wrong) {
  return Json::Object({{"tested", what},
                       {"cases", static_cast<int64_t>(cases)},
                       {"wrong", static_cast<int64_t>(wrong)},
                       {"accuracy", report.accuracy},
                       {"precision", report.weighted.precision},
                       {"recall", report.weighted.recall},
                       {"f1", report.weighted.f1}});
}

Json ComparisonRow(const std::string& what, const Comparison& comparison) {
  return Row(what, comparison.report, comparison.truth.size(), comparison.errors.size());
}

// Numbers that people read: three digits behind the point.
Json Rounded(Json rows) {
  for (Json& row : rows.MutableArray()) {
    for (auto& [name, value] : row.MutableMembers()) {
      if (!value.is_number() || value.is_int()) continue;
      char text[32];
      std::snprintf(text, sizeof text, "%.3f", value.AsDouble());
      value = std::string(text);
    }
  }
  return rows;
}

class TestRun {
 public:
  TestRun(const Console& console, const TestSettings& settings)
      : console_(console), settings_(settings), folder_(settings.out, settings.reports) {
    RegisterNluComponents(components_);
  }

  int Run() {
    const Result<void> done = settings_.cross_validation ? CrossValidateNlu() : TestModel();
    if (!diagnostics_.items().empty()) console_.PrintDiagnostics(diagnostics_, texts_, 20);
    if (!done) return diagnostics_.has_errors() ? static_cast<int>(kExitProblems) : console_.Fail(done.error());
    if (auto exchanged = WriteExchangeFiles(); !exchanged) return console_.Fail(exchanged.error());
    Say();
    if (diagnostics_.has_errors()) return kExitProblems;
    return settings_.fail_on_prediction_errors && stories_ && stories_->failed() > 0 ? kExitFailed : kExitOk;
  }

 private:
  Result<void> TestModel() {
    GR_ASSIGN(
        std::shared_ptr<const LiveModel> model,
        OpenModel(settings_.models.empty() ? settings_.project.root + "/models" : settings_.models[0], components_));
    if (settings_.parts != TestParts::kNlu) GR_TRY(TestCore(*model));
    if (settings_.parts != TestParts::kCore) GR_TRY(TestNlu(*model));
    return {};
  }

  Result<void> TestCore(const LiveModel& model) {
    GR_ASSIGN(std::vector<TrainingConversation> conversations, LoadConversations(settings_, model, diagnostics_));
    if (conversations.empty()) console_.Note("no test stories found: put them into files named test_*.yml");
    const StoryTestOptions options{.end_to_end = settings_.end_to_end || settings_.parts == TestParts::kBoth,
                                   .stop_at_first_failure = settings_.fail_on_prediction_errors};
    stories_ = EvaluateStories(model, conversations, options);
    return folder_.Write(*stories_, EntityPolicies(model));
  }

  Result<void> TestNlu(const LiveModel& model) {
    const std::vector<std::string> paths =
        settings_.nlu.empty() ? settings_.project.data : std::vector<std::string>{settings_.nlu};
    GR_ASSIGN(std::vector<NluExample> examples, LoadTestExamples({settings_.project.root, paths}, diagnostics_));
    if (examples.empty()) console_.Note("no test messages found");
    nlu_ = EvaluateNlu(examples, [&](const std::string& text) { return model.nlu->ParseMessage(text); });
    return folder_.Write(*nlu_);
  }

  Result<void> CrossValidateNlu() {
    SourcePaths paths = settings_.project;
    if (!settings_.configs.empty()) paths.config = settings_.configs[0];
    if (!settings_.nlu.empty()) paths.data = {settings_.nlu};
    LoadedSource loaded = LoadSource(paths, ProcessEnvironment());
    texts_ = loaded.texts;
    if (loaded.diagnostics.has_errors()) {
      diagnostics_.Append(loaded.diagnostics);
      return Error{ErrorCode::kInvalidArgument, "source_invalid", "the source has errors; nothing was trained"};
    }
    GR_ASSIGN(CrossValidation found, CrossValidate(loaded.source, components_,
                                                   {.folds = settings_.folds, .threads = Threads()}, diagnostics_));
    if (found.left_out > 0)
      console_.Note(std::to_string(found.left_out) + " examples are left out: their intents have fewer than " +
                    std::to_string(settings_.folds));
    folds_ = CrossValidationToJson(found);
    nlu_ = std::move(found.merged);
    GR_TRY(folder_.Write(*nlu_));
    return folder_.WriteFile("cross_validation.json", folds_.Pretty());
  }

  Result<void> WriteExchangeFiles() const {
    const TestResults results{nlu_ ? &*nlu_ : nullptr, stories_ ? &*stories_ : nullptr};
    if (!settings_.junit.empty()) GR_TRY(WriteFileDurably(settings_.junit, JUnitText(results)));
    if (!settings_.sarif.empty()) GR_TRY(WriteFileDurably(settings_.sarif, SarifText(results)));
    return {};
  }

  Json Rows() const {
    Json rows = Json::List();
    if (stories_) {
      size_t wrong = 0;
      for (size_t i = 0; i < stories_->truth.size(); ++i) wrong += stories_->truth[i] != stories_->predicted[i] ? 1 : 0;
      rows.Append(Row(stories_->end_to_end ? "steps of stories" : "actions of stories", stories_->report,
                      stories_->truth.size(), wrong));
    }
    if (nlu_ && nlu_->intents) rows.Append(ComparisonRow("intents", *nlu_->intents));
    if (nlu_) {
      for (const auto& [extractor, comparison] : nlu_->entities)
        rows.Append(ComparisonRow("entities of " + extractor, comparison));
    }
    if (nlu_ && nlu_->responses) rows.Append(ComparisonRow("responses", *nlu_->responses));
    return rows;
  }

  void Say() const {
    const Json rows = Rows();
    Json files = Json::List();
    for (const std::string& name : folder_.written()) files.Append(name);
    if (console_.json) {
      Json result = Json::Object({{"results", rows}, {"out", settings_.out}, {"files", files}});
      if (stories_) result.Set("stories", StoryReportJson(*stories_)["conversation_accuracy"]);
      if (!folds_.is_null()) result.Set("cross_validation", folds_);
      return console_.PrintObject(result);
    }
    console_.PrintRows(Rounded(rows), {"tested", "cases", "wrong", "accuracy", "precision", "recall", "f1"});
    if (stories_) SayStories();
    SayFolds();
    console_.Note("report files are in " + settings_.out);
  }

  void SayStories() const {
    const size_t total = stories_->stories.size(), failed = stories_->failed();
    console_.Print("");
    console_.Print(std::to_string(total - failed) + " of " + std::to_string(total) + " stories passed, " +
                   std::to_string(stories_->warned()) + " with warnings");
    for (const TestedStory& story : stories_->stories)
      if (story.failed) console_.Print("  failed: " + story.name);
  }

  void SayFolds() const {
    for (const auto& [part, figures] : folds_["test"].members()) {
      const Json& f1 = figures["f1-score"];
      char text[160];
      std::snprintf(text, sizeof text, "%s: f1 %.3f (deviation %.3f) over %zu folds; on what was learnt %.3f",
                    part.c_str(), f1["mean"].AsDouble(), f1["standard_deviation"].AsDouble(), settings_.folds,
                    folds_["train"][part]["f1-score"]["mean"].AsDouble());
      console_.Print(text);
    }
  }

  const Console& console_;
  const TestSettings& settings_;
  ReportFolder folder_;
  ComponentRegistry components_;
  Diagnostics diagnostics_;
  SourceTexts texts_;
  std::optional<NluEvaluation> nlu_;
  std::optional<StoryEvaluation> stories_;
  Json folds_;
};

}  // namespace

int RunTests(const Console& console, const TestSettings& settings) {
  if (settings.evaluate_model_directory || settings.models.size() > 1) return CompareModels(console, settings);
  if (settings.configs.size() > 1) return CompareConfigs(console, settings);
  return TestRun(console, settings).Run();
}

}  // namespace greenroom

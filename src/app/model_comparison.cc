#include "app/model_comparison.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "base/environment.h"
#include "base/files.h"
#include "base/random.h"
#include "evaluation/cross_validation.h"
#include "evaluation/test_data.h"
#include "nlu/register.h"

namespace greenroom {
namespace {

namespace fs = std::filesystem;

constexpr char kModelEnding[] = ".grm";
constexpr size_t kTestShare = 5;  // one of five messages

// Models of a folder, newest first.
std::vector<fs::path> ModelsIn(const std::string& folder) {
  std::vector<std::pair<fs::file_time_type, fs::path>> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == kModelEnding) found.emplace_back(entry.last_write_time(ignored), entry.path());
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<fs::path> paths;
  for (auto& [time, path] : found) paths.push_back(std::move(path));
  return paths;
}

std::vector<std::string> ModelsToCompare(const TestSettings& settings) {
  if (!settings.evaluate_model_directory) return settings.models;
  std::vector<std::string> all;
  for (const fs::path& path :
       ModelsIn(settings.models.empty() ? settings.project.root + "/models" : settings.models[0]))
    all.push_back(path.string());
  std::sort(all.begin(), all.end());
  return all;
}

int Finish(const Console& console, const TestSettings& settings, const Json& results, const Json& rows) {
  ReportFolder folder(settings.out, settings.reports);
  if (auto written = folder.WriteFile("results.json", results.Pretty()); !written) return console.Fail(written.error());
  if (console.json) {
    console.PrintObject(results);
  } else {
    std::vector<std::string> columns;
    if (rows.size() > 0) {
      for (const auto& [name, value] : rows.array()[0].members()) columns.push_back(name);
    }
    console.PrintRows(rows, columns);
    console.Note("report files are in " + settings.out);
  }
  return kExitOk;
}

// The examples that a run learns from: without the share, the same share of each intent.
std::vector<NluExample> Without(const std::vector<NluExample>& examples, int percentage, uint64_t seed) {
  if (percentage == 0) return examples;
  std::map<std::string, std::vector<const NluExample*>> by_intent;
  for (const NluExample& example : examples) by_intent[example.intent].push_back(&example);
  std::vector<NluExample> kept;
  Random random(seed);
  for (auto& [intent, list] : by_intent) {
    random.Shuffle(list);
    const size_t out = list.size() * static_cast<size_t>(percentage) / 100;
    for (size_t i = out; i < list.size(); ++i) kept.push_back(*list[i]);
  }
  return kept;
}

// Trains one pipeline again and again on less and less.
class ConfigTest {
 public:
  ConfigTest(const TestSettings& settings, Source source) : settings_(settings), source_(std::move(source)) {
    RegisterNluComponents(components_);
    std::vector<NluExample> all = std::move(source_.data.nlu.examples);
    const auto folds = StratifiedFolds(all, kTestShare, kSeed);
    std::vector<char> tested(all.size(), 0);
    for (const size_t place : folds[0]) tested[place] = 1;
    for (size_t i = 0; i < all.size(); ++i) (tested[i] != 0 ? test_ : train_).push_back(std::move(all[i]));
  }

  // F1 by run, by percentage.
  Result<Json> Run(Diagnostics& diagnostics) {
    const PipelineGraph graph = BuildPipelineGraph(source_, components_, diagnostics);
    if (diagnostics.has_errors())
      return Error{ErrorCode::kInvalidArgument, "source_invalid", "the pipeline has errors; nothing was trained"};
    Json by_run = Json::List();
    for (size_t run = 0; run < settings_.runs; ++run) {
      Json row = Json::List();
      for (const int percentage : settings_.percentages) {
        GR_ASSIGN(double f1, TestOnce(graph, percentage, kSeed + run, diagnostics));
        row.Append(f1);
      }
      by_run.Append(std::move(row));
    }
    return by_run;
  }

 private:
  static constexpr uint64_t kSeed = 42;

  Result<double> TestOnce(const PipelineGraph& graph, int percentage, uint64_t seed, Diagnostics& diagnostics) {
    source_.data.nlu.examples = Without(train_, percentage, seed);
    Json metrics = Json::Object();
    const NluTrainOptions training{.seed = seed,
                                   .parallel_for = OnThreads(std::max(1u, std::thread::hardware_concurrency()))};
    GR_ASSIGN(std::unique_ptr<NluModel> model,
              NluModel::Train(source_, graph, components_, training, diagnostics, metrics));
    const NluEvaluation found = EvaluateNlu(test_, [&](const std::string& text) { return model->ParseMessage(text); });
    return found.intents ? found.intents->report.weighted.f1 : 0.0;
  }

  const TestSettings& settings_;
  Source source_;
  ComponentRegistry components_;
  std::vector<NluExample> train_, test_;
};

Result<Json> TestConfig(const TestSettings& settings, const std::string& config, Diagnostics& diagnostics) {
  SourcePaths paths = settings.project;
  paths.config = config;
  if (!settings.nlu.empty()) paths.data = {settings.nlu};
  LoadedSource loaded = LoadSource(paths, ProcessEnvironment());
  if (loaded.diagnostics.has_errors()) {
    diagnostics.Append(loaded.diagnostics);
    return Error{ErrorCode::kInvalidArgument, "source_invalid", "the source has errors; nothing was trained"};
  }
  return ConfigTest(settings, std::move(loaded.source)).Run(diagnostics);
}

// The mean of one column of a table of runs.
double MeanOf(const Json& by_run, size_t column) {
  double sum = 0;
  for (const Json& row : by_run.array()) sum += row.array()[column].AsDouble();
  return by_run.size() > 0 ? sum / static_cast<double>(by_run.size()) : 0;
}

}  // namespace

Result<std::shared_ptr<const LiveModel>> OpenModel(const std::string& path, const ComponentRegistry& components) {
  std::string file = path;
  if (IsDirectory(path) || !FileExists(path)) {
    const std::vector<fs::path> models = ModelsIn(path);
    if (models.empty())
      return Error{ErrorCode::kNotFound, "model_missing", "there is no model at `" + path + "`",
                   "train one with `greenroom train`, or name one with --model"};
    file = models[0].string();
  }
  GR_ASSIGN(std::shared_ptr<const Package> package, Package::Open(file));
  return LoadLiveModel(std::move(package), components);
}

Result<std::vector<TrainingConversation>> LoadConversations(const TestSettings& settings, const LiveModel& model,
                                                            Diagnostics& diagnostics) {
  const bool only_tests = settings.parts == TestParts::kBoth || settings.end_to_end;
  TestPaths from{.root = settings.project.root, .paths = {settings.stories.empty() ? "." : settings.stories}};
  if (settings.stories.empty() && !only_tests) from.paths = settings.project.data;
  GR_ASSIGN(std::vector<Story> stories,
            LoadTestStories(from, only_tests ? StoryFiles::kTests : StoryFiles::kAll, diagnostics));
  std::vector<TrainingConversation> conversations = TestConversations(model.domain, std::move(stories), diagnostics);
  if (settings.max_stories > 0 && conversations.size() > settings.max_stories)
    conversations.resize(settings.max_stories);
  return conversations;
}

int CompareModels(const Console& console, const TestSettings& settings) {
  ComponentRegistry components;
  RegisterNluComponents(components);
  Json results = Json::Object(), rows = Json::List();
  for (const std::string& path : ModelsToCompare(settings)) {
    Diagnostics diagnostics;
    auto model = OpenModel(path, components);
    if (!model) return console.Fail(model.error());
    auto conversations = LoadConversations(settings, **model, diagnostics);
    if (!conversations) return console.Fail(conversations.error());
    const StoryTestOptions options{.end_to_end = settings.end_to_end || settings.parts == TestParts::kBoth};
    const StoryEvaluation found = EvaluateStories(**model, *conversations, options);
    const auto correct = static_cast<int64_t>(found.stories.size() - found.failed());
    results.Set(path, correct);
    rows.Append(
        Json::Object({{"model", path}, {"correct", correct}, {"stories", static_cast<int64_t>(found.stories.size())}}));
  }
  return Finish(console, settings, results, rows);
}

int CompareConfigs(const Console& console, const TestSettings& settings) {
  Json results = Json::Object(), rows = Json::List();
  for (const std::string& config : settings.configs) {
    Diagnostics diagnostics;
    auto by_run = TestConfig(settings, config, diagnostics);
    if (!by_run) {
      if (!diagnostics.items().empty()) console.PrintDiagnostics(diagnostics, {}, 20);
      return diagnostics.has_errors() ? static_cast<int>(kExitProblems) : console.Fail(by_run.error());
    }
    Json row = Json::Object({{"config", config}});
    for (size_t i = 0; i < settings.percentages.size(); ++i) {
      char f1[16];
      std::snprintf(f1, sizeof f1, "%.3f", MeanOf(*by_run, i));
      row.Set("f1 without " + std::to_string(settings.percentages[i]) + "%", std::string(f1));
    }
    rows.Append(std::move(row));
    results.Set(config, std::move(*by_run));
  }
  return Finish(console, settings, results, rows);
}

}  // namespace greenroom

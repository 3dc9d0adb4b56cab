#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/test_run.h"

namespace greenroom {
namespace {

// The options of `rasa test`, under the same names; -p are percentages here, as there.
void AddSourceOptions(CLI::App& command, TestSettings& settings) {
  SourcePaths& paths = settings.project;
  command.add_option("--project", paths.root, "Folder of the project")->capture_default_str();
  command.add_option("--data", paths.data, "Files or folders with training data")->capture_default_str();
  command.add_option("--domain,-d", paths.domain, "Domain file or folder")->capture_default_str();
  command.add_option("--config,-c", settings.configs, "Pipeline and policies; several are compared");
  command.add_option("--endpoints", paths.endpoints, "Accepted; no action server is called")->capture_default_str();
  command.add_option("--model,-m", settings.models,
                     "Model, or folder whose newest counts (default: <project>/models); several are compared");
  command.add_option("--stories,-s", settings.stories, "Test stories: file or folder (default: test_* in the project)");
  command.add_option("--nlu,-u", settings.nlu, "Test messages: file or folder (default: the training data)");
}

void AddModeOptions(CLI::App& command, TestSettings& settings) {
  command.add_flag("--e2e,--end-to-end", settings.end_to_end, "Understand the texts of test stories too");
  command.add_option("--max-stories", settings.max_stories, "Test so many stories at most");
  command.add_flag("--fail-on-prediction-errors", settings.fail_on_prediction_errors,
                   "Stop at the first story that fails, with exit status 1");
  command.add_flag("--evaluate-model-directory", settings.evaluate_model_directory,
                   "Compare all models of the folder --model");
  command.add_flag("--cross-validation", settings.cross_validation,
                   "Train on parts of the data and test on the rest; no model is needed");
  command.add_option("--folds,-f", settings.folds, "Parts of a cross validation")
      ->capture_default_str()
      ->check(CLI::Range(2, 100));
  command.add_option("--runs,-r", settings.runs, "Trainings for each point of a comparison of configs")
      ->capture_default_str()
      ->check(CLI::Range(1, 100));
  command
      .add_option("--percentages,-p", settings.percentages,
                  "Shares of the data that a comparison leaves out of training")
      ->capture_default_str()
      ->check(CLI::Range(0, 99));
}

void AddOutputOptions(CLI::App& command, TestSettings& settings) {
  ReportOptions& reports = settings.reports;
  command.add_option("--out", settings.out, "Folder of the report files")->capture_default_str();
  command.add_flag("--successes", reports.successes, "Write what was right too");
  command.add_flag("!--no-errors", reports.errors, "Do not write what was wrong");
  command.add_flag("!--no-warnings", reports.warnings, "Do not write stories with warnings");
  command.add_flag("!--no-plot", reports.plots, "Draw nothing");
  command.add_option("--junit", settings.junit, "Also write results as JUnit XML into this file");
  command.add_option("--sarif", settings.sarif, "Also write what was wrong as SARIF into this file");
}

}  // namespace

void AddTestCommand(CLI::App& app, CommandLine& line) {
  auto* test = app.add_subcommand("test", "Test a model with stories and messages");
  auto settings = std::make_shared<TestSettings>();
  AddSourceOptions(*test, *settings);
  AddModeOptions(*test, *settings);
  AddOutputOptions(*test, *settings);
  test->add_subcommand("core", "Test the policies alone")->callback([settings] { settings->parts = TestParts::kCore; });
  test->add_subcommand("nlu", "Test the understanding of messages alone")->callback([settings] {
    settings->parts = TestParts::kNlu;
  });
  test->require_subcommand(0, 1);
  // The callback of a subcommand comes after that of its parent: what runs looks at the settings late.
  test->callback([&line, settings] { line.run = [&line, settings] { return RunTests(line.console, *settings); }; });
}

}  // namespace greenroom

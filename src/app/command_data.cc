#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/project.h"
#include "nlu/register.h"
#include "pipeline/nlu_model.h"

namespace greenroom {
namespace {

struct ValidateArguments {
  ProjectArguments project;
  bool all = false;
  bool fail_on_warnings = false;
};

int Validate(const CommandLine& line, const ValidateArguments& arguments) {
  LoadedSource loaded = LoadProject(arguments.project);
  ValidateSource(loaded.source, loaded.diagnostics);
  ComponentRegistry components;
  RegisterNluComponents(components);
  BuildPipelineGraph(loaded.source, components, loaded.diagnostics);
  line.console.PrintDiagnostics(loaded.diagnostics, loaded.texts, arguments.all ? 0 : 20);
  bool problems =
      loaded.diagnostics.has_errors() || (arguments.fail_on_warnings && loaded.diagnostics.warning_count() > 0);
  if (!problems && !line.console.json && loaded.diagnostics.items().empty()) line.console.Note("no problems found");
  return problems ? kExitProblems : kExitOk;
}

}  // namespace

void AddDataCommand(CLI::App& app, CommandLine& line) {
  auto* data = app.add_subcommand("data", "Work with training data");
  data->require_subcommand(1);
  auto* validate = data->add_subcommand("validate", "Print everything that is wrong with a project");
  auto arguments = std::make_shared<ValidateArguments>();
  AddProjectOptions(*validate, arguments->project);
  validate->add_flag("--all", arguments->all, "Show all problems, not the first 20");
  validate->add_flag("--fail-on-warnings", arguments->fail_on_warnings, "Exit with 3 on warnings too");
  validate->callback([&line, arguments] { line.run = [&line, arguments] { return Validate(line, *arguments); }; });
}

}  // namespace greenroom

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <climits>
#include <csignal>
#include <iostream>

#include "app/commands.h"
#include "base/diagnostic.h"
#include "training/train_model.h"

namespace greenroom {
namespace {

std::string ProgramPath(const char* name) {
  char path[PATH_MAX];
  ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<size_t>(length)) : name;
}

void AddCommands(CLI::App& app, CommandLine& line) {
  for (auto add : {AddInitCommand, AddUpCommand, AddTrainCommand, AddTestCommand, AddShellCommand, AddRunCommand,
                   AddDataCommand, AddModelCommand, AddEnvironmentCommand, AddMessageCommand, AddAccountCommands,
                   AddOpenApiCommand, AddVerifyCommand, AddBackupCommand, AddRestoreCommand, AddDoctorCommand,
                   AddImportCommand, AddCompletionCommand}) {
    add(app, line);
  }
}

void AddCommonOptions(CLI::App& app, CommandLine& line) {
  app.add_option_function<std::string>(
         "-o,--output-format", [&line](const std::string& format) { line.console.json = format == "json"; },
         "How results are printed")
      ->check(CLI::IsMember({"table", "json"}))
      ->default_str("table");
  app.add_option_function<std::string>(
         "--color",
         [&line](const std::string& mode) {
           line.console.colour = mode == "always"  ? ColourMode::kAlways
                                 : mode == "never" ? ColourMode::kNever
                                                   : ColourMode::kAuto;
         },
         "When to use colour")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->default_str("auto");
  app.set_version_flag("--version", "greenroom " + std::string(EngineVersion()));
  app.require_subcommand(1);
  app.fallthrough();
}

// The command that an unknown word was probably meant to be.
std::string Suggestion(const CLI::App& app, int count, const char* const* arguments) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  for (int i = 1; i < count; ++i) {
    if (arguments[i][0] == '-') continue;
    std::string nearest = NearestName(arguments[i], names);
    return nearest.empty() || nearest == arguments[i] ? "" : nearest;
  }
  return "";
}

}  // namespace

int RunCommandLine(int count, const char* const* arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of the write, like a full disk
  CommandLine line;
  line.program = ProgramPath(arguments[0]);
  CLI::App app("Greenroom: train, version, deploy and watch conversational assistants", "greenroom");
  AddCommonOptions(app, line);
  AddCommands(app, line);
  try {
    app.parse(count, arguments);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::ParseError& error) {
    // "a subcommand is required" hides the word that is none.
    const std::vector<std::string> unknown = app.remaining(true);
    const bool hidden = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError) && !unknown.empty();
    std::cerr << "error[usage]: " << (hidden ? "unknown command `" + unknown[0] + "`" : std::string(error.what()))
              << "\n";
    std::string nearest = Suggestion(app, count, arguments);
    if (!nearest.empty())
      std::cerr << "   = help: did you mean `greenroom " << nearest << "`?\n";
    else
      std::cerr << "   = help: run `greenroom --help`\n";
    return kExitUsage;
  }
  int status = line.run ? line.run() : kExitUsage;
  std::cout.flush();
  return std::cout.good() ? status : kExitFailed;
}

}  // namespace greenroom

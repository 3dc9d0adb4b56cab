// All commands of the program: each adds itself to the command line and is run by main with its exit status.
//
// To add a command: write Add...Command in a file of its own and add one line in AddCommands.
#pragma once

#include <functional>
#include <string>

#include "app/console.h"

namespace CLI {
class App;
}

namespace greenroom {

// What commands share: how to speak, where the program lies, and what the chosen command will do.
struct CommandLine {
  Console console;
  std::string program;       // path of this binary
  std::function<int()> run;  // set by the chosen command; returns the exit status
};

void AddInitCommand(CLI::App& app, CommandLine& line);
void AddTrainCommand(CLI::App& app, CommandLine& line);
void AddTestCommand(CLI::App& app, CommandLine& line);
void AddDataCommand(CLI::App& app, CommandLine& line);
void AddUpCommand(CLI::App& app, CommandLine& line);
void AddRunCommand(CLI::App& app, CommandLine& line);
void AddShellCommand(CLI::App& app, CommandLine& line);
void AddModelCommand(CLI::App& app, CommandLine& line);
void AddEnvironmentCommand(CLI::App& app, CommandLine& line);
void AddEnvironmentImport(CLI::App& environment, CommandLine& line);  // below the command `environment`
void AddMessageCommand(CLI::App& app, CommandLine& line);             // those whose turn failed
void AddAccountCommands(CLI::App& app, CommandLine& line);            // user, role, token, audit
void AddOpenApiCommand(CLI::App& app, CommandLine& line);
void AddVerifyCommand(CLI::App& app, CommandLine& line);
void AddBackupCommand(CLI::App& app, CommandLine& line);
void AddImportCommand(CLI::App& app, CommandLine& line);
void AddDoctorCommand(CLI::App& app, CommandLine& line);
void AddRestoreCommand(CLI::App& app, CommandLine& line);
void AddCompletionCommand(CLI::App& app, CommandLine& line);

// Parses the arguments and runs the chosen command. Exit status 2 for usage errors.
int RunCommandLine(int count, const char* const* arguments);

}  // namespace greenroom

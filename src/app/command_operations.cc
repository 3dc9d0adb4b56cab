#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/doctor.h"
#include "app/model_files.h"
#include "base/clock.h"
#include "storage/backup.h"
#include "training/train_model.h"

namespace greenroom {
namespace {

struct Arguments {
  std::string home = ".greenroom";
  std::string file;
};

void AddHome(CLI::App& command, Arguments& arguments) {
  command.add_option("--home", arguments.home, "Data directory")->envname("GREENROOM_HOME")->capture_default_str();
}

int Report(const CommandLine& line, const Result<BackupManifest>& done, const std::string& text) {
  if (!done) return line.console.Fail(done.error());
  if (line.console.json) {
    line.console.PrintObject(done->ToJson());
    return kExitOk;
  }
  line.console.Note(text + ": " + std::to_string(done->files.size()) + " files, " + std::to_string(done->Bytes()) +
                    " bytes, of " + FormatIso8601(done->created_at));
  return kExitOk;
}

int Backup(const CommandLine& line, const Arguments& arguments) {
  auto done = WriteBackup({.home = arguments.home, .file = arguments.file, .program = std::string(EngineVersion())},
                          CheckModelFile);
  return Report(line, done, "wrote " + arguments.file);
}

int Verify(const CommandLine& line, const Arguments& arguments) {
  return Report(line, VerifyBackup(arguments.file), arguments.file + " is sound");
}

int Restore(const CommandLine& line, const Arguments& arguments) {
  auto done = RestoreBackup(arguments.file, arguments.home, CheckModelFile);
  return Report(line, done, "restored " + arguments.home);
}

int Diagnose(const CommandLine& line, const DoctorOptions& given) {
  DoctorOptions options = given;
  options.now = SystemClock().NowSeconds();
  std::vector<Finding> findings = Examine(options);
  line.console.PrintRows(FindingsToJson(findings), {"check", "status", "detail", "fix"});
  return AnyFailure(findings) ? kExitFailed : kExitOk;
}

}  // namespace

void AddBackupCommand(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("backup", "Back up a data directory, also while its server runs");
  auto arguments = std::make_shared<Arguments>();
  AddHome(*command, *arguments);
  auto* to = command->add_option("--to", arguments->file, "File to write");
  auto* verify = command->add_subcommand("verify", "Check a backup");
  auto checked = std::make_shared<Arguments>();
  verify->add_option("file", checked->file, "Backup")->required();
  verify->callback([&line, checked] { line.run = [&line, checked] { return Verify(line, *checked); }; });
  command->callback([&line, arguments, verify, to] {
    if (verify->parsed()) return;
    if (to->count() == 0) throw CLI::RequiredError("--to");
    line.run = [&line, arguments] { return Backup(line, *arguments); };
  });
}

void AddRestoreCommand(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("restore", "Put a backup into a new data directory");
  auto arguments = std::make_shared<Arguments>();
  AddHome(*command, *arguments);
  command->add_option("--from", arguments->file, "Backup")->required();
  command->callback([&line, arguments] { line.run = [&line, arguments] { return Restore(line, *arguments); }; });
}

void AddDoctorCommand(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("doctor", "Check a data directory and the machine around it");
  auto options = std::make_shared<DoctorOptions>(DoctorOptions{.home = ".greenroom"});
  command->add_option("--home", options->home, "Data directory")->envname("GREENROOM_HOME")->capture_default_str();
  command->add_option("--address", options->address, "Address that the server listens on")->capture_default_str();
  command->add_option("--port", options->port, "Port of the server")->capture_default_str();
  command->callback([&line, options] { line.run = [&line, options] { return Diagnose(line, *options); }; });
}

}  // namespace greenroom

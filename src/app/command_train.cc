#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <thread>

#include "app/commands.h"
#include "app/project.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/mutex.h"
#include "base/random.h"
#include "nlu/register.h"
#include "training/train_model.h"

namespace greenroom {
namespace {

struct TrainArguments {
  ProjectArguments project;
  std::string output;
  std::string name;
  uint64_t seed = 42;
  size_t threads = 0;
  bool json_progress = false;
  bool skip_validation = false;
};

// Progress as lines of JSON for the process that started us.
class JsonProgress final : public TrainProgress {
 public:
  void Report(std::string_view step, double fraction) override {
    MutexLock lock(mutex_);
    std::cout << Json::Object({{"step", step}, {"fraction", fraction}}).Dump() << std::endl;
  }
  bool cancelled() const override { return false; }

 private:
  Mutex mutex_;
};

class LineProgress final : public TrainProgress {
 public:
  LineProgress() : line_(std::cerr, IsTerminal(STDERR_FILENO), SystemClock()), begun_(SystemClock().NowSeconds()) {}
  void Report(std::string_view step, double fraction) override {
    MutexLock lock(mutex_);
    const double spent = SystemClock().NowSeconds() - begun_;
    line_.Update({.step = std::string(step), .fraction = fraction, .seconds_left = SecondsLeft(spent, fraction)});
  }
  bool cancelled() const override { return false; }

 private:
  Mutex mutex_;
  ProgressLine line_ GUARDED_BY(mutex_);
  double begun_;
};

int Report(const CommandLine& line, const TrainArguments& arguments, const Error& error) {
  if (!arguments.json_progress) return line.console.Fail(error);
  std::cout << Json::Object({{"error", Json::Object({{"reason", error.reason}, {"message", error.message}})}}).Dump()
            << std::endl;
  return ExitStatusOf(error);
}

// The folder of a file; `.` for a name alone.
std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The newest package beside the output, whose unchanged components are reused.
std::shared_ptr<const Package> Previous(const std::string& output) {
  std::string directory = FolderOf(output);
  auto files = ListFiles(directory);
  if (!files) return nullptr;
  for (auto name = files->rbegin(); name != files->rend(); ++name) {
    if (!name->ends_with(".grm")) continue;
    auto package = Package::Open(directory + "/" + *name);
    return package ? *package : nullptr;
  }
  return nullptr;
}

int Train(const CommandLine& line, TrainArguments arguments) {
  if (arguments.name.empty())
    arguments.name = NewModelName(SystemClock().NowSeconds(), std::stoull(NewId().substr(0, 8), nullptr, 16));
  if (arguments.output.empty()) arguments.output = arguments.project.paths.root + "/models/" + arguments.name + ".grm";
  std::string directory = FolderOf(arguments.output);
  if (auto made = CreateDirectories(directory); !made) return Report(line, arguments, made.error());
  if (::access(directory.c_str(), W_OK) != 0) return Report(line, arguments, FileError(directory, errno, "writing to"));

  LoadedSource loaded = LoadProject(arguments.project);
  if (!arguments.skip_validation) ValidateSource(loaded.source, loaded.diagnostics);
  Result<TrainedModel> trained =
      Error{ErrorCode::kInvalidArgument, "source_invalid",
            "the source has " + std::to_string(loaded.diagnostics.error_count()) + " error(s); nothing was trained"};
  if (!loaded.diagnostics.has_errors()) {
    ComponentRegistry components;
    RegisterNluComponents(components);
    std::unique_ptr<TrainProgress> progress;
    if (arguments.json_progress)
      progress = std::make_unique<JsonProgress>();
    else
      progress = std::make_unique<LineProgress>();
    size_t threads = arguments.threads > 0 ? arguments.threads : std::max(1u, std::thread::hardware_concurrency());
    trained = TrainModel(loaded.source, components,
                         {.output = arguments.output,
                          .name = arguments.name,
                          .seed = arguments.seed,
                          .threads = threads,
                          .progress = progress.get(),
                          .previous = Previous(arguments.output)},
                         loaded.diagnostics);
  }
  if (arguments.json_progress)
    std::cout << Json::Object({{"diagnostics", ToJson(loaded.diagnostics)}}).Dump() << std::endl;
  else if (!loaded.diagnostics.items().empty() && !line.console.json)
    line.console.PrintDiagnostics(loaded.diagnostics, loaded.texts, 20);
  if (!trained) {
    int status = Report(line, arguments, trained.error());
    return loaded.diagnostics.has_errors() ? static_cast<int>(kExitProblems) : status;
  }
  Json result = Json::Object({{"name", arguments.name},
                              {"path", trained->path},
                              {"digest", trained->digest},
                              {"seconds", trained->seconds},
                              {"reused_components", trained->reused_components}});
  if (arguments.json_progress)
    std::cout << Json::Object({{"result", result}}).Dump() << std::endl;
  else
    line.console.PrintObject(result);
  return kExitOk;
}

}  // namespace

void AddTrainCommand(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("train", "Train a model package from a project");
  auto arguments = std::make_shared<TrainArguments>();
  AddProjectOptions(*command, arguments->project);
  command->add_option("--output,--out", arguments->output,
                      "Path of the package (default: <project>/models/<name>.grm)");
  command->add_option("--name", arguments->name, "Name of the model");
  command->add_option("--seed", arguments->seed, "Seed of all random choices");
  command->add_option("--threads", arguments->threads, "Threads; the result does not depend on it")
      ->check(CLI::Range(1, 256));
  command
      ->add_option_function<std::string>(
          "--progress", [arguments](const std::string& mode) { arguments->json_progress = mode == "json"; },
          "Progress for people or as JSON lines")
      ->check(CLI::IsMember({"auto", "json"}));
  command->add_flag("--skip-validation", arguments->skip_validation, "Train although checks across files find errors");
  command->callback([&line, arguments] { line.run = [&line, arguments] { return Train(line, *arguments); }; });
}

}  // namespace greenroom

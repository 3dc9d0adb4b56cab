#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>

#include "app/commands.h"
#include "app/conversation_import.h"
#include "app/platform_client.h"
#include "base/clock.h"
#include "base/files.h"
#include "storage/sqlite_store.h"

namespace greenroom {
namespace {

constexpr char kModels[] = "/api/projects/default/models";

struct Arguments {
  std::string from, home = ".greenroom", environment = "production", folder;
  PlatformArguments platform;
};

// The report is printed also when much was not taken: exit status 3 says so to scripts.
int PrintReport(const Console& console, const Json& report, const std::string& summary) {
  if (console.json) {
    console.PrintObject(report);
  } else {
    console.Note(summary);
    if (report["not_taken"].size() > 0) console.PrintRows(report["not_taken"], {"what", "reason"});
  }
  return report["not_taken"].size() == 0 ? kExitOk : kExitProblems;
}

Result<ImportReport> ImportStore(const Arguments& arguments) {
  GR_ASSIGN(auto from, OutsideTrackerStore::Open(arguments.from));
  GR_TRY(CreateDirectories(arguments.home));
  GR_ASSIGN(auto store, SqliteStore::Open(arguments.home + "/greenroom.db", {}));
  Registry registry(store->registry(), SystemClock());
  GR_TRY(registry.EnsureDefaults());
  GR_ASSIGN(EnvironmentRecord environment, registry.GetEnvironment("default", arguments.environment));
  return ImportConversations(*from, store->turns(), {.environment = environment.name});
}

int RunStoreImport(const CommandLine& line, const Arguments& arguments) {
  auto report = ImportStore(arguments);
  if (!report) {
    Error error = report.error();
    if (error.reason == "store_in_use") error.help = "stop the server of this data directory while importing";
    return line.console.Fail(error);
  }
  return PrintReport(line.console, report->ToJson(),
                     "took " + std::to_string(report->events) + " events of " + std::to_string(report->conversations) +
                         " conversations; " + std::to_string(report->events_there) + " events were there before");
}

bool IsModelFile(const std::string& name) { return name.ends_with(".tar.gz") || name.ends_with(".grm"); }

std::string ModelName(const std::string& file) {
  std::string name = std::filesystem::path(file).filename();
  return name.substr(0, name.size() - (name.ends_with(".grm") ? 4 : 7));
}

// Uploads what the server does not list yet; a file of the same name and size is taken for the same model.
class ModelImport {
 public:
  ModelImport(PlatformClient& client, std::string folder) : client_(client), folder_(std::move(folder)) {}

  Result<Json> Run() {
    GR_ASSIGN(Json rows, client_.Call("GET", kModels));
    for (const Json& row : rows.array()) there_[row["model"].AsString()] = row["bytes"].AsInt(-1);
    GR_ASSIGN(std::vector<std::string> files, ListFiles(folder_));
    for (const std::string& file : files) GR_TRY(Take(file));
    return Json::Object({{"models", taken_}, {"models_there", found_}, {"not_taken", std::move(not_taken_)}});
  }

 private:
  void Refuse(const std::string& file, const std::string& reason) {
    not_taken_.Append(Json::Object({{"what", file}, {"reason", reason}}));
  }

  // Only what would fail for every file ends the run.
  Result<void> Take(const std::string& file) {
    if (!IsModelFile(file)) {
      Refuse(file, "not a model: its name ends neither in .tar.gz nor in .grm");
      return {};
    }
    std::string path = folder_ + "/" + file, name = ModelName(file);
    GR_ASSIGN(uint64_t bytes, FileSize(path));
    auto there = there_.find(name);
    if (there != there_.end() && there->second == static_cast<int64_t>(bytes)) {
      ++found_;
      return {};
    }
    auto answer = client_.Upload(std::string(kModels) + "?name=" + PathSegment(name), path);
    if (answer) {
      ++taken_;
      return {};
    }
    const Error& error = answer.error();
    if (error.code == ErrorCode::kUnauthenticated || error.code == ErrorCode::kPermissionDenied ||
        error.code == ErrorCode::kUnavailable || error.reason == "connect_failed")
      return error;
    Refuse(file, error.message);
    return {};
  }

  PlatformClient& client_;
  std::string folder_;
  std::map<std::string, int64_t> there_;
  int64_t taken_ = 0, found_ = 0;
  Json not_taken_ = Json::List();
};

int RunModelImport(const CommandLine& line, const Arguments& arguments) {
  auto client = PlatformClient::Connect(arguments.platform);
  if (!client) return line.console.Fail(client.error());
  auto report = ModelImport(**client, arguments.folder).Run();
  if (!report) return line.console.Fail(report.error());
  return PrintReport(line.console, *report,
                     "took " + std::to_string((*report)["models"].AsInt()) + " models; " +
                         std::to_string((*report)["models_there"].AsInt()) + " were there before");
}

}  // namespace

void AddImportCommand(CLI::App& app, CommandLine& line) {
  auto* import = app.add_subcommand("import", "Take over what a team has");
  import->require_subcommand(1);
  auto arguments = std::make_shared<Arguments>();
  auto* store = import->add_subcommand("tracker-store", "Conversations of a Rasa SQL tracker store (server stopped)");
  store->add_option("--from", arguments->from, "sqlite:PATH or postgresql://USER@HOST/DATABASE")->required();
  store->add_option("--home", arguments->home, "Data directory")->envname("GREENROOM_HOME")->capture_default_str();
  store->add_option("--environment", arguments->environment, "Where the conversations belong")->capture_default_str();
  store->callback([&line, arguments] { line.run = [&line, arguments] { return RunStoreImport(line, *arguments); }; });
  auto models = std::make_shared<Arguments>();
  auto* folder = import->add_subcommand("models", "A folder of model packages and Rasa model archives");
  folder->add_option("folder", models->folder, "Folder with .tar.gz and .grm files")
      ->required()
      ->check(CLI::ExistingDirectory);
  AddPlatformOptions(*folder, models->platform);
  folder->callback([&line, models] { line.run = [&line, models] { return RunModelImport(line, *models); }; });
}

}  // namespace greenroom

#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/platform_client.h"
#include "assistant/environments_file.h"
#include "base/environment.h"
#include "base/files.h"
#include "registry/names.h"

namespace greenroom {
namespace {

struct ImportArguments {
  PlatformArguments platform;
  std::string file = "environments.yml";
  bool prune = false;
};

Json DescribeEntry(const EnvironmentEntry& entry) {
  return Json::Object({{"name", entry.name}, {"url", entry.url}, {"token", entry.token}});
}

// One by one: a name that the file does not have stays as it is.
Result<void> PutEach(PlatformClient& client, const EnvironmentsFile& file) {
  for (const EnvironmentEntry& entry : file.entries) {
    Json body = Json::Object({{"url", entry.url}, {"token", entry.token}});
    Result<Json> answer = client.Call("PUT", "/api/environments/" + PathSegment(entry.name), body);
    if (!answer) return std::move(answer).error().With("environment `" + entry.name + "`");
  }
  return {};
}

// All at once, so that what is not in the file goes.
Result<void> PutSet(PlatformClient& client, const EnvironmentsFile& file) {
  Json list = Json::List();
  for (const EnvironmentEntry& entry : file.entries) list.Append(DescribeEntry(entry));
  GR_ASSIGN(Json answer, client.Call("PUT", "/api/environments", list));
  (void)answer;
  return {};
}

Result<void> Import(const Console& console, const ImportArguments& arguments) {
  GR_ASSIGN(std::string text, ReadFile(arguments.file, 1u << 20));
  Diagnostics diagnostics;
  EnvironmentsFile file =
      ReadEnvironmentsFile({.file = arguments.file, .text = std::make_shared<const std::string>(std::move(text))},
                           {ProcessEnvironment(), CheckEnvironmentName}, diagnostics);
  if (diagnostics.has_errors()) {
    return Error{ErrorCode::kInvalidArgument, "environments_file_invalid", ListProblems(diagnostics),
                 "nothing of the file was taken over"};
  }
  if (!diagnostics.items().empty()) console.Note(ListProblems(diagnostics));
  GR_ASSIGN(std::unique_ptr<PlatformClient> client, PlatformClient::Connect(arguments.platform));
  GR_TRY(arguments.prune ? PutSet(*client, file) : PutEach(*client, file));
  Json rows = Json::List();
  for (const EnvironmentEntry& entry : file.entries) {
    rows.Append(Json::Object({{"name", entry.name},
                              {"kind", entry.url.empty() ? "embedded" : "remote"},
                              {"url", entry.url},
                              {"token", entry.token.empty() ? "none" : "set"}}));
  }
  console.PrintRows(rows, {"name", "kind", "url", "token"});
  return {};
}

}  // namespace

void AddEnvironmentImport(CLI::App& environment, CommandLine& line) {
  auto arguments = std::make_shared<ImportArguments>();
  CLI::App* command = environment.add_subcommand("import", "Take over the environments of an environments.yml");
  AddPlatformOptions(*command, arguments->platform);
  command->add_option("file", arguments->file, "The file; ${NAME} is replaced from the variables of this shell")
      ->capture_default_str();
  command->add_flag("--prune", arguments->prune, "Remove environments that the file does not have");
  command->callback([&line, arguments] {
    line.run = [&line, arguments] {
      Result<void> done = Import(line.console, *arguments);
      return done ? static_cast<int>(kExitOk) : line.console.Fail(done.error());
    };
  });
}

}  // namespace greenroom

#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "app/commands.h"
#include "app/server.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "storage/sqlite_store.h"

namespace greenroom {
namespace {

// The description is taken from a real server on a free port, so that it cannot differ from what is served.
int PrintDescription(const CommandLine& line) {
  char home[] = "/tmp/greenroom-openapi-XXXXXX";
  if (!::mkdtemp(home)) return line.console.Fail(FileError(home, errno, "creating"));
  SetLogLevel(LogLevel::kError);
  auto server = Server::Start({.home = home, .port = 0, .program = line.program});
  int status = kExitOk;
  if (server)
    line.console.Print((*server)->ApiDescription().Pretty());
  else
    status = line.console.Fail(server.error());
  if (server) (*server)->Stop();
  std::filesystem::remove_all(home);
  return status;
}

int Verify(const CommandLine& line, const std::string& home) {
  std::string file = home + "/greenroom.db";
  if (!FileExists(file))
    return line.console.Fail(
        {ErrorCode::kNotFound, "store_missing", "there is no store `" + file + "`", "name its folder with --home"});
  auto store = SqliteStore::Open(file, {});
  if (!store) return line.console.Fail(store.error());
  auto violations = (*store)->turns().Verify();
  if (!violations) return line.console.Fail(violations.error());
  for (const std::string& violation : *violations) line.console.Print(violation);
  if (!violations->empty()) return kExitFailed;
  line.console.Note("the store is sound");
  return kExitOk;
}

std::vector<std::string> NamesOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

// Words for bash, zsh and fish, generated from the command table itself.
std::string Completion(const CLI::App& app, const std::string& shell) {
  std::string nested;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    std::vector<std::string> names = NamesOf(*command);
    if (names.empty()) continue;
    if (shell == "fish") {
      nested += "complete -c greenroom -f -n '__fish_seen_subcommand_from " + command->get_name() + "' -a '" +
                Join(names, " ") + "'\n";
    } else {
      nested +=
          "    " + command->get_name() + ") COMPREPLY=($(compgen -W '" + Join(names, " ") + "' -- \"$word\")) ;;\n";
    }
  }
  std::string top = Join(NamesOf(app), " ");
  if (shell == "fish") return "complete -c greenroom -f -n '__fish_use_subcommand' -a '" + top + "'\n" + nested;
  std::string bash =
      "_greenroom() {\n  local word=${COMP_WORDS[COMP_CWORD]}\n  if ((COMP_CWORD == 1)); then\n    "
      "COMPREPLY=($(compgen -W '" +
      top + "' -- \"$word\"))\n    return\n  fi\n  case ${COMP_WORDS[1]} in\n" + nested +
      "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n  esac\n}\ncomplete -F _greenroom greenroom\n";
  return shell == "zsh" ? "autoload -U bashcompinit && bashcompinit\n" + bash : bash;
}

}  // namespace

void AddOpenApiCommand(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("openapi", "Print the description of the HTTP API");
  command->callback([&line] { line.run = [&line] { return PrintDescription(line); }; });
}

void AddVerifyCommand(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("verify", "Check the invariants of a store");
  auto home = std::make_shared<std::string>(".greenroom");
  command->add_option("--home", *home, "Data directory")->envname("GREENROOM_HOME")->capture_default_str();
  command->callback([&line, home] { line.run = [&line, home] { return Verify(line, *home); }; });
}

void AddCompletionCommand(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("completion", "Print shell completion");
  auto shell = std::make_shared<std::string>("bash");
  command->add_option("shell", *shell, "Which shell")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->capture_default_str();
  command->callback([&app, &line, shell] {
    line.run = [&app, &line, shell] {
      line.console.Print(Completion(app, *shell));
      return static_cast<int>(kExitOk);
    };
  });
}

}  // namespace greenroom

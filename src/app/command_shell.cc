#include <stdlib.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "app/commands.h"
#include "app/platform_client.h"
#include "app/server.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "pipeline/package.h"

namespace greenroom {
namespace {

constexpr size_t kMaxLine = 64u << 10;

struct ShellArguments {
  PlatformArguments platform;
  std::string environment = "production";
  std::string conversation;
  std::string model;
};

void Say(const Console& console, const Json& messages) {
  for (const Json& message : messages.array()) {
    if (console.json) {
      console.Print(message.Dump());
      continue;
    }
    if (message["text"].is_string()) console.Print("< " + EscapeControls(message["text"].AsString()));
    for (const Json& button : message["buttons"].array()) {
      console.Print("    [" + EscapeControls(button["title"].AsString()) + "]  " +
                    EscapeControls(button["payload"].AsString()));
    }
    for (const char* member : {"image", "attachment", "custom"}) {
      if (const Json* part = message.Find(member); part && !part->is_null())
        console.Print("    " + std::string(member) + ": " + part->Dump());
    }
  }
}

// One conversation until the end of input or /stop. A line that cannot be sent is reported and the session goes on.
int Converse(PlatformClient& client, const Console& console, const ShellArguments& arguments) {
  std::string conversation = arguments.conversation.empty() ? NewId() : arguments.conversation;
  std::string path = "/environments/" + PathSegment(arguments.environment) + "/webhooks/rest/webhook";
  bool prompt = IsTerminal(STDIN_FILENO);
  if (prompt)
    console.Note("talking to " + arguments.environment + " at " + client.server() +
                 "; /stop ends, /restart begins anew");
  std::string text;
  while (true) {
    if (prompt) std::cerr << "> " << std::flush;
    if (!std::getline(std::cin, text) || text == "/stop") return kExitOk;
    if (text.empty()) continue;
    if (text.size() > kMaxLine || !IsValidUtf8(text) || text.find('\0') != std::string::npos) {
      console.Note("error: the line is longer than 64 KiB or no valid UTF-8 text");
      continue;
    }
    auto answer = client.Call(
        "POST", path, Json::Object({{"sender", conversation}, {"message", text}, {"input_channel", "cmdline"}}));
    if (!answer && answer.error().code == ErrorCode::kUnavailable) return console.Fail(answer.error());
    if (!answer)
      console.Fail(answer.error());
    else
      Say(console, *answer);
  }
}

// A server of its own for one package, gone with the shell.
Result<std::unique_ptr<Server>> ServeAlone(const CommandLine& line, const std::string& file, const std::string& home) {
  GR_ASSIGN(std::string bytes, ReadFile(file, size_t{4} << 30));
  GR_TRY(CreateDirectories(home + "/models"));
  GR_TRY(WriteFileDurably(home + "/models/shell.grm", bytes));
  SetLogLevel(LogLevel::kError);
  GR_ASSIGN(std::unique_ptr<Server> server, Server::Start({.home = home, .port = 0, .program = line.program}));
  GR_ASSIGN(ModelRecord record, server->Register("models/shell.grm", "shell", "shell"));
  GR_ASSIGN(DeploymentRecord moved, server->Promote("production", record.name, "shell"));
  (void)moved;
  server->WaitSettled();
  return server;
}

int Shell(const CommandLine& line, ShellArguments arguments) {
  std::unique_ptr<Server> alone;
  std::string home;
  if (!arguments.model.empty()) {
    char name[] = "/tmp/greenroom-shell-XXXXXX";
    if (!::mkdtemp(name)) return line.console.Fail(FileError(name, errno, "creating"));
    home = name;
    auto server = ServeAlone(line, arguments.model, home);
    if (!server) {
      std::filesystem::remove_all(home);
      return line.console.Fail(server.error());
    }
    alone = std::move(*server);
    arguments.platform.server = "http://127.0.0.1:" + std::to_string(alone->port());
  }
  auto client = PlatformClient::Connect(arguments.platform);
  int status = client ? Converse(**client, line.console, arguments) : line.console.Fail(client.error());
  alone.reset();
  if (!home.empty()) std::filesystem::remove_all(home);
  return status;
}

}  // namespace

void AddShellCommand(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("shell", "Talk to an assistant in the terminal");
  auto arguments = std::make_shared<ShellArguments>();
  AddPlatformOptions(*command, arguments->platform);
  command->add_option("--environment,-e", arguments->environment, "Environment to talk to")->capture_default_str();
  command->add_option("--conversation", arguments->conversation, "Conversation id (default: a new one)");
  command->add_option("--model,-m", arguments->model, "Talk to this package file without a server")
      ->check(CLI::ExistingFile);
  command->callback([&line, arguments] { line.run = [&line, arguments] { return Shell(line, *arguments); }; });
}

}  // namespace greenroom

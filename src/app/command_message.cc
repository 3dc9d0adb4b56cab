#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/platform_client.h"

namespace greenroom {
namespace {

struct Arguments {
  PlatformArguments platform;
  std::string environment;
  int64_t message = 0, limit = 50;
};

Result<void> List(PlatformClient& client, const Console& console, const Arguments& arguments) {
  std::string path = "/api/messages/failed?limit=" + std::to_string(arguments.limit);
  if (!arguments.environment.empty()) path += "&environment=" + PathSegment(arguments.environment);
  GR_ASSIGN(Json rows, client.Call("GET", path));
  console.PrintRows(WithTimes(console, std::move(rows), "received_at"),
                    {"id", "environment", "conversation", "received_at", "text", "reason"});
  return {};
}

Result<void> Requeue(PlatformClient& client, const Console& console, const Arguments& arguments) {
  const std::string id = std::to_string(arguments.message);
  GR_ASSIGN(Json answer, client.Call("POST", "/api/messages/" + id + "/requeue"));
  if (console.json) {
    console.Print(answer.Dump());
    return {};
  }
  console.Note("message " + id + " has its turn now");
  for (const Json& reply : answer["replies"].array()) console.Print(reply["text"].AsString());
  return {};
}

}  // namespace

void AddMessageCommand(CLI::App& app, CommandLine& line) {
  auto* message = app.add_subcommand("message", "Messages whose turn failed, on a running server");
  message->require_subcommand(1);
  auto arguments = std::make_shared<Arguments>();
  auto add = [&](Words words, Result<void> (*work)(PlatformClient&, const Console&, const Arguments&)) {
    return AddPlatformCommand(
        *message, line, words, arguments->platform,
        [&line, arguments, work](PlatformClient& client) { return work(client, line.console, *arguments); });
  };
  CLI::App* list = add({"list", "Messages that were set aside, latest first"}, List);
  list->add_option("--environment", arguments->environment, "Only those of this environment");
  list->add_option("--limit", arguments->limit, "At most so many")->check(CLI::Range(1, 1000));
  add({"requeue", "Give a message that was set aside another turn"}, Requeue)
      ->add_option("message", arguments->message, "Its id, as `message list` shows it")
      ->required()
      ->check(CLI::PositiveNumber);
}

}  // namespace greenroom

#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/platform_client.h"
#include "base/clock.h"

namespace greenroom {
namespace {

constexpr char kModels[] = "/api/projects/default/models";

struct Arguments {
  PlatformArguments platform;
  std::string name, other, file, url, remote_token, reason;
  int64_t limit = 50;
};

using Work = std::function<Result<void>(PlatformClient&, const Console&, const Arguments&)>;

CLI::App* AddWork(CLI::App& parent, CommandLine& line, Words words, std::shared_ptr<Arguments> arguments, Work work) {
  return AddPlatformCommand(parent, line, words, arguments->platform,
                            [&line, arguments, work = std::move(work)](PlatformClient& client) {
                              return work(client, line.console, *arguments);
                            });
}

Result<void> ListModels(PlatformClient& client, const Console& console, const Arguments&) {
  GR_ASSIGN(Json rows, client.Call("GET", kModels));
  console.PrintRows(WithTimes(console, std::move(rows), "trained_at"),
                    {"number", "model", "tags", "trained_at", "bytes", "hash"});
  return {};
}

Result<void> ShowModel(PlatformClient& client, const Console& console, const Arguments& arguments) {
  GR_ASSIGN(Json rows, client.Call("GET", kModels));
  for (const Json& row : rows.array()) {
    if (row["model"].AsString() != arguments.name && row["hash"].AsString() != arguments.name) continue;
    console.PrintObject(row);
    return {};
  }
  return Error{ErrorCode::kNotFound, "model_not_found", "there is no model `" + arguments.name + "`",
               "list them with `greenroom model list`"};
}

std::string TagPath(const Arguments& arguments) {
  return std::string(kModels) + "/" + PathSegment(arguments.name) + "/tags/" + PathSegment(arguments.other);
}

Result<void> Say(Result<Json> answer, const Console& console, const std::string& done) {
  if (!answer) return std::move(answer).error();
  if (console.json)
    console.Print(answer->Dump());
  else
    console.Note(done);
  return {};
}

void AddModelCommands(CLI::App& model, CommandLine& line) {
  auto make = [] { return std::make_shared<Arguments>(); };
  AddWork(model, line, {"list", "All models, newest first"}, make(), ListModels);
  auto show = make();
  AddWork(model, line, {"show", "One model"}, show, ShowModel)
      ->add_option("model", show->name, "Name or digest")
      ->required();
  auto tag = make();
  CLI::App* command =
      AddWork(model, line, {"tag", "Move a tag to a model"}, tag,
              [](PlatformClient& client, const Console& console, const Arguments& a) {
                return Say(client.Call("PUT", TagPath(a)), console, a.name + " now carries the tag " + a.other);
              });
  command->add_option("model", tag->name, "Name of the model")->required();
  command->add_option("tag", tag->other, "Name of the tag")->required();
  auto untag = make();
  command = AddWork(model, line, {"untag", "Take a tag off a model"}, untag,
                    [](PlatformClient& client, const Console& console, const Arguments& a) {
                      return Say(client.Call("DELETE", TagPath(a)), console,
                                 a.name + " no longer carries the tag " + a.other);
                    });
  command->add_option("model", untag->name, "Name of the model")->required();
  command->add_option("tag", untag->other, "Name of the tag")->required();
  auto remove = make();
  AddWork(model, line, {"delete", "Delete a model that carries no tag"}, remove,
          [](PlatformClient& client, const Console& console, const Arguments& a) {
            return Say(client.Call("DELETE", std::string(kModels) + "/" + PathSegment(a.name)), console,
                       "deleted " + a.name);
          })
      ->add_option("model", remove->name, "Name of the model")
      ->required();
  auto upload = make();
  command = AddWork(model, line, {"upload", "Upload a model package"}, upload,
                    [](PlatformClient& client, const Console& console, const Arguments& a) {
                      std::string path = std::string(kModels) + (a.name.empty() ? "" : "?name=" + PathSegment(a.name));
                      return Say(client.Upload(path, a.file), console, "uploaded " + a.file);
                    });
  command->add_option("file", upload->file, "Package file")->required()->check(CLI::ExistingFile);
  command->add_option("--name", upload->name, "Name of the model (default: the one in the package)");
  auto download = make();
  command = AddWork(model, line, {"download", "Fetch the package of a model"}, download,
                    [](PlatformClient& client, const Console& console, const Arguments& a) -> Result<void> {
                      std::string file = a.file.empty() ? a.name + ".grm" : a.file;
                      GR_TRY(client.Download(std::string(kModels) + "/" + PathSegment(a.name), file));
                      console.Note("wrote " + file);
                      return {};
                    });
  command->add_option("model", download->name, "Name of the model")->required();
  command->add_option("--output,--out", download->file, "File to write");
}

std::string EnvironmentPath(const Arguments& arguments) { return "/api/environments/" + PathSegment(arguments.name); }

Result<void> ListEnvironments(PlatformClient& client, const Console& console, const Arguments&) {
  GR_ASSIGN(Json rows, client.Call("GET", "/api/environments"));
  console.PrintRows(rows, {"name", "kind", "state", "wanted", "serving", "version", "epoch", "failure"});
  return {};
}

Result<void> History(PlatformClient& client, const Console& console, const Arguments& arguments) {
  GR_ASSIGN(Json rows,
            client.Call("GET", EnvironmentPath(arguments) + "/deployments?limit=" + std::to_string(arguments.limit)));
  console.PrintRows(WithTimes(console, std::move(rows), "at"),
                    {"epoch", "at", "model", "previous_model", "actor", "reason"});
  return {};
}

Result<void> ShowTraffic(PlatformClient& client, const Console& console, const Arguments& arguments) {
  GR_ASSIGN(Json rows, client.Call("GET", EnvironmentPath(arguments) + "/traffic"));
  console.PrintRows(WithTimes(console, std::move(rows), "at"), {"at", "turns", "failed", "p50", "p95"});
  return {};
}

// What an environment was to serve, and how it did.
void AddLookingBack(CLI::App& environment, CommandLine& line) {
  auto make = [] { return std::make_shared<Arguments>(); };
  auto history = make();
  CLI::App* command =
      AddWork(environment, line, {"history", "Which models an environment was to serve"}, history, History);
  command->add_option("environment", history->name, "Name of the environment")->required();
  command->add_option("--limit", history->limit, "At most so many")->check(CLI::Range(1, 1000));
  auto traffic = make();
  AddWork(environment, line, {"traffic", "Turns of the last hour, minute by minute; times in seconds"}, traffic,
          ShowTraffic)
      ->add_option("environment", traffic->name, "Name of the environment")
      ->required();
}

void AddEnvironmentCommands(CLI::App& environment, CommandLine& line) {
  auto make = [] { return std::make_shared<Arguments>(); };
  AddWork(environment, line, {"list", "All environments: wanted and serving model"}, make(), ListEnvironments);
  auto add = make();
  CLI::App* command = AddWork(environment, line, {"add", "Add or change an environment"}, add,
                              [](PlatformClient& client, const Console& console, const Arguments& a) {
                                Json body = Json::Object();
                                if (!a.url.empty()) body.Set("url", a.url);
                                if (!a.remote_token.empty()) body.Set("token", a.remote_token);
                                return Say(client.Call("PUT", EnvironmentPath(a), body), console,
                                           "environment " + a.name + " is there");
                              });
  command->add_option("environment", add->name, "Name")->required();
  command->add_option("--url", add->url, "Address of a remote server; without it the environment is embedded");
  command->add_option("--remote-token", add->remote_token, "Token that the remote server wants");
  auto remove = make();
  AddWork(environment, line, {"remove", "Remove an environment"}, remove,
          [](PlatformClient& client, const Console& console, const Arguments& a) {
            return Say(client.Call("DELETE", EnvironmentPath(a)), console, "removed environment " + a.name);
          })
      ->add_option("environment", remove->name, "Name")
      ->required();
  auto promote = make();
  command = AddWork(environment, line, {"promote", "Serve a model in an environment"}, promote,
                    [](PlatformClient& client, const Console& console, const Arguments& a) {
                      Json body = Json::Object({{"model", a.other}, {"reason", a.reason}});
                      return Say(client.Call("POST", EnvironmentPath(a) + "/promote", body), console,
                                 a.name + " is to serve " + a.other);
                    });
  command->add_option("environment", promote->name, "Name of the environment")->required();
  command->add_option("model", promote->other, "Name of the model")->required();
  command->add_option("--reason", promote->reason, "Kept in the history");
  auto rollback = make();
  command =
      AddWork(environment, line, {"rollback", "Serve the model before the latest move again"}, rollback,
              [](PlatformClient& client, const Console& console, const Arguments& a) {
                return Say(client.Call("POST", EnvironmentPath(a) + "/rollback", Json::Object({{"reason", a.reason}})),
                           console, "rolled " + a.name + " back");
              });
  command->add_option("environment", rollback->name, "Name of the environment")->required();
  command->add_option("--reason", rollback->reason, "Kept in the history");
  AddLookingBack(environment, line);
}

}  // namespace

void AddModelCommand(CLI::App& app, CommandLine& line) {
  auto* model = app.add_subcommand("model", "Models of a running server");
  model->require_subcommand(1);
  AddModelCommands(*model, line);
}

void AddEnvironmentCommand(CLI::App& app, CommandLine& line) {
  auto* environment = app.add_subcommand("environment", "Environments of a running server")->alias("env");
  environment->require_subcommand(1);
  AddEnvironmentCommands(*environment, line);
  AddEnvironmentImport(*environment, line);
}

}  // namespace greenroom

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "app/commands.h"
#include "app/example.h"
#include "app/server.h"
#include "app/stop_signal.h"
#include "assistant/endpoints_loader.h"
#include "assistant/source.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "webui/web_assets.h"

namespace greenroom {
namespace {

struct UpArguments {
  std::string home;
  std::string address = "127.0.0.1";
  int port = 5005;
  std::string project;
  std::string endpoints;
  std::string environments;
  std::string model;                                              // run: a package file
  std::string environment, platform, platform_token, auth_token;  // run: a server of a remote environment
  std::string jwt_secret, jwt_method = "HS256";
  std::vector<std::string> cors_origins;
  bool example = false;
  bool json_log = false;
  bool acknowledge_early = false;
  int workers = 0;
};

std::string HomeOf(const UpArguments& arguments) {
  if (!arguments.home.empty()) return arguments.home;
  return ProcessEnvironment()("GREENROOM_HOME").value_or(".greenroom");
}

Result<Endpoints> ReadEndpoints(const UpArguments& arguments) {
  SourcePaths paths{.root = arguments.project.empty() ? "." : arguments.project};
  std::string file = arguments.endpoints.empty() ? paths.root + "/" + paths.endpoints : arguments.endpoints;
  if (!FileExists(file)) {
    if (arguments.endpoints.empty()) return Endpoints{};
    return Error{ErrorCode::kNotFound, "file_missing", "there is no file `" + file + "`"};
  }
  GR_ASSIGN(std::string text, ReadFile(file, 16u << 20));
  Diagnostics diagnostics;
  Report report(diagnostics);
  auto root = ReadYaml({.file = file, .text = std::make_shared<const std::string>(std::move(text))},
                       ProcessEnvironment(), diagnostics);
  Endpoints endpoints = root ? LoadEndpoints(*root, report) : Endpoints{};
  for (const Diagnostic& problem : diagnostics.items()) {
    if (problem.severity != Severity::kError || problem.code == "Y007")
      continue;  // all comments: nothing is configured
    return Error{ErrorCode::kInvalidArgument, "endpoints_invalid",
                 problem.span.file + ":" + std::to_string(problem.span.line) + ":" +
                     std::to_string(problem.span.column) + ": " + problem.message,
                 problem.help};
  }
  return endpoints;
}

Result<OidcSettings> ReadOidcSettings() {
  auto variable = [](const char* name) {
    return ProcessEnvironment()(std::string("GREENROOM_OIDC_") + name).value_or("");
  };
  OidcSettings settings{.issuer = variable("ISSUER"),
                        .client_id = variable("CLIENT_ID"),
                        .client_secret = variable("CLIENT_SECRET"),
                        .redirect_uri = variable("REDIRECT_URI")};
  if (!variable("NAME_CLAIM").empty()) settings.name_claim = variable("NAME_CLAIM");
  if (!variable("ROLES_CLAIM").empty()) settings.roles_claim = variable("ROLES_CLAIM");
  GR_ASSIGN(settings.roles, ReadRoleMap(variable("ROLE_MAP")));
  return settings;
}

Result<ServerOptions> MakeOptions(const CommandLine& line, const UpArguments& arguments) {
  GR_ASSIGN(Endpoints endpoints, ReadEndpoints(arguments));
  GR_ASSIGN(OidcSettings oidc, ReadOidcSettings());
  auto variable = ProcessEnvironment();
  auto first = [&](const char* ours, const char* theirs) {
    auto value = variable(ours);
    return value ? *value : variable(theirs).value_or("");
  };
  return ServerOptions{
      .home = HomeOf(arguments),
      .address = arguments.address,
      .port = static_cast<uint16_t>(arguments.port),
      .project = arguments.project,
      .endpoints = std::move(endpoints),
      .environments_file = arguments.environments,
      .program = line.program,
      .admin_token = variable("GREENROOM_ADMIN_TOKEN"),
      .admin_user = first("GREENROOM_ADMIN_USER", "RASA_X_USERNAME"),
      .admin_password = first("GREENROOM_ADMIN_PASSWORD", "RASA_X_PASSWORD"),
      .workers = static_cast<size_t>(arguments.workers),
      .durable = !arguments.acknowledge_early,
      .oidc = std::move(oidc),
      .jwt_key = arguments.jwt_secret.empty() ? variable("JWT_SECRET").value_or("") : arguments.jwt_secret,
      .jwt_method = arguments.jwt_method,
      .cors_origins = arguments.cors_origins};
}

// Readable by the owner only; commands on this machine find their token there.
Result<void> KeepToken(const std::string& home, const std::string& token) {
  std::string path = home + "/admin-token";
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return FileError(path, errno, "creating");
  ssize_t written = ::write(fd, token.data(), token.size());
  ::close(fd);
  if (written != static_cast<ssize_t>(token.size())) return FileError(path, errno, "writing");
  return {};
}

// Trains one project and puts the model into an environment, with progress for people.
Result<std::string> TrainInto(Server& server, const std::string& project, const std::string& environment) {
  ProgressLine progress(std::cerr, IsTerminal(STDERR_FILENO), SystemClock());
  GR_ASSIGN(TrainingJob job, server.jobs().Submit({.source_directory = project, .actor = "up"}));
  while (job.state == JobState::kQueued || job.state == JobState::kTraining) {
    if (StopSignal::Wait(std::chrono::milliseconds(20)))
      return Error{ErrorCode::kCancelled, "cancelled", "stopped while training"};
    GR_ASSIGN(job, server.jobs().Find(job.id));
    progress.Update({.step = environment + ": " + job.step, .fraction = job.fraction, .seconds_left = job.eta_seconds});
  }
  progress.Clear();
  if (job.state != JobState::kDone) {
    return Error{ErrorCode::kInvalidArgument, job.error.empty() ? "training_failed" : job.error,
                 "training " + project + ": " + job.message, "see `greenroom data validate --project " + project + "`"};
  }
  GR_ASSIGN(DeploymentRecord moved, server.Promote(environment, job.model, "up"));
  (void)moved;
  return job.model;
}

// The example's second version greets differently, so that one sees who answers.
Result<void> WriteChangedExample(const std::string& directory) {
  GR_TRY(WriteExample(directory));
  GR_ASSIGN(std::string domain, ReadFile(directory + "/domain.yml"));
  domain = ReplaceAll(domain, "Good day, this is the hotel desk. How can I help?",
                      "Hello from the new hotel desk! What can I do for you?");
  domain = ReplaceAll(domain, "Welcome to the hotel. What can I do for you?", "Hi, the new desk is listening.");
  return WriteFileDurably(directory + "/domain.yml", domain);
}

Result<void> PrepareExample(Server& server, const std::string& home) {
  GR_ASSIGN(EnvironmentRecord production, server.registry().GetEnvironment("default", "production"));
  if (!FileExists(home + "/hotel/config.yml")) GR_TRY(WriteExample(home + "/hotel"));
  if (!FileExists(home + "/hotel-changed/config.yml")) GR_TRY(WriteChangedExample(home + "/hotel-changed"));
  if (production.wanted_model) return {};
  GR_ASSIGN(EnvironmentRecord experimental, server.registry().PutEnvironment({.name = "experimental"}));
  GR_TRY(TrainInto(server, home + "/hotel", "production"));
  GR_TRY(TrainInto(server, home + "/hotel-changed", experimental.name));
  return {};
}

// Variables that servers of Rasa X have too.
std::string VariableOf(const char* ours, const char* theirs) {
  auto lookup = ProcessEnvironment();
  auto value = lookup(ours);
  return value ? *value : lookup(theirs).value_or("");
}

// The token that whoever started the program chose; "" = none.
std::string GivenToken(const UpArguments& arguments) {
  if (!arguments.auth_token.empty()) return arguments.auth_token;
  std::string auth = arguments.environment.empty() ? "" : VariableOf("GREENROOM_AUTH_TOKEN", "RASA_TOKEN");
  return auth.empty() ? ProcessEnvironment()("GREENROOM_ADMIN_TOKEN").value_or("") : auth;
}

void PrintGuide(const CommandLine& line, Server& server, const UpArguments& arguments) {
  std::string url = "http://" + arguments.address + ":" + std::to_string(server.port());
  std::string text = "\nGreenroom answers at " + url + "\n";
  if (server.new_admin_token())
    text +=
        "admin token (shown once, kept in " + HomeOf(arguments) + "/admin-token): " + *server.new_admin_token() + "\n";
  text += "\nTalk to it:\n";
  for (const EnvironmentStatus& environment : server.environments().Status()) {
    if (!environment.serving) continue;
    text += "  curl -s " + url + "/environments/" + environment.name +
            "/webhooks/rest/webhook -H 'Content-Type: application/json' \\\n" +
            "       -d '{\"sender\": \"me\", \"message\": \"hello\"}'          # " + environment.name + "\n";
  }
  // As it can be pasted into another terminal: the program need not be installed, and the token lies in the home.
  std::string command = "GREENROOM_HOME=" + HomeOf(arguments) + " " + line.program;
  text += "\nLook around:\n  " + command + " environment list --server " + url + "\n  " + command +
          " model list --server " + url + "\n";
  if (!WebAssets().empty()) text += "  " + url + "/ui/ in a browser; sign in with the admin token\n";
  text += "Stop it with Ctrl-C.\n";
  line.console.Note(text);
}

int Serve(const CommandLine& line, Server& server, const UpArguments& arguments) {
  server.WaitSettled();
  PrintGuide(line, server, arguments);
  StopSignal::Wait();
  line.console.Note("stopping: running turns finish first");
  bool drained = server.Stop();
  if (!drained) line.console.Note("some turns did not finish in time; they are kept and taken up at the next start");
  return kExitOk;
}

Result<std::unique_ptr<Server>> StartServer(const CommandLine& line, const UpArguments& arguments) {
  if (arguments.json_log) SetLogFormat(LogFormat::kJson);
  GR_ASSIGN(ServerOptions options, MakeOptions(line, arguments));
  GR_ASSIGN(std::unique_ptr<Server> server, Server::Start(std::move(options)));
  if (server->new_admin_token()) GR_TRY(KeepToken(HomeOf(arguments), *server->new_admin_token()));
  return server;
}

int Up(const CommandLine& line, const UpArguments& arguments) {
  StopSignal::Install();
  auto server = StartServer(line, arguments);
  if (!server) return line.console.Fail(server.error());
  Result<void> prepared;
  if (arguments.example)
    prepared = PrepareExample(**server, HomeOf(arguments));
  else if (!arguments.project.empty()) {
    auto trained = TrainInto(**server, arguments.project, "production");
    if (!trained) prepared = std::move(trained).error();
  }
  if (!prepared) return line.console.Fail(prepared.error());
  return Serve(line, **server, arguments);
}

// Serves one package file as production, as `rasa run --model` does.
Result<void> ServePackage(Server& server, const std::string& home, const std::string& file) {
  GR_ASSIGN(std::string bytes, ReadFile(file, size_t{4} << 30));
  GR_ASSIGN(std::shared_ptr<const Package> package, Package::Open(file));
  std::string name = package->trailer()["name"].AsString();
  if (name.empty()) name = "model-" + package->digest().substr(0, 12);
  if (!server.registry().GetModel("default", name)) {
    std::string path = "models/" + package->digest() + ".grm";
    GR_TRY(WriteFileDurably(home + "/" + path, bytes));
    GR_ASSIGN(ModelRecord record, server.Register(path, name, "run"));
    (void)record;
  }
  GR_ASSIGN(DeploymentRecord moved, server.Promote("production", name, "run"));
  (void)moved;
  return {};
}

// A server of one environment: its model comes from the platform, and goes on coming.
int RunEnvironment(const CommandLine& line, const UpArguments& arguments) {
  auto options = MakeOptions(line, arguments);
  if (!options) return line.console.Fail(options.error());
  std::string token = arguments.platform_token.empty() ? VariableOf("GREENROOM_PLATFORM_TOKEN", "RASA_X_TOKEN")
                                                       : arguments.platform_token;
  options->platform =
      PlatformOptions{.url = arguments.platform, .token = std::move(token), .environment = arguments.environment};
  if (std::string given = GivenToken(arguments); !given.empty()) options->admin_token = std::move(given);
  if (arguments.json_log) SetLogFormat(LogFormat::kJson);
  auto server = Server::Start(std::move(*options));
  if (!server) return line.console.Fail(server.error());
  if ((*server)->new_admin_token()) {
    if (auto kept = KeepToken(HomeOf(arguments), *(*server)->new_admin_token()); !kept)
      return line.console.Fail(kept.error());
  }
  return Serve(line, **server, arguments);
}

int Run(const CommandLine& line, const UpArguments& arguments) {
  StopSignal::Install();
  if (!arguments.environment.empty()) return RunEnvironment(line, arguments);
  if (!FileExists(arguments.model)) {
    return line.console.Fail({ErrorCode::kInvalidArgument, "model_missing",
                              "there is no model package `" + arguments.model + "`",
                              "train one with `greenroom train`"});
  }
  auto server = StartServer(line, arguments);
  if (!server) return line.console.Fail(server.error());
  if (auto served = ServePackage(**server, HomeOf(arguments), arguments.model); !served)
    return line.console.Fail(served.error());
  return Serve(line, **server, arguments);
}

void AddServerOptions(CLI::App& command, UpArguments& arguments) {
  command.add_option("--home", arguments.home, "Data directory (GREENROOM_HOME; default .greenroom)");
  command.add_option("--port", arguments.port, "Port; 0 takes any free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command.add_option("--address", arguments.address, "Address to listen on")->capture_default_str();
  command.add_option("--endpoints", arguments.endpoints, "endpoints.yml with the action server");
  command.add_option("--environments", arguments.environments,
                     "environments.yml with the environments and their servers; followed while it changes");
  command.add_option("--workers", arguments.workers, "Threads that take turns (default: one per core)")
      ->check(CLI::Range(0, 256));
  command.add_option("--jwt-secret", arguments.jwt_secret,
                     "Key of the JWTs that the routes of a Rasa server take (better: JWT_SECRET)");
  command.add_option("--jwt-method", arguments.jwt_method, "HS256, or RS256 with a public key as the secret")
      ->capture_default_str();
  command.add_option(
      "--cors", arguments.cors_origins,
      "Origins whose pages may use the routes of a Rasa server, such as https://shop.example.org; * for all");
  command.add_flag("--json-log", arguments.json_log, "Log as JSON lines");
  command
      .add_flag("--acknowledge-before-commit", arguments.acknowledge_early,
                "LOSES MESSAGES: the negative control of the durability tests")
      ->group("");
}

}  // namespace

void AddUpCommand(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("up", "Serve everything from one process");
  auto arguments = std::make_shared<UpArguments>();
  AddServerOptions(*command, *arguments);
  command->add_option("--project,-p", arguments->project,
                      "Train this project, serve it as production and use it for training jobs");
  command->add_flag("--example", arguments->example, "Train and serve two versions of the bundled example");
  command->callback([&line, arguments] { line.run = [&line, arguments] { return Up(line, *arguments); }; });
}

void AddRunCommand(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("run", "Serve one model package, or the model of an environment of a platform");
  auto arguments = std::make_shared<UpArguments>();
  AddServerOptions(*command, *arguments);
  auto* model = command->add_option("--model,-m", arguments->model, "Package file");
  auto* environment =
      command->add_option("--environment", arguments->environment, "Serve the model of this environment of --platform");
  auto* platform = command->add_option("--platform", arguments->platform, "Address of the platform");
  environment->needs(platform)->excludes(model);
  platform->needs(environment);
  command->add_option("--token", arguments->platform_token,
                      "Token that the platform wants (better: GREENROOM_PLATFORM_TOKEN or RASA_X_TOKEN)");
  command->add_option("--auth-token", arguments->auth_token,
                      "Token that this server wants from the platform (better: GREENROOM_AUTH_TOKEN or RASA_TOKEN)");
  command->callback([&line, arguments] { line.run = [&line, arguments] { return Run(line, *arguments); }; });
}

}  // namespace greenroom

#include "app/server.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <thread>

#include "api/gate.h"
#include "api/held_requests.h"
#include "api/model_intake.h"
#include "api/routes.h"
#include "api/upload_session.h"
#include "app/environment_watch.h"
#include "app/outside_endpoint.h"
#include "app/platform_events.h"
#include "app/platform_follower.h"
#include "app/route_aliases.h"
#include "app/secret_file.h"
#include "base/executor.h"
#include "base/files.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "brokers/event_brokers.h"
#include "channels/action_server.h"
#include "channels/rasa_routes.h"
#include "channels/remote_http.h"
#include "channels/remote_routes.h"
#include "http/client.h"
#include "http/server.h"
#include "nlu/register.h"
#include "pipeline/package.h"
#include "serving/model_loader.h"
#include "storage/sqlite_store.h"
#include "training/train_model.h"
#include "webui/ui_routes.h"

namespace greenroom {
namespace {

constexpr char kFollowed[] = "production";

// What the platform knows this server by: made once, so that an event that is sent again is recognised.
Result<std::string> ServerId(const std::string& home) {
  std::string path = home + "/server-id";
  if (FileExists(path)) {
    GR_ASSIGN(std::string id, ReadFile(path, 256));
    return std::string(Trim(id));
  }
  std::string id = NewId();
  GR_TRY(WriteFileDurably(path, id + "\n"));
  return id;
}

size_t WorkersOf(const ServerOptions& options) {
  return options.workers > 0 ? options.workers : std::max(2u, std::thread::hardware_concurrency());
}

// Uploads and packages that a killed process left half-written.
void RemoveLeftovers(const std::string& directory) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".partial") std::filesystem::remove(entry.path(), error);
  }
}

std::vector<Route> AllRoutes(const ApiServices& services, const ChannelServices& channels) {
  std::vector<Route> routes = WithAliases(ForwardRemote(RasaRoutes(channels), *services.remotes));
  for (Route& route : ApiRoutes(services)) routes.push_back(std::move(route));
  auto description = std::make_shared<Json>();
  routes.push_back({.method = "GET",
                    .pattern = "/api/openapi.json",
                    .name = "openapi",
                    .policy = "public",
                    .summary = "This description",
                    .response_schema = TypeOf("object"),
                    .handler = [description](std::shared_ptr<HttpRequest>, Responder respond) {
                      respond(HttpResponse::Json(200, *description));
                    }});
  for (Route& route : UiRoutes(WebAssets())) routes.push_back(std::move(route));
  *description = DescribeApi(routes);
  return WithUiAtRoot(std::move(routes));
}

}  // namespace

struct Server::Parts {
  explicit Parts(ServerOptions given) : options(std::move(given)) {}

  ServerOptions options;
  ComponentRegistry components;
  std::unique_ptr<SqliteStore> store;
  std::unique_ptr<Registry> registry;
  std::unique_ptr<Accounts> accounts;
  std::optional<std::string> new_token;
  std::unique_ptr<HttpClient> client;
  std::unique_ptr<ActionServerClient> actions;
  std::unique_ptr<Executor> executor;
  std::unique_ptr<Executor> api_executor;
  Environments environments;
  std::unique_ptr<PackageModelLoader> loader;
  std::unique_ptr<Reconciler> reconciler;
  std::unique_ptr<RemoteHttp> remote_http;
  std::unique_ptr<RemoteServers> remotes;
  std::unique_ptr<EnvironmentWatch> environment_watch;
  HeldRequests held;
  std::unique_ptr<PlatformFollower> follower;
  std::unique_ptr<PlatformEvents> platform_events;
  std::unique_ptr<EventBrokers> brokers;
  std::unique_ptr<TurnService> turns;
  std::unique_ptr<JobQueue> jobs;
  std::unique_ptr<Router> router;
  std::unique_ptr<Gate> gate;
  std::unique_ptr<HttpServer> http;
  std::thread reconciler_thread;
  std::thread job_thread;
  std::thread remote_thread;
  std::thread follower_thread;
  std::thread events_thread;
  bool stopped = false;

  Result<void> OpenStore();
  Result<void> WireBrokers();
  Result<void> WireServing();
  Result<void> WireHttp();
  ApiServices Services();
  ChannelServices Channels();
  Result<void> Follow(const PlatformOptions& platform);
  Result<void> TakeFollowed(const FetchedModel& fetched);
  bool Stop();
};

Result<void> Server::Parts::OpenStore() {
  GR_TRY(CreateDirectories(options.home + "/models"));
  RemoveLeftovers(options.home + "/models");
  GR_TRY(CheckOidcSettings(options.oidc));
  GR_ASSIGN(SecretBox box, OpenSecretFile(options.home + "/secret.key"));
  GR_ASSIGN(store, SqliteStore::Open(options.home + "/greenroom.db", {.durable = options.durable, .box = box}));
  registry = std::make_unique<Registry>(store->registry(), SystemClock());
  GR_TRY(registry->EnsureDefaults());
  GR_TRY(RemoveUnnamedUploads(*registry, options.home));
  GR_TRY(RemoveOldUploads(options.home, SystemClock().NowSeconds()));
  accounts = std::make_unique<Accounts>(store->accounts(), SystemClock(), std::move(box));
  if (!options.jwt_key.empty()) {
    GR_ASSIGN(JwtKey key, JwtKey::Configured(options.jwt_method, options.jwt_key));
    accounts->TakeRasaTokens(std::move(key));
  }
  GR_ASSIGN(FirstAccess access, accounts->EnsureDefaults({.admin_token = options.admin_token,
                                                          .username = options.admin_user,
                                                          .password = options.admin_password}));
  new_token = std::move(access.admin_token);
  return {};
}

Result<void> Server::Parts::WireBrokers() {
  GR_ASSIGN(BrokerTraffic traffic,
            ReadBrokerTraffic(options.endpoints.event_broker, options.endpoints.event_intake, options.variables));
  std::string server;
  if (traffic.out || !traffic.in.empty()) {
    GR_ASSIGN(server, ServerId(options.home));
  }
  auto exists = [this](const std::string& environment) -> Result<bool> {
    auto found = registry->GetEnvironment("default", environment);
    if (!found && found.error().code != ErrorCode::kNotFound && found.error().code != ErrorCode::kInvalidArgument)
      return std::move(found).error();
    return found.ok();
  };
  GR_ASSIGN(brokers, EventBrokers::Create({.outbox = store->outbox(),
                                           .turns = store->turns(),
                                           .environment_exists = std::move(exists),
                                           .server = std::move(server)},
                                          std::move(traffic)));
  return {};
}

Result<void> Server::Parts::WireServing() {
  RegisterNluComponents(components);
  GR_ASSIGN(client, HttpClient::Create({}));
  GR_ASSIGN(actions, ActionServerClient::Create(*client, {.action = MakeEndpoint(options.endpoints.action),
                                                          .nlg = MakeEndpoint(options.endpoints.nlg)}));
  executor = std::make_unique<Executor>("turn", WorkersOf(options));
  api_executor = std::make_unique<Executor>("api", 2);
  loader = std::make_unique<PackageModelLoader>(*registry, options.home, components);
  reconciler = std::make_unique<Reconciler>(*registry, *loader, environments, SystemClock());
  remote_http = std::make_unique<RemoteHttp>(*client);
  remotes = std::make_unique<RemoteServers>(*registry, *remote_http, SystemClock());
  reconciler->OnWake([this] { held.Wake(); });
  if (!options.environments_file.empty()) {
    environment_watch = std::make_unique<EnvironmentWatch>(options.environments_file, *registry, [this] {
      reconciler->Wake();
      remotes->Wake();
    });
    GR_TRY(environment_watch->Apply());
  }
  GR_TRY(remotes->Refresh());
  TurnServiceOptions turn_options;
  turn_options.settings = {.has_action_endpoint = !options.endpoints.action.url.empty(),
                           .has_nlg_endpoint = !options.endpoints.nlg.url.empty(),
                           .selective_domain = options.endpoints.action.selective_domain};
  if (options.platform) turn_options.outbox_sinks.push_back(kPlatformSink);
  if (brokers->sends()) turn_options.outbox_sinks.push_back(kBrokerSink);
  turns = std::make_unique<TurnService>(TurnServiceParts{.store = store->turns(),
                                                         .environments = environments,
                                                         .actions = *actions,
                                                         .executor = *executor,
                                                         .clock = SystemClock()},
                                        turn_options);
  jobs = std::make_unique<JobQueue>(store->jobs(), *registry, SystemClock(),
                                    JobQueueOptions{.program = options.program, .data_directory = options.home});
  return jobs->FailInterrupted();
}

ApiServices Server::Parts::Services() {
  return {.registry = *registry,
          .accounts = *accounts,
          .turns = store->turns(),
          .conversations = store->conversations(),
          .turn_service = *turns,
          .environments = environments,
          .reconciler = *reconciler,
          .jobs = *jobs,
          .executor = *api_executor,
          .data_directory = options.home,
          .project_directory = options.project,
          .remotes = remotes.get(),
          .client = client.get(),
          .oidc = options.oidc};
}

ChannelServices Server::Parts::Channels() {
  return {.turns = *turns,
          .environments = environments,
          .executor = *executor,
          .actor = ActorOf,
          .active_trainings = [this] { return jobs->active(); }};
}

Result<void> Server::Parts::WireHttp() {
  GR_ASSIGN(router, Router::Create(HoldPulls(AllRoutes(Services(), Channels()), held)));
  GR_TRY(CheckPolicyTexts(router->routes()));
  GR_ASSIGN(CorsPolicy cors, CorsPolicy::Create(options.cors_origins));
  gate = std::make_unique<Gate>(*router, *accounts, std::move(cors));
  HttpServerOptions http_options{.address = options.address,
                                 .port = options.port,
                                 .io_threads = options.io_threads,
                                 .version = std::string(EngineVersion())};
  http_options.body_limit_for = [this](const HttpRequest& head) { return gate->BodyLimitFor(head); };
  http_options.body_sink_for = [this](const HttpRequest& head) { return gate->BodySinkFor(head); };
  GR_ASSIGN(http,
            HttpServer::Start(std::move(http_options), [this](std::shared_ptr<HttpRequest> request, Responder respond) {
              gate->Handle(std::move(request), std::move(respond));
            }));
  return {};
}

// The environment that is followed is this server's production, so that its root answers for it as a Rasa server's
// does.
Result<void> Server::Parts::Follow(const PlatformOptions& platform) {
  auto present = registry->TaggedModel("default", kFollowed);
  FollowOptions follow{.platform = platform.url,
                       .token = platform.token,
                       .environment = platform.environment,
                       .directory = options.home + "/models",
                       .etag = present ? present->digest : ""};
  GR_ASSIGN(follower, PlatformFollower::Create(std::move(follow),
                                               [this](const FetchedModel& fetched) { return TakeFollowed(fetched); }));
  follower->PullFirst();
  GR_ASSIGN(std::string server, ServerId(options.home));
  platform_events = std::make_unique<PlatformEvents>(PlatformEventsOptions{.platform = platform.url,
                                                                           .token = platform.token,
                                                                           .environment = platform.environment,
                                                                           .server = std::move(server)},
                                                     store->outbox());
  return {};
}

Result<void> Server::Parts::TakeFollowed(const FetchedModel& fetched) {
  auto known = registry->GetModel("default", fetched.etag);
  if (!known) {
    ReceivedModel received{.path = fetched.path,
                           .sha256 = fetched.sha256,
                           .bytes = fetched.bytes,
                           .name = fetched.name,
                           .actor = "platform"};
    known = TakeModel(Services(), received);
    if (!known && known.error().reason == "model_exists") {
      // Another model has the name here; the platform's is known by its content.
      received.name += "-" + fetched.sha256.substr(0, 8);
      known = TakeModel(Services(), received);
    }
  }
  if (!known) return std::move(known).error();
  GR_ASSIGN(DeploymentRecord moved,
            registry->MoveTag({.tag = kFollowed,
                               .model = known->name,
                               .actor = "platform",
                               .reason = "the tag " + options.platform->environment + " of the platform"}));
  (void)moved;
  reconciler->Wake();
  return {};
}

Result<std::unique_ptr<Server>> Server::Start(ServerOptions options) {
  auto server = std::unique_ptr<Server>(new Server(std::make_unique<Parts>(std::move(options))));
  Parts& parts = *server->parts_;
  GR_TRY(parts.OpenStore());
  GR_TRY(parts.WireBrokers());
  GR_TRY(parts.WireServing());
  if (parts.options.platform) GR_TRY(parts.Follow(*parts.options.platform));
  parts.reconciler->Settle();  // ready means: models are loaded before the port is open
  GR_ASSIGN(size_t resumed, parts.turns->ResumeUnfinished());
  GR_TRY(parts.WireHttp());
  parts.reconciler_thread = std::thread([&parts] { parts.reconciler->Run(); });
  if (parts.follower) {
    parts.follower_thread = std::thread([&parts] { parts.follower->Run(); });
    parts.events_thread = std::thread([&parts] { parts.platform_events->Run(); });
  }
  parts.brokers->Start();
  parts.remote_thread = std::thread([&parts] {
    parts.remotes->Run([&parts] {
      if (parts.environment_watch) parts.environment_watch->Look();
      parts.held.Expire(std::chrono::steady_clock::now());
    });
  });
  parts.job_thread = std::thread([&parts] {
    while (parts.jobs->RunNext()) {
    }
  });
  Log(LogLevel::kInfo, "server_started",
      {{"port", std::to_string(parts.http->port())}, {"resumed_messages", std::to_string(resumed)}});
  return server;
}

bool Server::Parts::Stop() {
  if (std::exchange(stopped, true)) return true;
  held.Close();
  bool drained = !http || http->Drain(options.drain_limit);
  if (jobs) jobs->Stop();
  if (reconciler) reconciler->Stop();
  if (follower) follower->Stop();
  if (platform_events) platform_events->Stop();
  if (brokers) brokers->Stop();
  if (follower_thread.joinable()) follower_thread.join();
  if (events_thread.joinable()) events_thread.join();
  if (remotes) remotes->Stop();
  if (remote_thread.joinable()) remote_thread.join();
  if (reconciler_thread.joinable()) reconciler_thread.join();
  if (job_thread.joinable()) job_thread.join();
  if (http) http->Stop();
  client.reset();  // ends open calls before what they would continue goes away
  if (executor) executor->Stop();
  if (api_executor) api_executor->Stop();
  http.reset();
  store.reset();  // writes what was submitted, then closes
  return drained;
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() { parts_->Stop(); }

uint16_t Server::port() const { return parts_->http->port(); }
const std::optional<std::string>& Server::new_admin_token() const { return parts_->new_token; }
Registry& Server::registry() { return *parts_->registry; }
Environments& Server::environments() { return parts_->environments; }
JobQueue& Server::jobs() { return *parts_->jobs; }
bool Server::Stop() { return parts_->Stop(); }

Result<ModelRecord> Server::Register(const std::string& relative_path, const std::string& name,
                                     const std::string& actor) {
  std::string path = parts_->options.home + "/" + relative_path;
  GR_ASSIGN(std::shared_ptr<const Package> package, Package::Open(path));
  GR_ASSIGN(uint64_t bytes, FileSize(path));
  return parts_->registry->RegisterModel({.name = name,
                                          .digest = package->digest(),
                                          .path = relative_path,
                                          .bytes = static_cast<int64_t>(bytes),
                                          .fingerprint = package->manifest()["fingerprint"].AsString(),
                                          .engine = package->manifest()["engine"].AsString(),
                                          .metadata = Json::Object({{"config", package->manifest()["config"]},
                                                                    {"metrics", package->manifest()["metrics"]}}),
                                          .created_by = actor});
}

Result<DeploymentRecord> Server::Promote(const std::string& environment, const std::string& model,
                                         const std::string& actor) {
  GR_ASSIGN(DeploymentRecord moved, parts_->registry->MoveTag({.tag = environment, .model = model, .actor = actor}));
  parts_->reconciler->Wake();
  return moved;
}

void Server::WaitSettled() {
  auto settled = [this] {
    auto wanted = parts_->registry->ListEnvironments("default");
    std::map<std::string, EnvironmentStatus> actual;
    for (EnvironmentStatus& status : parts_->environments.Status()) actual[status.name] = std::move(status);
    if (!wanted) return true;
    return std::all_of(wanted->begin(), wanted->end(), [&](const EnvironmentRecord& record) {
      if (!record.url.empty()) return true;
      const EnvironmentStatus& status = actual[record.name];
      return status.wanted == record.wanted_model && status.state != "loading" &&
             (status.serving == record.wanted_model || status.state == "failed");
    });
  };
  while (!settled()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

Json Server::ApiDescription() const { return DescribeApi(parts_->router->routes()); }

}  // namespace greenroom

// Server: one whole Greenroom process wired together: store, registry, environments, turns, training, HTTP.
//
//   GR_ASSIGN(std::unique_ptr<Server> server, Server::Start(options));
//   ... server->port(); server->WaitReady(); ...
//   server->Stop();                              // drains: running turns finish, then the store closes
//
// The only place where the parts of all modules meet, and the owner of all threads. Start fails with everything undone.
// Thread rules: Start, Stop and destruction by one owner; the rest from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "accounts/oidc.h"
#include "assistant/source.h"
#include "base/environment.h"
#include "base/result.h"
#include "registry/registry.h"
#include "serving/environments.h"
#include "training/job_queue.h"

namespace greenroom {

// A server of a remote environment: its model is the one behind a tag of a platform.
struct PlatformOptions {
  std::string url;
  std::string token;        // of the environment, or of a service
  std::string environment;  // name of the tag; this server serves it as its production
};

struct ServerOptions {
  std::string home;  // data directory; created
  std::string address = "127.0.0.1";
  uint16_t port = 5005;      // 0 = any free one
  std::string project = {};  // source that training jobs use by default
  Endpoints endpoints = {};  // action server, NLG, event brokers
  // For the variables of brokers: RABBITMQ_HOST and others.
  std::function<std::optional<std::string>(const std::string&)> variables = ProcessEnvironment();
  std::string environments_file = {};                // environments.yml that is read and watched; "" = none
  std::optional<PlatformOptions> platform = {};      // to be followed
  std::string program;                               // this binary, for training children
  std::optional<std::string> admin_token = {};       // GREENROOM_ADMIN_TOKEN
  std::string admin_user = {}, admin_password = {};  // the first user: RASA_X_USERNAME, RASA_X_PASSWORD
  size_t workers = 0;                                // CPU pool; 0 = one per core
  int io_threads = 1;
  bool durable = true;  // false only as negative control of the torture runs
  std::chrono::milliseconds drain_limit = std::chrono::seconds(25);
  OidcSettings oidc = {};                          // GREENROOM_OIDC_...
  std::string jwt_key = {}, jwt_method = "HS256";  // of tokens that a Rasa server takes: JWT_SECRET; "" = none
  std::vector<std::string> cors_origins = {};      // pages that may read answers of the Rasa server: "*" or origins
};

class Server {
 public:
  // Errors: those of the store, the listener (address_in_use names the port) and the route table.
  static Result<std::unique_ptr<Server>> Start(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  uint16_t port() const;
  // The admin token made at first start, to be shown once; nullopt when there was one already or one was given.
  const std::optional<std::string>& new_admin_token() const;
  Registry& registry();
  Environments& environments();
  JobQueue& jobs();
  // Registers a trained package file that lies below the home.
  Result<ModelRecord> Register(const std::string& relative_path, const std::string& name, const std::string& actor);
  // Moves a tag and lets the environment follow.
  Result<DeploymentRecord> Promote(const std::string& environment, const std::string& model, const std::string& actor);
  // Until every environment serves what it wants or has failed.
  void WaitSettled();
  // The OpenAPI document of the route table.
  Json ApiDescription() const;
  // Stops accepting, lets running turns finish within the drain limit, closes the store. True when all finished.
  bool Stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace greenroom

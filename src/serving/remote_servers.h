// RemoteServers: the servers of remote environments, each with its address and what it was last seen doing.
//
//   RemoteServers servers(registry, caller, clock);
//   servers.Refresh();                                     // after an environment was changed
//   if (auto target = servers.Find("staging")) ...         // nullopt: embedded or unknown
//   servers.Status();                                      // version, model and state of each
//
// Every server is asked /status and /version each `interval`, and each second for a while after its tag moved; an
// answer replaces what was known. When the same address shows one identity, then another, then the first again, several
// servers stand behind it and disagree: a roll-out goes one way only. Nothing of this is stored: after a start a server
// is `unknown` until it was asked once. Thread rules: all from any thread; Run by one. Outlives the calls of its caller
// (destroy the client first).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "registry/registry.h"
#include "serving/remote_caller.h"

namespace greenroom {

struct RemoteTarget {
  std::string name;  // of the environment
  std::string url;
  std::string token;
  bool operator==(const RemoteTarget&) const = default;
};

// What is known of the server of one environment.
struct RemoteStatus {
  std::string name, url;
  std::optional<std::string> wanted = {};  // name of the model that the tag says
  std::string wanted_digest = {};          // "" when unknown
  std::string wanted_id = {};              // the id that a Rasa server will show for it; "" when unknown
  std::string state = "unknown";           // ok, without_model, token_refused, unreachable, failing, unknown
  std::string failure = {};                // reason and message while the state is none of ok and unknown
  int answered = 0;                        // HTTP status of the latest answer to /status; 0 = none
  std::string version = {}, minimum_compatible_version = {};
  std::string model_file = {}, model_id = {};  // as the server says
  bool disagrees = false;                      // several servers stand behind the address and differ
  double last_asked = 0, last_seen = 0;        // unix seconds; seen = answered with a status

  // The model by its name: the file without folder and ending.
  std::string ModelName() const;
  // Whether the server answers with the wanted model.
  bool AsWanted() const;
};

struct RemoteServersOptions {
  std::chrono::milliseconds interval = std::chrono::seconds(10);
  std::chrono::milliseconds follow_interval = std::chrono::seconds(1);  // while it should change its model ...
  std::chrono::milliseconds follow_time = std::chrono::minutes(1);      // ... for so long
  std::chrono::milliseconds deadline = std::chrono::seconds(5);         // of one question
  size_t remembered = 12;                                               // identities of the past, to see who alternates
};

class RemoteServers {
 public:
  RemoteServers(const Registry& registry, RemoteCaller& caller, const Clock& clock, RemoteServersOptions options = {})
      : registry_(registry), caller_(caller), clock_(clock), options_(options) {}

  // Brings the list in line with the registry. Errors: those of the store; then the list stays.
  Result<void> Refresh();
  // Refreshes and asks the servers whose turn it is. The answers come later, on the caller's threads.
  void Tick();
  // Calls `before` and ticks, about once a second and at once after Wake, until Stop.
  void Run(const std::function<void()>& before);
  void Wake();
  void Stop();

  // The server of a remote environment; without I/O.
  std::optional<RemoteTarget> Find(const std::string& environment) const;
  std::vector<RemoteStatus> Status() const;
  std::optional<RemoteStatus> StatusOf(const std::string& environment) const;
  // For calls that are made for clients.
  RemoteCaller& caller() const { return caller_; }

 private:
  struct Server {
    RemoteTarget target;
    RemoteStatus status;
    bool asking = false;
    std::optional<std::chrono::steady_clock::time_point> asked = {};
    std::optional<std::chrono::steady_clock::time_point> moved = {};  // when another model was wanted
    std::deque<std::string> identities = {};                          // newest last
  };
  using Servers = std::map<std::string, Server>;
  struct List {
    Servers servers;
    uint64_t number = 0;  // of the reading that it comes from
  };

  Server Read(const EnvironmentRecord& record, const Servers& known) const;
  bool IsDue(const Server& server, std::chrono::steady_clock::time_point now) const;
  void Remember(Server& server) const;
  void Describe(const EnvironmentRecord& record, RemoteStatus& status) const;
  void Ask(const RemoteTarget& target);
  void AskVersion(const RemoteTarget& target, RemoteAnswer status);
  void Note(const RemoteTarget& target, const RemoteAnswer& status, const RemoteAnswer& version);

  const Registry& registry_;
  RemoteCaller& caller_;
  const Clock& clock_;
  const RemoteServersOptions options_;
  std::atomic<uint64_t> refreshes_ = 0;
  Guarded<List> list_;
  Mutex wake_mutex_;
  ConditionVariable wake_;
  bool woken_ GUARDED_BY(wake_mutex_) = false;
  bool stopping_ GUARDED_BY(wake_mutex_) = false;
};

}  // namespace greenroom

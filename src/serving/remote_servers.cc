#include "serving/remote_servers.h"

#include <algorithm>

#include "base/json.h"
#include "base/log.h"

namespace greenroom {
namespace {

constexpr auto kTick = std::chrono::seconds(1);
constexpr char kAssistant[] = "default";
constexpr size_t kLongestText = 200;  // of what a server says about itself

std::string TextOf(const Json& body, const char* member) { return body[member].AsString().substr(0, kLongestText); }

Json BodyOf(const RemoteAnswer& answer) {
  if (answer.status != 200) return {};
  auto body = ParseJson(answer.body);
  return body ? std::move(*body) : Json();
}

void SetState(RemoteStatus& status, std::string state, std::string failure = {}) {
  status.state = std::move(state);
  status.failure = std::move(failure);
}

void LogState(const RemoteStatus& status) {
  Log(status.state == "ok" ? LogLevel::kInfo : LogLevel::kWarning, "remote_environment",
      {{"environment", status.name}, {"state", status.state}, {"failure", status.failure}});
}

std::string StateOf(const RemoteProblem& problem) {
  if (problem.reason == "remote_token_refused") return "token_refused";
  return problem.status == 502 ? "failing" : "unreachable";
}

void TakeStatus(const RemoteAnswer& answer, RemoteStatus& status) {
  status.answered = answer.status;
  auto problem = ProblemOf(answer);
  // A Rasa server without a model answers 409.
  if (answer.status == 409) return SetState(status, "without_model", "the server has no model yet");
  if (problem) return SetState(status, StateOf(*problem), problem->reason + ": " + problem->message);
  Json body = BodyOf(answer);
  if (!body["model_id"].is_string() && !body["model_file"].is_string()) {
    return SetState(status, "failing", "remote_broken_answer: /status is not the one of a Rasa server");
  }
  status.model_file = TextOf(body, "model_file");
  status.model_id = TextOf(body, "model_id");
  SetState(status, "ok");
}

// One identity, another, and the first again within what is remembered.
bool Alternates(const std::deque<std::string>& identities) {
  if (identities.empty()) return false;
  auto other = std::find_if(identities.rbegin(), identities.rend(),
                            [&](const std::string& identity) { return identity != identities.back(); });
  return std::find(other, identities.rend(), identities.back()) != identities.rend();
}

}  // namespace

std::string RemoteStatus::ModelName() const {
  std::string file = model_file.substr(model_file.rfind('/') + 1);
  for (const char* ending : {".tar.gz", ".grm"}) {
    if (file.ends_with(ending)) file.resize(file.size() - std::string_view(ending).size());
  }
  return file;
}

bool RemoteStatus::AsWanted() const {
  if (state != "ok" || !wanted) return false;
  if (!wanted_digest.empty() && model_id == wanted_digest) return true;
  if (!wanted_id.empty() && model_id == wanted_id) return true;
  return ModelName() == *wanted;
}

void RemoteServers::Describe(const EnvironmentRecord& record, RemoteStatus& status) const {
  if (status.wanted == record.wanted_model && !status.name.empty()) return;
  status.wanted = record.wanted_model;
  status.wanted_digest = status.wanted_id = "";
  if (!record.wanted_model) return;
  auto model = registry_.GetModel(kAssistant, *record.wanted_model);
  if (!model) return;
  status.wanted_digest = model->digest;
  status.wanted_id = model->metadata["model_id"].AsString();
}

RemoteServers::Server RemoteServers::Read(const EnvironmentRecord& record, const Servers& known) const {
  RemoteTarget target{.name = record.name, .url = record.url, .token = record.token};
  auto earlier = known.find(record.name);
  Server server = earlier != known.end() && earlier->second.target == target ? earlier->second : Server{};
  Describe(record, server.status);
  server.target = std::move(target);
  server.status.name = record.name;
  server.status.url = record.url;
  return server;
}

Result<void> RemoteServers::Refresh() {
  uint64_t number = ++refreshes_;
  GR_ASSIGN(std::vector<EnvironmentRecord> records, registry_.ListEnvironments(kAssistant));
  Servers known = list_.With([](const List& list) { return list.servers; });
  Servers next;
  for (const EnvironmentRecord& record : records) {
    if (!record.url.empty()) next[record.name] = Read(record, known);
  }
  auto now = clock_.Steady();
  list_.With([&](List& list) {
    // A reading that began later has been here: it knows more.
    if (number < list.number) return;
    list.number = number;
    for (auto& [name, server] : next) {
      auto present = list.servers.find(name);
      if (present == list.servers.end() || present->second.target != server.target) continue;
      // What was learned since the copy was taken stays; only what is wanted comes from the registry.
      RemoteStatus read = std::move(server.status);
      server = present->second;
      // Going back to an earlier model is no disagreement when the tag went back too.
      if (server.status.wanted != read.wanted) {
        server.identities.clear();
        server.status.disagrees = false;
        server.moved = now;
      }
      server.status.wanted = std::move(read.wanted);
      server.status.wanted_digest = std::move(read.wanted_digest);
      server.status.wanted_id = std::move(read.wanted_id);
    }
    list.servers.swap(next);
  });
  return {};
}

bool RemoteServers::IsDue(const Server& server, std::chrono::steady_clock::time_point now) const {
  if (server.asking) return false;
  if (!server.asked) return true;
  bool follows = server.moved && now - *server.moved < options_.follow_time && !server.status.AsWanted();
  return now - *server.asked >= (follows ? options_.follow_interval : options_.interval);
}

void RemoteServers::Tick() {
  if (Result<void> read = Refresh(); !read) {
    Log(LogLevel::kError, "remote_environments_read_failed",
        {{"reason", read.error().reason}, {"message", read.error().message}});
  }
  auto now = clock_.Steady();
  std::vector<RemoteTarget> due = list_.With([&](List& list) {
    std::vector<RemoteTarget> targets;
    for (auto& [name, server] : list.servers) {
      if (!IsDue(server, now)) continue;
      server.asking = true;
      server.asked = now;
      targets.push_back(server.target);
    }
    return targets;
  });
  for (const RemoteTarget& target : due) Ask(target);
}

void RemoteServers::Ask(const RemoteTarget& target) {
  RemoteCall call{.url = target.url, .token = target.token, .target = "/status", .deadline = options_.deadline};
  caller_.Call(std::move(call), [this, target](RemoteAnswer status) { AskVersion(target, std::move(status)); });
}

void RemoteServers::AskVersion(const RemoteTarget& target, RemoteAnswer status) {
  // A server that cannot be reached is not asked twice.
  if (status.status == 0) return Note(target, status, {});
  RemoteCall call{.url = target.url, .token = target.token, .target = "/version", .deadline = options_.deadline};
  caller_.Call(std::move(call), [this, target, status = std::move(status)](const RemoteAnswer& version) {
    Note(target, status, version);
  });
}

void RemoteServers::Note(const RemoteTarget& target, const RemoteAnswer& status, const RemoteAnswer& version) {
  Json about = BodyOf(version);
  double now = clock_.NowSeconds();
  std::optional<RemoteStatus> changed = list_.With([&](List& list) -> std::optional<RemoteStatus> {
    auto found = list.servers.find(target.name);
    // Removed, or with another server meanwhile: this answer is not about it.
    if (found == list.servers.end() || found->second.target != target) return std::nullopt;
    Server& server = found->second;
    std::string before = server.status.state;
    server.asking = false;
    server.status.last_asked = now;
    if (status.status != 0) server.status.last_seen = now;
    TakeStatus(status, server.status);
    if (about.is_object()) {
      server.status.version = TextOf(about, "version");
      server.status.minimum_compatible_version = TextOf(about, "minimum_compatible_version");
    }
    if (server.status.state == "ok") Remember(server);
    return server.status.state == before ? std::nullopt : std::optional<RemoteStatus>(server.status);
  });
  if (changed) LogState(*changed);
}

void RemoteServers::Remember(Server& server) const {
  server.identities.push_back(server.status.version + " " + server.status.model_id + " " + server.status.model_file);
  if (server.identities.size() > options_.remembered) server.identities.pop_front();
  server.status.disagrees = Alternates(server.identities);
}

void RemoteServers::Run(const std::function<void()>& before) {
  while (true) {
    before();
    Tick();
    MutexLock lock(wake_mutex_);
    wake_.WaitFor(wake_mutex_, kTick, [this]() REQUIRES_LOCK(wake_mutex_) { return woken_ || stopping_; });
    woken_ = false;
    if (stopping_) return;
  }
}

void RemoteServers::Wake() {
  MutexLock lock(wake_mutex_);
  woken_ = true;
  wake_.NotifyOne();
}

void RemoteServers::Stop() {
  MutexLock lock(wake_mutex_);
  stopping_ = true;
  wake_.NotifyOne();
}

std::optional<RemoteTarget> RemoteServers::Find(const std::string& environment) const {
  return list_.With([&](const List& list) {
    auto found = list.servers.find(environment);
    return found == list.servers.end() ? std::nullopt : std::optional<RemoteTarget>(found->second.target);
  });
}

std::vector<RemoteStatus> RemoteServers::Status() const {
  return list_.With([](const List& list) {
    std::vector<RemoteStatus> all;
    for (const auto& [name, server] : list.servers) all.push_back(server.status);
    return all;
  });
}

std::optional<RemoteStatus> RemoteServers::StatusOf(const std::string& environment) const {
  return list_.With([&](const List& list) {
    auto found = list.servers.find(environment);
    return found == list.servers.end() ? std::nullopt : std::optional<RemoteStatus>(found->second.status);
  });
}

}  // namespace greenroom

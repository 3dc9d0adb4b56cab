#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>

#include "base/random.h"
#include "bench/support.h"
#include "bench/torture.h"
#include "http/server.h"
#include "storage/sqlite_store.h"

namespace greenroom {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kClients = 8;
constexpr int kConversations = 16;
constexpr double kReadyLimit = 1.0;  // seconds from start to ready

uint16_t FreePort() {
  auto server = std::move(HttpServer::Start({}, [](std::shared_ptr<HttpRequest>, Responder respond) {
                  respond(HttpResponse::Empty(204));
                })).value();
  return server->port();
}

// A real server process that can be killed.
class Victim {
 public:
  Victim(const std::string& home, uint16_t port, bool durable) {
    pid_ = ::fork();
    if (pid_ != 0) return;
    int nowhere = ::open("/dev/null", O_RDWR);
    for (int fd : {0, 1, 2}) ::dup2(nowhere, fd);
    std::string program = GreenroomProgram(), number = std::to_string(port);
    std::vector<const char*> words = {program.c_str(), "up", "--home", home.c_str(), "--port", number.c_str()};
    if (!durable) words.push_back("--acknowledge-before-commit");
    words.push_back(nullptr);
    ::execv(program.c_str(), const_cast<char* const*>(words.data()));
    ::_exit(127);
  }
  ~Victim() { Kill(); }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  // Seconds until it answers its health route; negative when it does not within ten.
  double WaitReady(HttpClient& client, uint16_t port) {
    auto begun = SteadyClock::now();
    while (true) {
      double spent = std::chrono::duration<double>(SteadyClock::now() - begun).count();
      auto answer = client.Send({.url = "http://127.0.0.1:" + std::to_string(port) + "/api/health"});
      if (answer && answer->status == 200) return spent;
      if (spent > 10 || ::waitpid(pid_, nullptr, WNOHANG) == pid_) return -1;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  void Kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
};

struct Sent {
  std::string conversation;
  bool acknowledged = false;
  std::string reply;
};

// Every message that was ever sent, by its key, which is also its text; and what the clients saw.
class Ledger {
 public:
  // Sends for `limit` on all clients; a message without an outcome is sent again first.
  void Run(uint16_t port, std::chrono::milliseconds limit, Victim& victim) {
    auto client = std::move(HttpClient::Create({})).value();
    port_ = port;
    over_ = false;
    std::vector<std::string> unknown;
    for (const auto& [key, sent] : sent_) {
      if (!sent.acknowledged) unknown.push_back(key);
    }
    for (const std::string& key : unknown) Send(*client, key);
    for (int i = 0; i < kClients; ++i) SendNew(*client);
    std::this_thread::sleep_for(limit);
    victim.Kill();  // acknowledgements that arrive after this were on the way before it
    {
      std::lock_guard<std::mutex> lock(mutex_);
      over_ = true;
    }
    client.reset();  // ends what is still open
  }

  // Compares with the events on disk.
  struct Verdict {
    size_t acknowledged = 0, lost = 0, doubled = 0, changed_replies = 0;
  };
  Verdict Compare(SqliteStore& store) {
    std::map<std::string, int> seen;
    for (int c = 0; c < kConversations; ++c) {
      auto events = std::move(store.turns().Events({.environment = "production", .conversation = Name(c)})).value();
      for (const StoredEvent& stored : events) {
        if (const UserUttered* user = stored.event.As<UserUttered>(); user && user->text) ++seen[*user->text];
      }
    }
    Verdict verdict;
    verdict.changed_replies = changed_replies_;
    for (const auto& [key, sent] : sent_) {
      verdict.acknowledged += sent.acknowledged;
      verdict.lost += sent.acknowledged && seen[key] == 0;
      verdict.doubled += seen[key] > 1;
    }
    return verdict;
  }

 private:
  static std::string Name(int c) { return "guest-" + std::to_string(c); }

  void SendNew(HttpClient& client) {
    std::string key;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      key = "message number " + std::to_string(next_);
      sent_[key].conversation = Name(next_ % kConversations);
      ++next_;
    }
    Send(client, key);
  }

  void Send(HttpClient& client, const std::string& key) {
    HttpClientRequest request{.method = "POST",
                              .url = "http://127.0.0.1:" + std::to_string(port_) + "/webhooks/rest/webhook"};
    request.headers.Set("Content-Type", "application/json");
    request.headers.Set("Idempotency-Key", key);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      request.body = Json::Object({{"sender", sent_[key].conversation}, {"message", key}}).Dump();
    }
    client.Async(std::move(request), [this, &client, key](Result<HttpClientResponse> answer) {
      {
        std::lock_guard<std::mutex> lock(mutex_);
        if (answer && answer->status == 200) {
          Sent& sent = sent_[key];
          if (sent.acknowledged && sent.reply != answer->body) ++changed_replies_;
          sent.acknowledged = true;
          sent.reply = answer->body;
        }
        if (over_ || !answer) return;
      }
      SendNew(client);
    });
  }

  std::mutex mutex_;
  std::map<std::string, Sent> sent_;
  int next_ = 0;
  bool over_ = false;
  uint16_t port_ = 0;
  size_t changed_replies_ = 0;
};

struct Outcome {
  Ledger::Verdict verdict;
  size_t violations = 0;
  size_t failed_starts = 0;
  std::vector<double> ready;
};

Result<void> Prepare(const std::string& home) {
  GR_TRY(TrainExampleModel(home, "hotel"));
  GR_ASSIGN(auto server, Server::Start({.home = home, .port = 0, .program = GreenroomProgram()}));
  GR_ASSIGN(ModelRecord record, server->Register("models/hotel.grm", "hotel", "torture"));
  GR_ASSIGN(DeploymentRecord moved, server->Promote("production", record.name, "torture"));
  (void)moved;
  server->WaitSettled();
  server->Stop();
  return {};
}

Outcome Fight(const std::string& home, int cycles, bool durable, uint64_t seed) {
  Outcome outcome;
  Ledger ledger;
  Random random(seed);
  auto client = std::move(HttpClient::Create({})).value();
  for (int cycle = 0; cycle < cycles; ++cycle) {
    uint16_t port = FreePort();
    Victim victim(home, port, durable);
    double ready = victim.WaitReady(*client, port);
    if (ready < 0) {
      ++outcome.failed_starts;
      continue;
    }
    outcome.ready.push_back(ready);
    ledger.Run(port, std::chrono::milliseconds(10 + random.Below(60)), victim);
    if ((cycle + 1) % 100 == 0) std::printf("%d kills\n", cycle + 1), std::fflush(stdout);
  }
  auto store = std::move(SqliteStore::Open(home + "/greenroom.db", {})).value();
  outcome.verdict = ledger.Compare(*store);
  auto violations = store->turns().Verify();
  outcome.violations = violations ? violations->size() : 1;
  for (size_t i = 0; violations && i < std::min<size_t>(5, violations->size()); ++i)
    std::printf("violation: %s\n", (*violations)[i].c_str());
  return outcome;
}

}  // namespace

int TortureKill(int cycles) {
  uint64_t seed = static_cast<uint64_t>(SteadyClock::now().time_since_epoch().count());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  TemporaryHome control_home, home;
  for (const TemporaryHome* each : {&control_home, &home}) {
    if (auto prepared = Prepare(each->path()); !prepared)
      return std::fprintf(stderr, "%s\n", prepared.error().message.c_str()), 1;
  }
  Outcome control = Fight(control_home.path(), std::min(cycles, 40), false, seed);
  std::printf("negative control: %zu of %zu acknowledged turns lost (must be more than none)\n", control.verdict.lost,
              control.verdict.acknowledged);
  Outcome real = Fight(home.path(), cycles, true, seed);
  LoadResult timing;
  timing.latencies = real.ready;
  double ready_max = timing.Percentile(1);
  std::printf(
      "%d kills: %zu acknowledged, %zu lost, %zu doubled, %zu changed replies, %zu violations; ready p50 %.0f ms, "
      "worst %.0f ms\n",
      cycles, real.verdict.acknowledged, real.verdict.lost, real.verdict.doubled, real.verdict.changed_replies,
      real.violations, 1e3 * timing.Percentile(.5), 1e3 * ready_max);
  bool ok = real.verdict.lost == 0 && real.verdict.doubled == 0 && real.verdict.changed_replies == 0 &&
            real.violations == 0 && real.failed_starts == 0 && ready_max <= kReadyLimit && control.verdict.lost > 0;
  return Close(Json::Object({{"torture", "kill"},
                             {"kills", cycles},
                             {"acknowledged", real.verdict.acknowledged},
                             {"lost", real.verdict.lost},
                             {"doubled", real.verdict.doubled},
                             {"changed_replies", real.verdict.changed_replies},
                             {"violations", real.violations},
                             {"failed_starts", real.failed_starts},
                             {"ready_worst_ms", ready_max * 1e3},
                             {"control_lost", control.verdict.lost}}),
               ok);
}

}  // namespace greenroom

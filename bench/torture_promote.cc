#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "bench/support.h"
#include "bench/torture.h"
#include "storage/sqlite_store.h"

namespace greenroom {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr char kFirst[] = "This is version one.", kSecond[] = "This is version two.";
constexpr double kMoveLimit = 0.2;             // seconds, 99th percentile
constexpr double kGrowthLimit = 1.05;          // resident memory at the end / after the first moves
constexpr size_t kWarmConversations = 22'000;  // more than the server caches

// Every request is a conversation of its own, so that memory does not grow with histories.
HttpClientRequest Hello(const std::string& url, const std::string& prefix, size_t n) {
  HttpClientRequest request{.method = "POST", .url = url};
  request.headers.Set("Content-Type", "application/json");
  request.body = Json::Object({{"sender", prefix + std::to_string(n)}, {"message", "/greet"}}).Dump();
  return request;
}

bool SaysOneVersion(const HttpClientResponse& answer) {
  bool first = answer.body.find(kFirst) != std::string::npos, second = answer.body.find(kSecond) != std::string::npos;
  return first != second;
}

// Seconds from the move to the first answer of the new model; negative when a probe failed.
double MoveAndProbe(Server& server, HttpClient& client, const std::string& url, int n) {
  bool to_second = n % 2 == 0;
  auto begun = SteadyClock::now();
  if (!server.Promote("production", to_second ? "two" : "one", "torture")) return -1;
  for (int probe = 0;; ++probe) {
    auto answer = client.Send(Hello(url, "probe-" + std::to_string(n) + "-", static_cast<size_t>(probe)));
    if (!answer || answer->status != 200) return -1;
    if (answer->body.find(to_second ? kSecond : kFirst) != std::string::npos) break;
  }
  return std::chrono::duration<double>(SteadyClock::now() - begun).count();
}

// Turns whose events name two models, or whose words are not those of the model that they name.
size_t CountMixedTurns(const std::string& home, const std::string& digest_of_two) {
  auto store = std::move(SqliteStore::Open(home + "/greenroom.db", {})).value();
  size_t mixed = 0;
  for (int64_t offset = 0;; offset += 1000) {
    auto page = std::move(store->turns().Conversations("default", "production", 1000, offset)).value();
    for (const ConversationSummary& conversation : page) {
      auto events = std::move(store->turns().Events(conversation.key)).value();
      for (const StoredEvent& stored : events) {
        const BotUttered* bot = stored.event.As<BotUttered>();
        bool wrong_words = bot && bot->text && (*bot->text == kSecond) != (stored.model == digest_of_two);
        if (stored.model != events.front().model || wrong_words) ++mixed;
      }
    }
    if (page.empty()) return mixed;
  }
}

}  // namespace

int TorturePromote(int count) {
  TemporaryHome home;
  for (auto [name, greeting] : {std::pair{"one", kFirst}, std::pair{"two", kSecond}}) {
    if (auto trained = TrainExampleModel(home.path(), name, greeting); !trained) {
      return std::fprintf(stderr, "%s\n", trained.error().message.c_str()), 1;
    }
  }
  auto server = std::move(Server::Start({.home = home.path(), .port = 0, .program = GreenroomProgram()})).value();
  for (const char* name : {"one", "two"})
    (void)server->Register(std::string("models/") + name + ".grm", name, "torture");
  std::string digest_of_two = server->registry().GetModel("default", "two").value().digest;
  (void)server->Promote("production", "one", "torture");
  server->WaitSettled();
  std::string url = "http://127.0.0.1:" + std::to_string(server->port()) + "/webhooks/rest/webhook";
  std::atomic<bool> stop = false;
  RunLoad({.clients = 64,
           .seconds = 60,
           .make =
               [&](size_t n) {
                 if (n >= kWarmConversations) stop = true;
                 return Hello(url, "warm-", n);
               },
           .check = {},
           .stop = &stop});

  stop = false;
  LoadResult load;
  std::thread loader([&] {
    load = RunLoad({.clients = 8,
                    .seconds = 3600,
                    .make = [&](size_t n) { return Hello(url, "guest-", n); },
                    .check = [](size_t, const HttpClientResponse& answer) { return SaysOneVersion(answer); },
                    .stop = &stop});
  });
  auto client = std::move(HttpClient::Create({})).value();
  std::vector<double> moves;
  size_t failed_moves = 0;
  double memory_begin = 0;
  for (int n = 0; n < count; ++n) {
    double seconds = MoveAndProbe(*server, *client, url, n);
    seconds < 0 ? void(++failed_moves) : moves.push_back(seconds);
    if (n == std::min(count - 1, 200)) memory_begin = MemoryOf(0).resident;
    if ((n + 1) % 250 == 0)
      std::printf("%d moves, %.0f MiB resident\n", n + 1, MemoryOf(0).resident), std::fflush(stdout);
  }
  stop = true;
  loader.join();
  double memory_end = MemoryOf(0).resident;
  client.reset();
  server->Stop();
  server.reset();
  LoadResult timing;
  timing.latencies = moves;
  double p99 = timing.Percentile(.99);
  size_t mixed = CountMixedTurns(home.path(), digest_of_two);
  double growth = memory_begin > 0 ? memory_end / memory_begin : 0;
  std::printf(
      "%zu requests answered, %zu failed; %zu mixed turns; move p50 %.1f ms p99 %.1f ms; memory %.0f -> %.0f MiB\n",
      load.answered, load.failed, mixed, 1e3 * timing.Percentile(.5), 1e3 * p99, memory_begin, memory_end);
  return Close(Json::Object({{"torture", "promote"},
                             {"moves", moves.size()},
                             {"failed_moves", failed_moves},
                             {"answered", load.answered},
                             {"failed", load.failed},
                             {"mixed_turns", mixed},
                             {"move_p99_ms", p99 * 1e3},
                             {"memory_begin_mib", memory_begin},
                             {"memory_end_mib", memory_end},
                             {"growth", growth}}),
               load.failed == 0 && failed_moves == 0 && mixed == 0 && p99 <= kMoveLimit && growth <= kGrowthLimit);
}

}  // namespace greenroom

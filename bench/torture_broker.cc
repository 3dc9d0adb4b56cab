#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <future>
#include <thread>

#include "base/random.h"
#include "bench/support.h"
#include "bench/torture.h"
#include "brokers/event_relay.h"
#include "brokers/intake_loop.h"
#include "brokers/open_broker.h"
#include "brokers/rabbit_server.h"
#include "storage/sqlite_store.h"

namespace greenroom {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kPerConversation = 100;
constexpr int kKills = 6;
constexpr auto kIdle = std::chrono::seconds(5);
constexpr char kEnvironment[] = "production";

ConversationKey KeyOf(int conversation) {
  return {.environment = kEnvironment, .conversation = "talk-" + std::to_string(conversation)};
}

// As many turns as fill one conversation, each event saying which it is.
bool Fill(TurnStore& store, int conversation) {
  ConversationKey key = KeyOf(conversation);
  auto claim = store.TakeClaim(key);
  if (!claim) return false;
  TurnCommit turn{.key = key, .fence = claim->fence, .expected_seq = claim->next_seq - 1, .model = "torture"};
  turn.outbox_sinks = {kBrokerSink};
  for (int i = 1; i <= kPerConversation; ++i) {
    Event event{.body = SlotSet{.name = "count", .value = i}, .timestamp = 1'700'000'000.0 + i};
    // Some are large: RabbitMQ keeps those apart from small ones.
    if (i % 10 == 0) event.metadata = Json::Object({{"padding", std::string(6000, 'x')}});
    turn.events.push_back(std::move(event));
  }
  std::promise<Result<void>> promise;
  store.Commit(std::move(turn), [&promise](Result<void> done) { promise.set_value(std::move(done)); });
  return promise.get_future().get().ok();
}

struct Ledger {
  int64_t sent = 0, taken = 0, lost = 0, duplicates = 0, disordered = 0;
};

// What a conversation must hold: the counts 1, 2, 3 ... each once.
void Compare(const TurnStore& store, int conversation, Ledger& ledger) {
  auto events = store.Events(KeyOf(conversation));
  std::vector<int> seen(kPerConversation + 1, 0);
  int64_t last = 0;
  if (events) {
    for (const StoredEvent& stored : *events) {
      const auto* slot = stored.event.As<SlotSet>();
      int64_t count = slot ? slot->value.AsInt() : 0;
      if (count < 1 || count > kPerConversation) continue;
      ledger.disordered += count < last;
      last = std::max(last, count);
      ++seen[static_cast<size_t>(count)];
      ++ledger.taken;
    }
  }
  for (int count = 1; count <= kPerConversation; ++count) {
    ++ledger.sent;
    ledger.lost += seen[static_cast<size_t>(count)] == 0;
    ledger.duplicates += std::max(0, seen[static_cast<size_t>(count)] - 1);
  }
}

// Kills whenever another part of the events has left the outbox.
int KillInBetween(RabbitServer& rabbit, const EventRelay& relay, int64_t events, const std::atomic<bool>& over) {
  Random random(static_cast<uint64_t>(SteadyClock::now().time_since_epoch().count()));
  int kills = 0;
  while (kills < kKills && !over) {
    int64_t next = events * (kills + 1) / (kKills + 1);
    if (relay.figures().sent < next) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      continue;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(random.Below(40)));
    rabbit.Kill();
    ++kills;
    std::printf("killed after %lld events\n", static_cast<long long>(relay.figures().sent)), std::fflush(stdout);
    if (!rabbit.Restart()) return -1;
  }
  return kills;
}

// The intake in a process of its own, this program once more, that can be killed.
class Taker {
 public:
  Taker(std::string store, int port) : store_(std::move(store)), port_(std::to_string(port)) {}
  ~Taker() { Kill(); }
  Taker(const Taker&) = delete;
  Taker& operator=(const Taker&) = delete;

  void Start() {
    pid_ = ::fork();
    if (pid_ != 0) return;
    const char* words[] = {"/proc/self/exe", "broker-intake", store_.c_str(), port_.c_str(), nullptr};
    ::execv(words[0], const_cast<char* const*>(words));
    ::_exit(127);
  }
  void Kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  // Until it found nothing more.
  bool WaitEnd() {
    int status = 0;
    bool well = ::waitpid(pid_, &status, 0) == pid_ && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    pid_ = 0;
    return well;
  }

 private:
  std::string store_, port_;
  pid_t pid_ = 0;
};

// Kills the taker every few seconds until the outbox is empty; then one more time, and lets the last finish.
int KillTakers(Taker& taker, const OutboxStore& outbox) {
  Random random(7);
  int kills = 0;
  auto limit = SteadyClock::now() + std::chrono::minutes(20);
  for (int64_t waiting = 1; waiting > 0 && SteadyClock::now() < limit; ++kills) {
    taker.Start();
    std::this_thread::sleep_for(std::chrono::milliseconds(500 + random.Below(4000)));
    waiting = outbox.Count(kBrokerSink).value();
    taker.Kill();
  }
  taker.Start();
  return taker.WaitEnd() ? kills : -1;
}

Json FiguresOf(const Ledger& ledger) {
  return Json::Object({{"torture", "broker"},
                       {"sent", ledger.sent},
                       {"taken", ledger.taken},
                       {"lost", ledger.lost},
                       {"duplicates", ledger.duplicates},
                       {"disordered", ledger.disordered}});
}

Result<bool> Exists(const std::string& name) { return name == kEnvironment; }

}  // namespace

int TakeFromBroker(const char* path, int port) {
  BrokerSettings settings;
  settings.host = "127.0.0.1";
  settings.port = port;
  settings.username = settings.password = "guest";
  settings.queues = {"rasa_core_events"};
  auto store = SqliteStore::Open(path, {});
  if (!store) return 1;
  auto consumer = MakeConsumer(settings);
  EventIntake intake((*store)->turns());
  IntakeLoop loop(*consumer, intake, {.name = "torture", .own_server = "target", .exists = Exists});
  auto last = SteadyClock::now();
  while (SteadyClock::now() - last < kIdle) {
    auto taken = loop.TakeOnce();
    if (!taken) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (!taken || *taken > 0) last = SteadyClock::now();
  }
  return loop.figures().rejected == 0 ? 0 : 1;
}

int TortureBroker(int events) {
  int conversations = std::max(1, events / kPerConversation);
  auto rabbit = RabbitServer::Start();
  if (!rabbit) return std::fprintf(stderr, "rabbitmq-server is not installed, or does not start\n"), 1;
  TemporaryHome here, there;
  const std::string target = there.path() + "/greenroom.db";
  auto source = std::move(SqliteStore::Open(here.path() + "/greenroom.db", {})).value();
  for (int i = 0; i < conversations; ++i) {
    if (!Fill(source->turns(), i)) return std::fprintf(stderr, "the store takes no events\n"), 1;
  }
  std::printf("%d events in %d conversations wait\n", conversations * kPerConversation, conversations);
  auto publisher = MakePublisher(rabbit->Settings());
  EventRelay relay({.server = "source", .longest_pause = std::chrono::seconds(1)}, source->outbox(), *publisher);
  auto begin = SteadyClock::now();
  std::thread sender([&] { relay.Run(); });
  std::atomic<bool> over = false;
  int kills = 0;
  std::thread killer([&] { kills = KillInBetween(*rabbit, relay, conversations * kPerConversation, over); });
  Taker taker(target, rabbit->Settings().port);
  int taker_kills = KillTakers(taker, source->outbox());
  double seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  over = true;
  killer.join();
  relay.Stop();
  sender.join();
  auto taken = std::move(SqliteStore::Open(target, {})).value();
  Ledger ledger;
  for (int i = 0; i < conversations; ++i) Compare(taken->turns(), i, ledger);
  int64_t left = source->outbox().Count(kBrokerSink).value();
  size_t broken = taken->turns().Verify().value().size();
  Json json = FiguresOf(ledger);
  json.Set("left_in_outbox", left)
      .Set("broken_invariants", broken)
      .Set("broker_kills", kills)
      .Set("intake_kills", taker_kills)
      .Set("relay_failures", relay.figures().failures)
      .Set("seconds", seconds);
  bool well = ledger.lost + ledger.duplicates + ledger.disordered + left == 0 && broken == 0 && kills == kKills;
  return Close(std::move(json), well && taker_kills > 0);
}

}  // namespace greenroom

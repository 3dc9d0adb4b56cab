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

}  // namespace

int TortureBroker(int events) {
  int conversations = std::max(1, events / kPerConversation);
  auto rabbit = RabbitServer::Start();
  if (!rabbit) {
    std::fprintf(stderr, "rabbitmq-server is not installed, or does not start\n");
    return 1;
  }
  TemporaryHome here, there;
  auto source = std::move(SqliteStore::Open(here.path() + "/greenroom.db", {})).value();
  auto target = std::move(SqliteStore::Open(there.path() + "/greenroom.db", {})).value();
  for (int i = 0; i < conversations; ++i) {
    if (!Fill(source->turns(), i)) return std::fprintf(stderr, "the store takes no events\n"), 1;
  }
  std::printf("%d events in %d conversations wait\n", conversations * kPerConversation, conversations);
  auto publisher = MakePublisher(rabbit->Settings());
  auto consumer = MakeConsumer(rabbit->Settings());
  auto longest = std::chrono::milliseconds(1000);
  EventRelay relay({.server = "source", .longest_pause = longest}, source->outbox(), *publisher);
  EventIntake intake(target->turns());
  IntakeLoop loop(*consumer, intake,
                  {.name = "torture",
                   .own_server = "target",
                   .exists = [](const std::string& name) -> Result<bool> { return name == kEnvironment; },
                   .longest_pause = longest});
  auto begin = SteadyClock::now();
  std::thread sender([&] { relay.Run(); }), taker([&] { loop.Run(); });
  std::atomic<bool> over = false;
  int kills = 0;
  std::thread killer([&] { kills = KillInBetween(*rabbit, relay, conversations * kPerConversation, over); });
  auto limit = begin + std::chrono::minutes(20);
  auto settled = [&] {
    auto waiting = source->outbox().Count(kBrokerSink);
    return waiting && *waiting == 0 && loop.figures().taken >= int64_t{conversations} * kPerConversation;
  };
  while (!settled() && SteadyClock::now() < limit) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  over = true;
  killer.join();
  std::this_thread::sleep_for(std::chrono::seconds(2));  // what comes once more would be a duplicate
  relay.Stop();
  loop.Stop();
  sender.join();
  taker.join();
  double seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  Ledger ledger;
  for (int i = 0; i < conversations; ++i) Compare(target->turns(), i, ledger);
  int64_t left = source->outbox().Count(kBrokerSink).value();
  IntakeFigures figures = loop.figures();
  Json json = Json::Object({{"torture", "broker"},
                            {"sent", ledger.sent},
                            {"taken", ledger.taken},
                            {"lost", ledger.lost},
                            {"duplicates", ledger.duplicates},
                            {"disordered", ledger.disordered},
                            {"left_in_outbox", left},
                            {"broker_kills", kills},
                            {"known_again", figures.known},
                            {"rejected", figures.rejected},
                            {"relay_failures", relay.figures().failures},
                            {"seconds", seconds}});
  bool well = ledger.lost + ledger.duplicates + ledger.disordered + left + figures.rejected == 0 && kills == kKills;
  return Close(std::move(json), well);
}

}  // namespace greenroom

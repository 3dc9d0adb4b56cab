// Durable turns per second of the example assistant beside a bare server on the same HTTP code and store that commits
// the same rows for each message, without thinking. Both in one run, alternating; the ratio of the medians decides.
#include <algorithm>
#include <cstdio>

#include "base/log.h"
#include "bench/support.h"
#include "http/server.h"
#include "storage/sqlite_store.h"

namespace greenroom {
namespace {

constexpr int kRounds = 3;
constexpr double kSeconds = 4;
constexpr size_t kConversations = 512;
constexpr double kNeeded = 0.5;

// The bare server: accept row, claim, then the rows of one finished turn, then the same answer.
class BareServer {
 public:
  BareServer(const std::string& home, std::vector<Event> events, std::string reply)
      : events_(std::move(events)), reply_(std::move(reply)) {
    store_ = std::move(SqliteStore::Open(home + "/bare.db", {})).value();
    http_ = std::move(HttpServer::Start({}, [this](std::shared_ptr<HttpRequest> request, Responder respond) {
              Handle(request, respond);
            })).value();
  }
  uint16_t port() const { return http_->port(); }

 private:
  void Handle(std::shared_ptr<HttpRequest> request, Responder respond) {
    auto body = ParseJson(request->body);
    InboxEntry entry{.key = {.environment = "production", .conversation = (*body)["sender"].AsString()},
                     .channel = "rest",
                     .message = *body,
                     .model = "bare"};
    store_->turns().Accept(std::move(entry), [this, respond](Result<Acceptance> accepted) {
      // As in the real server the turn goes on on another thread than the committing one would be fair to both; the
      // bare server does no work worth a hop, so it commits at once.
      auto claim = store_->turns().TakeClaim(accepted->entry.key);
      TurnCommit turn{.key = accepted->entry.key,
                      .inbox_id = accepted->entry.id,
                      .fence = claim->fence,
                      .expected_seq = claim->next_seq - 1,
                      .model = "bare",
                      .events = events_,
                      .reply = reply_,
                      .outbox_sinks = {"events"}};
      store_->turns().Commit(std::move(turn), [this, respond](Result<void> done) {
        respond(done ? HttpResponse::Text(200, reply_, "application/json")
                     : HttpResponse::Text(500, done.error().message));
      });
    });
  }

  std::vector<Event> events_;
  std::string reply_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<HttpServer> http_;
};

LoadResult Measure(uint16_t port) {
  std::string url = "http://127.0.0.1:" + std::to_string(port) + "/webhooks/rest/webhook";
  return RunLoad(
      {.clients = 64, .seconds = kSeconds, .make = [url](size_t n) { return RestMessage(url, n, kConversations); }});
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Print(const char* name, const LoadResult& result) {
  std::printf("%-10s %8.0f turns/s   p50 %6.2f ms   p99 %6.2f ms   failed %zu\n", name, result.rate(),
              1e3 * result.Percentile(.5), 1e3 * result.Percentile(.99), result.failed);
}

// The events that a turn of the real server left behind, as rows for the bare one.
std::vector<Event> SampleTurn(const std::string& home) {
  auto store = std::move(SqliteStore::Open(home + "/greenroom.db", {})).value();
  auto stored = std::move(store->turns().Events({.environment = "production", .conversation = "guest-0"})).value();
  std::vector<Event> events;
  for (const StoredEvent& event : stored) {
    if (event.turn == stored.back().turn) events.push_back(event.event);
  }
  return events;
}

int Run() {
  SetLogLevel(LogLevel::kError);
  TemporaryHome home;
  auto trained = TrainExampleModel(home.path(), "hotel");
  if (!trained) return std::fprintf(stderr, "%s\n", trained.error().message.c_str()), 1;
  auto start = [&] {
    auto server = std::move(Server::Start({.home = home.path(), .port = 0, .program = GreenroomProgram()})).value();
    if (!server->registry().GetModel("default", "hotel")) (void)server->Register("models/hotel.grm", "hotel", "bench");
    (void)server->Promote("production", "hotel", "bench");
    server->WaitSettled();
    return server;
  };
  auto server = start();
  LoadResult warm = Measure(server->port());
  Print("warm-up", warm);
  server->Stop();
  std::vector<Event> events = SampleTurn(home.path());
  std::printf("a turn commits %zu event rows\n", events.size());

  server = start();
  BareServer bare(home.path(), events,
                  "[{\"recipient_id\":\"guest-0\",\"text\":\"Good day, this is the hotel desk. How can I help?\"}]");
  std::vector<double> ours, theirs, p50, p99;
  size_t failed = 0;
  for (int round = 0; round < kRounds; ++round) {
    LoadResult real = Measure(server->port()), plain = Measure(bare.port());
    Print("greenroom", real);
    Print("bare", plain);
    ours.push_back(real.rate());
    theirs.push_back(plain.rate());
    p50.push_back(real.Percentile(.5) * 1e3);
    p99.push_back(real.Percentile(.99) * 1e3);
    failed += real.failed + plain.failed;
  }
  double ratio = Median(ours) / Median(theirs);
  std::printf("ratio %.2f (needed: %.2f)\n", ratio, kNeeded);
  return Close(Json::Object({{"bench", "turns"},
                             {"turns_per_second", Median(ours)},
                             {"bare_per_second", Median(theirs)},
                             {"ratio", ratio},
                             {"p50_ms", Median(p50)},
                             {"p99_ms", Median(p99)},
                             {"failed", failed}}),
               ratio >= kNeeded && failed == 0);
}

}  // namespace
}  // namespace greenroom

int main() { return greenroom::Run(); }

// bench_store: turns per second that the store alone takes durably. Each of 64 conversations has one turn under way: an
// inbox row, a claim, then events, reply and outbox rows in one commit. Prints one line of JSON.
//
//   bench_store [seconds] [folder] [sinks]
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "storage/sqlite_store.h"

namespace greenroom {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr int kWriters = 64;
constexpr int kEvents = 7;
constexpr int kTurnsPerConversation = 20;

// One stream of turns, one after the other; all its calls but the first come from the committing thread.
class Writer {
 public:
  Writer(TurnStore& turns, std::atomic<bool>& stop, std::atomic<int>& running, int number, size_t sinks)
      : turns_(turns), stop_(stop), running_(running), number_(number) {
    for (size_t i = 0; i < sinks; ++i) sinks_.push_back("sink" + std::to_string(i));
  }

  void Start() {
    if (stop_) {
      --running_;
      return;
    }
    begun_ = SteadyClock::now();
    ++taken_;
    InboxEntry entry{.key = Key(),
                     .channel = "rest",
                     .idempotency_key = std::to_string(taken_),
                     .body_hash = std::string(64, 'b'),
                     .message = Json::Object({{"text", std::string(120, 't')}, {"sender", Key().conversation}}),
                     .model = std::string(64, 'm')};
    turns_.Accept(std::move(entry), [this](Result<Acceptance> accepted) {
      accepted.ok() ? Commit(accepted->entry.id) : Fail(accepted.error());
    });
  }

  std::vector<double> milliseconds;
  int failures = 0;

 private:
  ConversationKey Key() const {
    return {.environment = "production",
            .conversation = "c" + std::to_string(number_) + "-" + std::to_string((taken_ - 1) / kTurnsPerConversation)};
  }

  void Commit(int64_t id) {
    Result<Claim> claim = turns_.TakeClaim(Key());
    if (!claim) return Fail(claim.error());
    TurnCommit turn{.key = Key(),
                    .inbox_id = id,
                    .fence = claim->fence,
                    .expected_seq = claim->next_seq - 1,
                    .model = std::string(64, 'm'),
                    .reply = std::string(200, 'r'),
                    .outbox_sinks = sinks_};
    for (int i = 0; i < kEvents; ++i)
      turn.events.push_back({.body = SlotSet{"slot", Json(std::string(130, 'v'))}, .timestamp = 1.7e9 + i});
    turns_.Commit(std::move(turn), [this](Result<void> committed) {
      if (!committed) return Fail(committed.error());
      milliseconds.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - begun_).count());
      Start();
    });
  }

  void Fail(const Error& error) {
    std::fprintf(stderr, "%s: %s\n", error.reason.c_str(), error.message.c_str());
    ++failures;
    --running_;
  }

  TurnStore& turns_;
  std::atomic<bool>& stop_;
  std::atomic<int>& running_;
  const int number_;
  std::vector<std::string> sinks_;
  int taken_ = 0;
  SteadyClock::time_point begun_;
};

int Run(double seconds, const std::string& folder, size_t sinks) {
  std::filesystem::create_directories(folder);
  std::string path = folder + "/bench_store.db";
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(path + suffix);
  auto store = SqliteStore::Open(path, {});
  if (!store) return std::fprintf(stderr, "%s\n", store.error().message.c_str()), 1;
  std::atomic<bool> stop = false;
  std::atomic<int> running = kWriters;
  std::vector<std::unique_ptr<Writer>> writers;
  for (int i = 0; i < kWriters; ++i)
    writers.push_back(std::make_unique<Writer>((*store)->turns(), stop, running, i, sinks));
  auto begun = SteadyClock::now();
  for (auto& writer : writers) writer->Start();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  stop = true;
  while (running > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  double wall = std::chrono::duration<double>(SteadyClock::now() - begun).count();
  std::vector<double> all;
  int failures = 0;
  for (auto& writer : writers) {
    all.insert(all.end(), writer->milliseconds.begin(), writer->milliseconds.end());
    failures += writer->failures;
  }
  std::sort(all.begin(), all.end());
  auto violations = (*store)->turns().Verify();
  double p50 = all.empty() ? 0 : all[all.size() / 2], p99 = all.empty() ? 0 : all[all.size() * 99 / 100];
  bool sound = violations.ok() && violations->empty() && failures == 0 && !all.empty();
  if (!violations)
    std::fprintf(stderr, "%s\n", violations.error().message.c_str());
  else if (!violations->empty())
    std::fprintf(stderr, "%zu violations: %s\n", violations->size(), violations->front().c_str());
  std::printf(
      "{\"bench\":\"store\",\"writers\":%d,\"events_per_turn\":%d,\"sinks\":%zu,\"turns\":%zu,\"turns_per_second\":%."
      "0f,"
      "\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"sound\":%s}\n",
      kWriters, kEvents, sinks, all.size(), static_cast<double>(all.size()) / wall, p50, p99, sound ? "true" : "false");
  store->reset();
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(path + suffix);
  return sound ? 0 : 1;
}

}  // namespace
}  // namespace greenroom

int main(int argc, char** argv) {
  double seconds = argc > 1 ? std::atof(argv[1]) : 5;
  std::string folder = argc > 2 ? argv[2] : std::filesystem::temp_directory_path().string();
  size_t sinks = argc > 3 ? static_cast<size_t>(std::atoi(argv[3])) : 1;
  return greenroom::Run(seconds, folder, sinks);
}

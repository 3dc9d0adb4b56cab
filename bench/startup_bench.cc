// Start to ready with three embedded environments, memory in all and per environment, and turns while training runs.
#include <chrono>
#include <cstdio>
#include <thread>

#include "base/log.h"
#include "bench/support.h"

namespace greenroom {
namespace {

constexpr double kReadyLimit = 0.3;     // seconds
constexpr double kTrainingRatio = 1.5;  // p99 while training / p99 without

double Now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

LoadResult Load(uint16_t port) {
  std::string url = "http://127.0.0.1:" + std::to_string(port) + "/webhooks/rest/webhook";
  return RunLoad({.clients = 4, .seconds = 4, .make = [url](size_t n) { return RestMessage(url, n, 512); }});
}

// Keeps training jobs running until the load is over.
LoadResult LoadWhileTraining(Server& server, const std::string& project) {
  std::atomic<bool> over = false;
  std::thread trainer([&] {
    while (!over) {
      auto job = server.jobs().Submit({.source_directory = project, .actor = "bench"});
      while (job && !over && (job->state == JobState::kQueued || job->state == JobState::kTraining)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        job = server.jobs().Find(job->id);
      }
    }
  });
  LoadResult result = Load(server.port());
  over = true;
  trainer.join();
  return result;
}

int Run() {
  SetLogLevel(LogLevel::kOff);
  TemporaryHome home;
  for (const char* name : {"one", "two", "three"}) {
    if (auto trained = TrainExampleModel(home.path(), name, std::string("Version ") + name); !trained) return 1;
  }
  auto start = [&] {
    return std::move(Server::Start({.home = home.path(), .port = 0, .program = GreenroomProgram()})).value();
  };
  double empty = 0;
  {
    auto server = start();
    empty = MemoryOf(0).resident;
    (void)server->registry().PutEnvironment({.name = "experimental"});
    for (auto [environment, model] :
         {std::pair{"production", "one"}, std::pair{"experimental", "two"}, std::pair{"worker", "three"}}) {
      (void)server->Register(std::string("models/") + model + ".grm", model, "bench");
      (void)server->Promote(environment, model, "bench");
    }
    server->WaitSettled();
  }
  double begun = Now();
  auto server = start();
  server->WaitSettled();
  double ready = Now() - begun;
  MemoryUse memory = MemoryOf(0);
  LoadResult quiet = Load(server->port());
  LoadResult busy = LoadWhileTraining(*server, home.path() + "/source-one");
  double ratio = busy.Percentile(.99) / quiet.Percentile(.99);
  std::printf(
      "ready in %.0f ms; resident %.1f MiB (%.1f MiB a loaded environment); p99 %.2f ms, while training %.2f ms "
      "(%.2fx)\n",
      ready * 1e3, memory.resident, (memory.resident - empty) / 3, 1e3 * quiet.Percentile(.99),
      1e3 * busy.Percentile(.99), ratio);
  return Close(Json::Object({{"bench", "startup"},
                             {"ready_ms", ready * 1e3},
                             {"resident_mib", memory.resident},
                             {"per_environment_mib", (memory.resident - empty) / 3},
                             {"p99_ms", 1e3 * quiet.Percentile(.99)},
                             {"p99_training_ms", 1e3 * busy.Percentile(.99)},
                             {"ratio", ratio}}),
               ready <= kReadyLimit && ratio <= kTrainingRatio);
}

}  // namespace
}  // namespace greenroom

int main() { return greenroom::Run(); }

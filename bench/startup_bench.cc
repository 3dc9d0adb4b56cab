// Start to ready with three embedded environments, memory in all and per environment, and turns while training runs.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/files.h"
#include "base/log.h"
#include "bench/support.h"

namespace greenroom {
namespace {

constexpr double kReadyLimit = 0.3;     // seconds
constexpr double kTrainingRatio = 1.5;  // p99 while training / p99 without
constexpr int kRounds = 10;             // of quiet and busy in turn, so that a slow moment of the machine hits both
constexpr int kTopics = 60, kExamples = 60;

double Now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

LoadResult Load(uint16_t port) {
  std::string url = "http://127.0.0.1:" + std::to_string(port) + "/webhooks/rest/webhook";
  return RunLoad({.clients = 4, .seconds = 2, .make = [url](size_t n) { return RestMessage(url, n, 512); }});
}

// Examples that differ from one edition to the next, so that nothing can be taken from the training before.
void WriteTopics(const std::string& project, int edition) {
  static constexpr const char* kWords[] = {"please", "when", "room",  "tower", "paint", "river", "early", "count",
                                           "green",  "sing", "offer", "cloud", "stone", "table", "under", "night"};
  std::ofstream nlu(project + "/data/topics.yml");
  nlu << "version: \"3.1\"\nnlu:\n";
  for (int topic = 0; topic < kTopics; ++topic) {
    nlu << "  - intent: topic_" << topic << "\n    examples: |\n";
    for (int i = 0; i < kExamples; ++i) {
      nlu << "      - about topic " << topic << " " << kWords[i % 16] << " " << kWords[(i / 4 + topic) % 16] << " ["
          << i << "](guests) " << kWords[(i * 7 + topic) % 16] << " edition" << edition << "\n";
    }
  }
}

// The example with so many more intents that its training takes seconds.
Result<std::string> MakeLargeProject(const std::string& home) {
  const std::string project = home + "/source-large";
  std::error_code failed;
  std::filesystem::copy(home + "/source-one", project, std::filesystem::copy_options::recursive, failed);
  GR_ASSIGN(std::string domain, ReadFile(project + "/domain.yml"));
  std::string intents;
  for (int topic = 0; topic < kTopics; ++topic) intents += "  - topic_" + std::to_string(topic) + "\n";
  domain.insert(domain.find("intents:\n") + 9, intents);
  GR_TRY(WriteFileDurably(project + "/domain.yml", domain));
  return project;
}

void Add(LoadResult& sum, LoadResult part) {
  sum.answered += part.answered;
  sum.failed += part.failed;
  sum.latencies.insert(sum.latencies.end(), part.latencies.begin(), part.latencies.end());
}

// Keeps training jobs running until the load is over.
LoadResult LoadWhileTraining(Server& server, const std::string& project, int round) {
  std::atomic<bool> over = false;
  std::thread trainer([&] {
    for (int edition = 1000 * round; !over; ++edition) {
      WriteTopics(project, edition);
      auto job = server.jobs().Submit({.source_directory = project, .actor = "bench"});
      while (job && !over && (job->state == JobState::kQueued || job->state == JobState::kTraining)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        job = server.jobs().Find(job->id);
      }
      if (job && job->state == JobState::kFailed) std::fprintf(stderr, "training failed: %s\n", job->message.c_str());
    }
  });
  LoadResult result = Load(server.port());
  over = true;
  trainer.join();
  if (auto jobs = server.jobs().List("default", 1); jobs && !jobs->empty())
    (void)server.jobs().Cancel(jobs->front().id);
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
  const Result<std::string> project = MakeLargeProject(home.path());
  if (!project) return 1;
  Load(server->port());  // warm
  LoadResult quiet, busy;
  for (int round = 0; round < kRounds; ++round) {
    Add(quiet, Load(server->port()));
    Add(busy, LoadWhileTraining(*server, *project, round));
  }
  size_t failed_trainings = 0;
  for (const TrainingJob& job : server->jobs().List("default", 1000).value()) {
    failed_trainings += job.state == JobState::kFailed ? 1 : 0;
  }
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
                             {"ratio", ratio},
                             {"failed_trainings", failed_trainings}}),
               ready <= kReadyLimit && ratio <= kTrainingRatio && failed_trainings == 0);
}

}  // namespace
}  // namespace greenroom

int main() { return greenroom::Run(); }

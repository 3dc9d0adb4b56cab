#include "bench/support.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "app/example.h"
#include "base/environment.h"
#include "base/files.h"
#include "base/text.h"
#include "nlu/register.h"
#include "training/train_model.h"

namespace greenroom {
namespace {

using Clock_ = std::chrono::steady_clock;

double Since(Clock_::time_point begun) { return std::chrono::duration<double>(Clock_::now() - begun).count(); }

// Keeps `clients` requests under way until the time is over.
class ClosedLoop {
 public:
  explicit ClosedLoop(const LoadPlan& plan) : plan_(plan) {
    auto client = HttpClient::Create({.connections_per_host = static_cast<size_t>(plan.clients)});
    client_ = std::move(client).value();
  }

  LoadResult Run() {
    begun_ = Clock_::now();
    for (int i = 0; i < plan_.clients; ++i) Send();
    std::unique_lock<std::mutex> lock(mutex_);
    idle_.wait(lock, [this] { return running_ == 0 && Over(); });
    result_.seconds = Since(begun_);
    return std::move(result_);
  }

 private:
  bool Over() const { return Since(begun_) >= plan_.seconds || (plan_.stop && *plan_.stop); }

  void Send() {
    size_t n;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      n = next_++;
      ++running_;
    }
    auto sent = Clock_::now();
    client_->Async(plan_.make(n), [this, n, sent](Result<HttpClientResponse> answer) {
      bool good = answer && answer->status == 200 && (!plan_.check || plan_.check(n, *answer));
      bool more = !Over();
      {
        std::lock_guard<std::mutex> lock(mutex_);
        ++(good ? result_.answered : result_.failed);
        if (good) result_.latencies.push_back(Since(sent));
        --running_;
        if (!more && running_ == 0) idle_.notify_one();
      }
      if (more) Send();
    });
  }

  const LoadPlan& plan_;
  Clock_::time_point begun_;
  std::mutex mutex_;
  std::condition_variable idle_;
  size_t next_ = 0;
  size_t running_ = 0;
  LoadResult result_;
  std::unique_ptr<HttpClient> client_;  // last: its thread ends before the rest goes
};

}  // namespace

TemporaryHome::TemporaryHome() {
  char name[] = "/tmp/greenroom-bench-XXXXXX";
  path_ = ::mkdtemp(name);
  std::filesystem::create_directories(path_ + "/models");
}

TemporaryHome::~TemporaryHome() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Result<void> TrainExampleModel(const std::string& home, const std::string& name, const std::string& greeting) {
  std::string project = home + "/source-" + name;
  GR_TRY(WriteExample(project));
  if (!greeting.empty()) {
    GR_ASSIGN(std::string domain, ReadFile(project + "/domain.yml"));
    domain = ReplaceAll(domain, "Good day, this is the hotel desk. How can I help?", greeting);
    domain = ReplaceAll(domain, "Welcome to the hotel. What can I do for you?", greeting);
    GR_TRY(WriteFileDurably(project + "/domain.yml", domain));
  }
  LoadedSource loaded = LoadSource({.root = project}, ProcessEnvironment());
  ComponentRegistry components;
  RegisterNluComponents(components);
  GR_ASSIGN(TrainedModel trained,
            TrainModel(loaded.source, components, {.output = home + "/models/" + name + ".grm", .name = name},
                       loaded.diagnostics));
  (void)trained;
  return {};
}

std::string GreenroomProgram() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "greenroom").string();
}

double LoadResult::Percentile(double share) const {
  if (latencies.empty()) return 0;
  std::vector<double> sorted = latencies;
  std::sort(sorted.begin(), sorted.end());
  return sorted[std::min(sorted.size() - 1, static_cast<size_t>(share * static_cast<double>(sorted.size())))];
}

LoadResult RunLoad(const LoadPlan& plan) { return ClosedLoop(plan).Run(); }

HttpClientRequest RestMessage(const std::string& url, size_t n, size_t conversations) {
  static const char* const kTexts[] = {"hello", "when is breakfast?", "where can I park?", "are pets allowed?",
                                       "thanks"};
  HttpClientRequest request{.method = "POST", .url = url};
  request.headers.Set("Content-Type", "application/json");
  request.body = Json::Object({{"sender", "guest-" + std::to_string(n % conversations)},
                               {"message", kTexts[(n / conversations) % 5]}})
                     .Dump();
  return request;
}

MemoryUse MemoryOf(int pid) {
  std::string process = pid == 0 ? "self" : std::to_string(pid);
  std::ifstream rollup("/proc/" + process + "/smaps_rollup");
  MemoryUse use;
  std::string word;
  double kib;
  for (std::string line; std::getline(rollup, line);) {
    if (std::sscanf(line.c_str(), "Rss: %lf kB", &kib) == 1) use.resident = kib / 1024;
    if (std::sscanf(line.c_str(), "Pss: %lf kB", &kib) == 1) use.proportional = kib / 1024;
  }
  return use;
}

int Close(Json figures, bool ok) {
  figures.Set("ok", ok);
  std::printf("%s\n", figures.Dump().c_str());
  return ok ? 0 : 1;
}

}  // namespace greenroom

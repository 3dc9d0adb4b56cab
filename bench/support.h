// What the benchmarks and torture runs share: a temporary home, the trained example, a load generator, percentiles.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/server.h"
#include "base/json.h"
#include "http/client.h"

namespace greenroom {

// A folder that is removed at the end.
class TemporaryHome {
 public:
  TemporaryHome();
  ~TemporaryHome();
  TemporaryHome(const TemporaryHome&) = delete;
  TemporaryHome& operator=(const TemporaryHome&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Trains the bundled example into <home>/models/<name>.grm; `greeting` replaces its first greeting when given.
Result<void> TrainExampleModel(const std::string& home, const std::string& name, const std::string& greeting = "");

// Path of the greenroom binary beside this program.
std::string GreenroomProgram();

struct LoadResult {
  size_t answered = 0;
  size_t failed = 0;
  double seconds = 0;
  std::vector<double> latencies;  // seconds, unsorted
  double rate() const { return seconds > 0 ? static_cast<double>(answered) / seconds : 0; }
  double Percentile(double share) const;  // seconds
};

// A closed loop of `clients` requests under way at once for `seconds`, from one thread. `make` gives the n-th request;
// `check` sees each good answer and says whether it is right.
struct LoadPlan {
  int clients = 64;
  double seconds = 3;
  std::function<HttpClientRequest(size_t n)> make;
  std::function<bool(size_t n, const HttpClientResponse&)> check;
  std::atomic<bool>* stop = nullptr;  // ends early when set
};
LoadResult RunLoad(const LoadPlan& plan);

// A REST channel message of one of `conversations` senders.
HttpClientRequest RestMessage(const std::string& url, size_t n, size_t conversations);

// Resident and proportional set size of a process in MiB (0 when unreadable); pid 0 = this one.
struct MemoryUse {
  double resident = 0, proportional = 0;
};
MemoryUse MemoryOf(int pid);

// Prints the closing line of JSON; the exit status that belongs to it.
int Close(Json figures, bool ok);

}  // namespace greenroom

#include "serving/traffic.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace greenroom {
namespace {

constexpr double kShortest = 1e-4, kClassesPerDoubling = 4;
// Names come from paths of requests; only environments that answered are counted, and not without end.
constexpr size_t kMostEnvironments = 1'000;

}  // namespace

size_t Traffic::ClassOf(double seconds) {
  if (seconds <= kShortest) return 0;
  const double number = std::ceil(kClassesPerDoubling * std::log2(seconds / kShortest));
  return static_cast<size_t>(std::min(number, static_cast<double>(kClasses - 1)));
}

// The upper end of the class in which so many turns were as fast or faster.
double Traffic::Quantile(const Minute& minute, double share, uint64_t turns) {
  const auto wanted = static_cast<uint64_t>(std::ceil(share * static_cast<double>(turns)));
  uint64_t seen = 0;
  for (size_t i = 0; i < kClasses; ++i) {
    seen += minute.turns[i];
    if (seen >= wanted) return kShortest * std::exp2(static_cast<double>(i) / kClassesPerDoubling);
  }
  return 0;
}

void Traffic::Count(const std::string& environment, double seconds, bool failed) {
  const auto number = static_cast<int64_t>(clock_.NowSeconds() / 60);
  MutexLock lock(mutex_);
  if (hours_.size() >= kMostEnvironments && !hours_.contains(environment)) return;
  Minute& minute = hours_[environment][static_cast<size_t>(number) % kMinutes];
  if (minute.number != number) minute = {.number = number};
  minute.failed += failed ? 1 : 0;
  ++minute.turns[ClassOf(seconds)];
}

std::vector<TrafficMinute> Traffic::LastHour(const std::string& environment) const {
  const auto now = static_cast<int64_t>(clock_.NowSeconds() / 60);
  std::vector<TrafficMinute> minutes;
  MutexLock lock(mutex_);
  const auto hour = hours_.find(environment);
  for (int64_t number = now - static_cast<int64_t>(kMinutes) + 1; number <= now; ++number) {
    TrafficMinute& shown = minutes.emplace_back(TrafficMinute{.at = number * 60});
    if (hour == hours_.end()) continue;
    const Minute& minute = hour->second[static_cast<size_t>(number) % kMinutes];
    if (minute.number != number) continue;
    shown.turns = std::accumulate(minute.turns.begin(), minute.turns.end(), uint64_t{0});
    shown.failed = minute.failed;
    shown.p50 = Quantile(minute, 0.5, shown.turns);
    shown.p95 = Quantile(minute, 0.95, shown.turns);
  }
  return minutes;
}

}  // namespace greenroom

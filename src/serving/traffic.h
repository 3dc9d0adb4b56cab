// Traffic: how many turns each environment took, how many failed and how long they lasted, minute by minute for the
// last hour. It is what people see on a screen; nothing decides by it, and it begins anew with the process.
//
//   Traffic traffic(clock);
//   traffic.Count("production", 0.012, false);
//   traffic.LastHour("production").back().turns
//
// Durations are kept in classes of which each is 19 % longer than the one before, so a quantile is exact to that.
// Thread rules: safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"

namespace greenroom {

// One minute of an environment. `p50` and `p95` are seconds from the message's arrival to its answer; 0 without turns.
struct TrafficMinute {
  int64_t at = 0;  // unix seconds of its beginning
  uint64_t turns = 0;
  uint64_t failed = 0;  // of the turns
  double p50 = 0, p95 = 0;
};

class Traffic {
 public:
  explicit Traffic(const Clock& clock) : clock_(clock) {}

  void Count(const std::string& environment, double seconds, bool failed);
  // The last 60 minutes up to the one that is under way, oldest first, with zeros where nothing was said.
  std::vector<TrafficMinute> LastHour(const std::string& environment) const;

  static constexpr size_t kMinutes = 60;

 private:
  static constexpr size_t kClasses = 96;  // from 0.1 ms on: up to 23 minutes
  struct Minute {
    int64_t number = -1;  // of minutes since 1970; what is older than an hour is written over
    uint64_t failed = 0;
    std::array<uint32_t, kClasses> turns = {};
  };
  using Hour = std::array<Minute, kMinutes>;

  static size_t ClassOf(double seconds);
  static double Quantile(const Minute& minute, double share, uint64_t turns);

  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<std::string, Hour> hours_ GUARDED_BY(mutex_);
};

}  // namespace greenroom

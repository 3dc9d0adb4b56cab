// Clock: the time, behind an interface so that tests own it.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

namespace greenroom {

class Clock {
 public:
  virtual ~Clock() = default;
  // Unix time in seconds.
  virtual double NowSeconds() const = 0;
  // For durations and deadlines; never goes back.
  virtual std::chrono::steady_clock::time_point Steady() const = 0;
};

// The machine's clock. Safe from any thread.
const Clock& SystemClock();

// A clock that stands still until it is moved. For tests.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(double now = 1'700'000'000) : now_(now) {}
  double NowSeconds() const override { return now_; }
  std::chrono::steady_clock::time_point Steady() const override;
  void Advance(double seconds) { now_ = now_ + seconds; }

 private:
  std::atomic<double> now_;
};

// "2026-11-24T20:15:00Z".
std::string FormatIso8601(double unix_seconds);

}  // namespace greenroom

// StopSignal: SIGTERM and SIGINT as something to wait for. A second signal ends the process at once, which the store
// survives. Thread rules: Install before other threads start.
#pragma once

#include <chrono>

namespace greenroom {

class StopSignal {
 public:
  static void Install();
  // Waits for the signal.
  static void Wait();
  // True when the signal came within the time.
  static bool Wait(std::chrono::milliseconds limit);
};

}  // namespace greenroom

// Reconciler: brings every embedded environment of this process to what the registry wants: load, warm up, switch,
// drain.
//
// Tick makes one pass and performs at most one step per environment; the owner's thread calls Run, tests call Tick.
// A failed load changes nothing that serves; its reason is kept in the status. Wake may be called from any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "registry/registry.h"
#include "serving/environments.h"
#include "serving/model_loader.h"

namespace greenroom {

class Reconciler {
 public:
  Reconciler(const Registry& registry, ModelLoader& loader, Environments& environments, const Clock& clock)
      : registry_(registry), loader_(loader), environments_(environments), clock_(clock) {}

  // One pass. Returns the number of steps that were performed; 0 = everything is as wanted (or failed and waiting).
  int Tick();
  // Ticks until nothing is left to do.
  void Settle();
  // Settles, then waits for Wake or the poll interval, until Stop.
  void Run();
  void Wake();
  void Stop();
  // Also told of each Wake, on the thread that wakes; must be short. Set before other threads use the reconciler.
  void OnWake(std::function<void()> observer) { on_wake_ = std::move(observer); }

 private:
  // Brings names and wanted models in line with the registry; forgets failures of models no longer wanted.
  void ReadWanted();
  void Perform(const std::string& environment, const RolloutStep& step);
  void Load(const std::string& environment, const std::string& model);
  // Lets the warm model answer; the one before stays warm for a roll back.
  void Switch(const std::string& environment);

  const Registry& registry_;
  ModelLoader& loader_;
  Environments& environments_;
  const Clock& clock_;
  std::function<void()> on_wake_ = [] {};
  Mutex wake_mutex_;
  ConditionVariable wake_;
  bool woken_ GUARDED_BY(wake_mutex_) = false;
  bool stopping_ GUARDED_BY(wake_mutex_) = false;
};

}  // namespace greenroom

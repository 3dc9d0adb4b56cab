// Executor: a fixed pool of named threads for CPU work. Tasks start in order of submission.
//
//   Executor executor("turn", 4);                 // threads turn-0 .. turn-3
//   executor.Submit([&] { Work(); });
//   executor.Stop();                              // everything submitted before has run
//
// A task must not throw; one that does is logged (event task_failed) and the thread goes on.
// Thread rules: Submit from any thread; Stop once, by the owner: it runs what was submitted and joins.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace greenroom {

// kLow: the threads give way to all others of the machine (nice 10), for work nobody waits for.
enum class ThreadPriority { kNormal, kLow };

class Executor {
 public:
  Executor(const std::string& name, size_t threads, ThreadPriority priority = ThreadPriority::kNormal);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // After Stop tasks are dropped.
  void Submit(std::function<void()> task);
  void Stop();
  size_t threads() const { return threads_.size(); }

 private:
  void Work(const std::string& name, ThreadPriority priority);

  Mutex mutex_;
  ConditionVariable ready_;
  std::deque<std::function<void()>> tasks_ GUARDED_BY(mutex_);
  size_t idle_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace greenroom

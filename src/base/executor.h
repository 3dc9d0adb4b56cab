// Executor: a fixed pool of named threads for CPU work. Tasks start in order of submission.
// Thread rules: Submit from any thread; Stop once, by the owner: it runs what was submitted and joins.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace greenroom {

class Executor {
 public:
  Executor(std::string name, size_t threads);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // After Stop tasks are dropped.
  void Submit(std::function<void()> task);
  void Stop();
  size_t threads() const { return threads_.size(); }

 private:
  void Work(const std::string& name);

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> tasks_;
  size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace greenroom

#include "base/executor.h"

#include <pthread.h>

namespace greenroom {

Executor::Executor(std::string name, size_t threads) {
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, label = (name + "-" + std::to_string(i)).substr(0, 15)] { Work(label); });
  }
}

Executor::~Executor() { Stop(); }

void Executor::Submit(std::function<void()> task) {
  bool wake;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return;
    tasks_.push_back(std::move(task));
    wake = idle_ > 0;
  }
  if (wake) ready_.notify_one();
}

void Executor::Work(const std::string& name) {
  ::pthread_setname_np(::pthread_self(), name.c_str());
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      ++idle_;
      ready_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      --idle_;
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

void Executor::Stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace greenroom

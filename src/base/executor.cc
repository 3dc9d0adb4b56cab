#include "base/executor.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <exception>

#include "base/log.h"

namespace greenroom {
namespace {

constexpr int kLowPriorityNice = 10;
constexpr size_t kMaxThreadName = 15;  // more is refused by the kernel

// On Linux nice values belong to threads, so this touches the calling one only.
void LowerPriority() { ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowPriorityNice); }

// Out of memory in one task must not end the process and with it everybody else's work.
void Run(const std::function<void()>& task) {
  try {
    task();
  } catch (const std::exception& error) {
    Log(LogLevel::kError, "task_failed", {{"cause", error.what()}});
  }
}

}  // namespace

Executor::Executor(const std::string& name, size_t threads, ThreadPriority priority) {
  for (size_t i = 0; i < threads; ++i) {
    std::string number = "-" + std::to_string(i);
    std::string label = name.substr(0, kMaxThreadName - number.size()) + number;
    threads_.emplace_back([this, label, priority] { Work(label, priority); });
  }
}

Executor::~Executor() { Stop(); }

void Executor::Submit(std::function<void()> task) {
  bool wake;
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    tasks_.push_back(std::move(task));
    wake = idle_ > 0;
  }
  if (wake) ready_.NotifyOne();
}

void Executor::Work(const std::string& name, ThreadPriority priority) {
  ::pthread_setname_np(::pthread_self(), name.c_str());
  if (priority == ThreadPriority::kLow) LowerPriority();
  while (true) {
    std::function<void()> task;
    {
      MutexLock lock(mutex_);
      ++idle_;
      ready_.Wait(mutex_, [this]() REQUIRES_LOCK(mutex_) { return stopping_ || !tasks_.empty(); });
      --idle_;
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    Run(task);
  }
}

void Executor::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  ready_.NotifyAll();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace greenroom

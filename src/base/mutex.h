// Mutex with clang's thread-safety annotations, a scoped lock, a condition variable, and Guarded<T>, whose value cannot
// be reached unlocked.
//
//   Mutex mutex_;
//   ConditionVariable changed_;
//   int count_ GUARDED_BY(mutex_) = 0;
//   void Increment() { MutexLock lock(mutex_); ++count_; changed_.NotifyOne(); }
//   void Await() {
//     MutexLock lock(mutex_);
//     changed_.Wait(mutex_, [this]() REQUIRES_LOCK(mutex_) { return count_ > 0; });
//   }
//
//   Guarded<std::map<std::string, int>> counts_;
//   counts_.With([&](auto& counts) { ++counts[name]; });
//
// The annotations are checked by clang's -Wthread-safety and mean nothing to other compilers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#if defined(__clang__)
#define GR_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define GR_THREAD_ATTRIBUTE(x)
#endif
#define CAPABILITY(x) GR_THREAD_ATTRIBUTE(capability(x))
#define SCOPED_CAPABILITY GR_THREAD_ATTRIBUTE(scoped_lockable)
// The member may be touched only while the mutex is held.
#define GUARDED_BY(x) GR_THREAD_ATTRIBUTE(guarded_by(x))
#define REQUIRES_LOCK(...) GR_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define ACQUIRES(...) GR_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define RELEASES(...) GR_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define UNCHECKED_LOCKING GR_THREAD_ATTRIBUTE(no_thread_safety_analysis)

namespace greenroom {

class CAPABILITY("mutex") Mutex {
 public:
  void Lock() ACQUIRES() { mutex_.lock(); }
  void Unlock() RELEASES() { mutex_.unlock(); }

 private:
  friend class ConditionVariable;
  std::mutex mutex_;
};

// Holds a Mutex from construction to the end of the scope.
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRES(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() RELEASES() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Lets the holder of a Mutex sleep until another thread has changed what the mutex guards. The condition is called
// under the mutex and says so with REQUIRES_LOCK, because the analysis does not look through the call. Notify from any
// thread, with or without the mutex.
class ConditionVariable {
 public:
  template <typename Condition>
  void Wait(Mutex& mutex, Condition condition) REQUIRES_LOCK(mutex) UNCHECKED_LOCKING {
    Borrowed lock(mutex.mutex_);
    condition_.wait(lock.borrowed, condition);
  }
  // Whether the condition held before the time was over.
  template <typename Condition>
  bool WaitFor(Mutex& mutex, std::chrono::milliseconds limit, Condition condition)
      REQUIRES_LOCK(mutex) UNCHECKED_LOCKING {
    Borrowed lock(mutex.mutex_);
    return condition_.wait_for(lock.borrowed, limit, condition);
  }
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  // The caller's MutexLock stays the owner, also when the condition throws.
  struct Borrowed {
    explicit Borrowed(std::mutex& mutex) : borrowed(mutex, std::adopt_lock) {}
    ~Borrowed() { borrowed.release(); }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    std::unique_lock<std::mutex> borrowed;
  };
  std::condition_variable condition_;
};

// A value that is reached only inside With, under its lock. No callbacks, I/O or foreign destructors in there.
template <typename T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}
  template <typename F>
  auto With(F&& f) {
    MutexLock lock(mutex_);
    return f(value_);
  }
  template <typename F>
  auto With(F&& f) const {
    MutexLock lock(mutex_);
    return f(static_cast<const T&>(value_));
  }

 private:
  mutable Mutex mutex_;
  T value_ GUARDED_BY(mutex_){};
};

}  // namespace greenroom

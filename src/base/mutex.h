// Mutex with clang's thread-safety annotations, a scoped lock, and Guarded<T>, whose value cannot be reached unlocked.
//
//   Mutex mutex_;
//   int count_ GUARDED_BY(mutex_) = 0;
//   void Increment() { MutexLock lock(mutex_); ++count_; }
//
//   Guarded<std::map<std::string, int>> counts_;
//   counts_.With([&](auto& counts) { ++counts[name]; });
//
// The annotations are checked by clang's -Wthread-safety and mean nothing to other compilers.
#pragma once

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

namespace greenroom {

class CAPABILITY("mutex") Mutex {
 public:
  void Lock() ACQUIRES() { mutex_.lock(); }
  void Unlock() RELEASES() { mutex_.unlock(); }

 private:
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

// A value that is reached only inside With, under its lock. No callbacks, I/O or foreign destructors in there.
template <typename T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}
  template <typename F>
  auto With(F&& f) {
    std::lock_guard<std::mutex> lock(mutex_);
    return f(value_);
  }
  template <typename F>
  auto With(F&& f) const {
    std::lock_guard<std::mutex> lock(mutex_);
    return f(static_cast<const T&>(value_));
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace greenroom

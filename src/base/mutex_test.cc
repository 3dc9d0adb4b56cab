#include "base/mutex.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace greenroom {
namespace {

// As the classes of the project use it: what the mutex guards, and the signal that it changed.
class Door {
 public:
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    opened_.NotifyAll();
  }
  void Pass() {
    MutexLock lock(mutex_);
    opened_.Wait(mutex_, [this]() REQUIRES_LOCK(mutex_) { return open_; });
  }
  bool PassWithin(std::chrono::milliseconds limit) {
    MutexLock lock(mutex_);
    return opened_.WaitFor(mutex_, limit, [this]() REQUIRES_LOCK(mutex_) { return open_; });
  }
  void PassBrokenly() {
    MutexLock lock(mutex_);
    opened_.Wait(mutex_, []() -> bool { throw std::runtime_error("broken"); });
  }

 private:
  Mutex mutex_;
  ConditionVariable opened_;
  bool open_ GUARDED_BY(mutex_) = false;
};

TEST(ConditionVariable, WakesWhoeverWaits) {
  Door door;
  std::thread first([&door] { door.Pass(); });
  std::thread second([&door] { EXPECT_TRUE(door.PassWithin(std::chrono::minutes(1))); });
  door.Open();
  first.join();
  second.join();
}

TEST(ConditionVariable, GivesUpWhenTheTimeIsOver) {
  Door door;
  EXPECT_FALSE(door.PassWithin(std::chrono::milliseconds(1)));
  door.Open();
  EXPECT_TRUE(door.PassWithin(std::chrono::milliseconds(0)));
}

TEST(ConditionVariable, LeavesTheMutexUsableWhenTheConditionThrows) {
  Door door;
  EXPECT_THROW(door.PassBrokenly(), std::runtime_error);
  door.Open();
  door.Pass();
}

}  // namespace
}  // namespace greenroom

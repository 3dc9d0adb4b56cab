#include "base/executor.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "base/mutex.h"

namespace greenroom {
namespace {

TEST(Executor, StartsTasksInOrderOfSubmission) {
  std::vector<int> order;
  Executor executor("one", 1);
  for (int i = 0; i < 1000; ++i) executor.Submit([&order, i] { order.push_back(i); });
  executor.Stop();
  ASSERT_EQ(order.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Executor, RunsTasksInParallel) {
  Executor executor("pair", 2);
  std::promise<void> first, second;
  executor.Submit([&] {
    first.set_value();
    second.get_future().wait();
  });
  executor.Submit([&] {
    first.get_future().wait();
    second.set_value();
  });
  executor.Stop();
}

TEST(Executor, StopRunsWhatWasSubmittedFromManyThreads) {
  std::atomic<int> count = 0;
  Executor executor("many", 3);
  std::vector<std::thread> submitters;
  for (int t = 0; t < 4; ++t) {
    submitters.emplace_back([&] {
      for (int i = 0; i < 500; ++i) executor.Submit([&count] { ++count; });
    });
  }
  for (std::thread& thread : submitters) thread.join();
  executor.Stop();
  EXPECT_EQ(count, 2000);
}

TEST(Executor, DropsTasksAfterStop) {
  bool ran = false;
  Executor executor("late", 1);
  executor.Stop();
  executor.Submit([&ran] { ran = true; });
  executor.Stop();
  EXPECT_FALSE(ran);
}

TEST(Executor, SurvivesATaskThatThrows) {
  bool ran = false;
  Executor executor("throw", 1);
  executor.Submit([] { throw std::runtime_error("on purpose"); });
  executor.Submit([&ran] { ran = true; });
  executor.Stop();
  EXPECT_TRUE(ran);
}

TEST(Executor, NamesItsThreads) {
  char name[16] = {};
  Executor executor("a_very_long_name", 1);
  executor.Submit([&name] { ::pthread_getname_np(::pthread_self(), name, sizeof name); });
  executor.Stop();
  EXPECT_STREQ(name, "a_very_long_n-0");
}

TEST(Executor, LowPriorityTouchesItsOwnThreadsOnly) {
  int before = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
  int low = 0;
  Executor executor("low", 1, ThreadPriority::kLow);
  executor.Submit([&low] { low = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); });
  executor.Stop();
  EXPECT_EQ(low, std::max(before, 10));
  EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())), before);
}

TEST(Guarded, GivesOneThreadAtATimeTheValue) {
  Guarded<int> counter(0);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&counter] {
      for (int i = 0; i < 1000; ++i) counter.With([](int& value) { ++value; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.With([](const int& value) { return value; }), 4000);
}

}  // namespace
}  // namespace greenroom

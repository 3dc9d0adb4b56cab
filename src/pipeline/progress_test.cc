#include "pipeline/progress.h"

#include <gtest/gtest.h>

#include <thread>

#include "pipeline/progress_test_support.h"

namespace greenroom {
namespace {

using Records = std::vector<std::pair<std::string, double>>;

TEST(ProgressShareTest, AShareIsShownWithinItsBoundsUnderItsName) {
  RecordedProgress whole;
  ProgressShare outer(&whole, "DIETClassifier", 0.5, 0.75);
  ProgressShare inner(&outer, "folds", 0, 0.5);
  outer.Report("", 0);
  inner.Report("", 1);
  outer.Report("", 7);
  EXPECT_EQ(whole.records(),
            (Records{{"DIETClassifier", 0.5}, {"DIETClassifier: folds", 0.625}, {"DIETClassifier", 0.75}}));
}

TEST(ProgressShareTest, WithNobodyListeningNothingIsCancelled) {
  ProgressShare share(nullptr, "nlu", 0, 1);
  share.Report("", 0.5);
  EXPECT_FALSE(share.cancelled());
}

TEST(ParallelProgressTest, TheWholeIsWhatAllTasksHaveDoneByWeight) {
  RecordedProgress whole;
  ParallelProgress tasks(&whole, "nets", {3, 1});
  tasks.Task(1)->Report("", 1);
  tasks.Task(0)->Report("", 0.5);
  tasks.Task(0)->Report("", 0.25);  // late: says nothing new
  tasks.Task(0)->Report("", 1);
  EXPECT_EQ(whole.records(), (Records{{"nets", 0.25}, {"nets", 0.625}, {"nets", 1.0}}));
}

TEST(ParallelProgressTest, TasksOnSeveralThreadsNeverLetTheWholeFall) {
  RecordedProgress whole;
  ParallelProgress tasks(&whole, "", {1, 1, 1, 1});
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&tasks, t] {
      for (int i = 1; i <= 100; ++i) tasks.Task(t)->Report("", i / 100.0);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(whole.count(), 400u);
  EXPECT_TRUE(whole.NeverFalls());
  EXPECT_NEAR(whole.last(), 1, 1e-9);
}

TEST(SteadyProgressTest, OnlyNewsPassesAndNothingFalls) {
  RecordedProgress target;
  SteadyProgress steady(&target);
  steady.Report("a", 0.1);
  steady.Report("a", 0.101);  // too small a step
  steady.Report("b", 0.05);   // another step, but behind
  steady.Report("b", 0.999);
  steady.Report("b", 1);
  steady.Report("b", 1);
  EXPECT_EQ(target.records(), (Records{{"a", 0.1}, {"b", 0.101}, {"b", 0.999}, {"b", 1.0}}));
}

TEST(RunEpochsTest, TheRateDecaysAndEachEpochIsReported) {
  RecordedProgress progress;
  std::vector<float> rates;
  RunEpochs({.epochs = 4, .rate = 0.8f, .progress = &progress}, [&](float rate) { rates.push_back(rate); });
  EXPECT_EQ(rates, (std::vector<float>{0.8f, 0.6f, 0.4f, 0.2f}));
  EXPECT_EQ(progress.records(), (Records{{"", 0.25}, {"", 0.5}, {"", 0.75}, {"", 1.0}}));
}

TEST(RunEpochsTest, ACancelEndsTheTrainingAfterTheEpochUnderWay) {
  RecordedProgress progress;
  progress.cancel_after = 2;
  int epochs = 0;
  RunEpochs({.epochs = 100, .rate = 1, .progress = &progress}, [&](float) { ++epochs; });
  EXPECT_EQ(epochs, 2);
}

}  // namespace
}  // namespace greenroom

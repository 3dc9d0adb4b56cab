// Test support: a progress that remembers what it was told and can cancel.
//
//   RecordedProgress progress;
//   progress.cancel_after = 3;                // reports
//   ... train with &progress ...
//   EXPECT_TRUE(progress.NeverFalls());
//
// Thread rules: as TrainProgress; look at the records when the training is over.
#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "pipeline/progress.h"

namespace greenroom {

class RecordedProgress final : public TrainProgress {
 public:
  void Report(std::string_view step, double fraction) override {
    MutexLock lock(mutex_);
    records_.emplace_back(step, fraction);
  }
  bool cancelled() const override { return count() >= cancel_after; }

  size_t count() const {
    MutexLock lock(mutex_);
    return records_.size();
  }
  // Step and fraction, in the order of arrival.
  std::vector<std::pair<std::string, double>> records() const {
    MutexLock lock(mutex_);
    return records_;
  }
  bool NeverFalls() const {
    const auto all = records();
    return std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  }
  double last() const { return count() == 0 ? -1 : records().back().second; }

  // From so many reports on, `cancelled` says yes.
  size_t cancel_after = std::numeric_limits<size_t>::max();

 private:
  mutable Mutex mutex_;
  std::vector<std::pair<std::string, double>> records_ GUARDED_BY(mutex_);
};

}  // namespace greenroom

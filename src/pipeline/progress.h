// Progress of a training run, from the loops that learn up to whoever shows it. Each level reports 0..1 of its own work
// and is shown as its share of the level above, so a component needs not know what else is trained.
//
//   ProgressShare nlu(progress, "", 0.05, 0.7);                   // this much of the whole
//   ParallelProgress tasks(&nlu, "folds", {3, 1, 1});             // side by side, by expected cost
//   RunEpochs({.epochs = 8, .rate = 0.3f, .progress = tasks.Task(0)}, [&](float rate) { ... });
//
// What is reported never falls and ends at 1 unless the training fails or is cancelled.
// Thread rules: Report and cancelled from any thread of the training. Reports of parallel tasks reach the level above
// in order, so a lock is held while calling it; calls only ever go up, towards the root.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"

namespace greenroom {

// The port: who wants to see progress, or to cancel, implements it.
class TrainProgress {
 public:
  virtual ~TrainProgress() = default;
  // `fraction` is 0..1; `step` says what is being done, "" when the level above knows it better.
  virtual void Report(std::string_view step, double fraction) = 0;
  // Asked at least once an epoch; a training that sees true ends with reason training_cancelled.
  virtual bool cancelled() const = 0;
};

// Nobody listening (nullptr) never cancels.
inline bool IsCancelled(const TrainProgress* progress) { return progress != nullptr && progress->cancelled(); }

// The part from..to of `whole`, under the name `step`: "DIETClassifier", or "DIETClassifier: folds" when the one below
// says more. Both ends are fractions of `whole`.
class ProgressShare final : public TrainProgress {
 public:
  ProgressShare(TrainProgress* whole, std::string step, double from, double to);
  void Report(std::string_view step, double fraction) override;
  bool cancelled() const override { return IsCancelled(whole_); }

 private:
  TrainProgress* whole_;  // may be nullptr
  std::string step_;
  double from_, to_;
};

// Tasks that run side by side, each with a weight: the expected cost relative to the others. The whole is what all of
// them have done together.
class ParallelProgress {
 public:
  ParallelProgress(TrainProgress* whole, std::string step, const std::vector<double>& weights);
  TrainProgress* Task(size_t index) { return &tasks_[index]; }

 private:
  class TaskProgress final : public TrainProgress {
   public:
    TaskProgress(ParallelProgress& all, double weight) : all_(all), weight_(weight) {}
    void Report(std::string_view step, double fraction) override;
    bool cancelled() const override { return IsCancelled(all_.whole_); }

   private:
    ParallelProgress& all_;
    double weight_;
    double done_ = 0;  // guarded by all_.mutex_
  };

  TrainProgress* whole_;
  std::string step_;
  double total_ = 0;  // of the weights
  Mutex mutex_;
  double done_ GUARDED_BY(mutex_) = 0;
  std::deque<TaskProgress> tasks_;
};

// The root: passes on to `target` what is news, so that a training of many short epochs does not drown it. Reports that
// fall behind are held at what was reached; small steps (under half a percent) are left out.
class SteadyProgress final : public TrainProgress {
 public:
  explicit SteadyProgress(TrainProgress* target) : target_(target) {}
  void Report(std::string_view step, double fraction) override;
  bool cancelled() const override { return IsCancelled(target_); }

 private:
  TrainProgress* target_;  // may be nullptr
  Mutex mutex_;
  std::string step_ GUARDED_BY(mutex_);
  double reached_ GUARDED_BY(mutex_) = 0;
  double passed_on_ GUARDED_BY(mutex_) = -1;
};

// The rest of the time at the pace so far; nothing while too little is done to tell.
std::optional<double> SecondsLeft(double spent, double fraction);

struct EpochPlan {
  int epochs = 1;
  float rate = 0.1f;  // of the first epoch; decays linearly to 0
  TrainProgress* progress = nullptr;
};

// Calls `epoch` with the learning rate of each epoch, reports after each, and ends early when cancelled.
void RunEpochs(const EpochPlan& plan, const std::function<void(float rate)>& epoch);

}  // namespace greenroom

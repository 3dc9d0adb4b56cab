#include "pipeline/progress.h"

#include <algorithm>
#include <numeric>

namespace greenroom {
namespace {

constexpr double kSmallStep = 0.005;
constexpr double kEnoughToTell = 0.05;

}  // namespace

ProgressShare::ProgressShare(TrainProgress* whole, std::string step, double from, double to)
    : whole_(whole), step_(std::move(step)), from_(from), to_(to) {}

void ProgressShare::Report(std::string_view step, double fraction) {
  if (whole_ == nullptr) return;
  std::string shown = step_;
  if (!shown.empty() && !step.empty()) shown += ": ";
  shown += step;
  whole_->Report(shown, from_ + (to_ - from_) * std::clamp(fraction, 0.0, 1.0));
}

ParallelProgress::ParallelProgress(TrainProgress* whole, std::string step, const std::vector<double>& weights)
    : whole_(whole), step_(std::move(step)), total_(std::accumulate(weights.begin(), weights.end(), 0.0)) {
  for (double weight : weights) tasks_.emplace_back(*this, weight);
}

void ParallelProgress::TaskProgress::Report(std::string_view, double fraction) {
  MutexLock lock(all_.mutex_);
  const double more = std::clamp(fraction, 0.0, 1.0) - done_;
  if (more <= 0) return;
  done_ += more;
  all_.done_ += more * weight_;
  if (all_.whole_ != nullptr) all_.whole_->Report(all_.step_, all_.done_ / all_.total_);
}

void SteadyProgress::Report(std::string_view step, double fraction) {
  if (target_ == nullptr) return;
  MutexLock lock(mutex_);
  reached_ = std::clamp(fraction, reached_, 1.0);
  const bool finished = reached_ >= 1 && passed_on_ < 1;
  if (step == step_ && reached_ - passed_on_ < kSmallStep && !finished) return;
  step_ = step;
  passed_on_ = reached_;
  target_->Report(step_, reached_);
}

std::optional<double> SecondsLeft(double spent, double fraction) {
  if (fraction <= kEnoughToTell) return std::nullopt;
  return spent * (1 - fraction) / fraction;
}

void RunEpochs(const EpochPlan& plan, const std::function<void(float rate)>& epoch) {
  const float epochs = static_cast<float>(plan.epochs);
  for (int done = 0; done < plan.epochs; ++done) {
    if (IsCancelled(plan.progress)) return;
    epoch(plan.rate * (1.0f - static_cast<float>(done) / epochs));
    if (plan.progress != nullptr) plan.progress->Report("", static_cast<double>(done + 1) / plan.epochs);
  }
}

}  // namespace greenroom

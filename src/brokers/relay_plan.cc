#include "brokers/relay_plan.h"

namespace greenroom {

RelayPlan::RelayPlan(std::vector<OutboxEvent> waiting) {
  for (OutboxEvent& event : waiting) {
    if (lines_.empty() || lines_.back().back().key != event.key) lines_.emplace_back();
    lines_.back().push_back(std::move(event));
  }
}

std::vector<OutboxEvent> RelayPlan::Next(size_t limit) {
  std::vector<OutboxEvent> next;
  while (!lines_.empty() && next.size() < limit) {
    next.push_back(lines_.front().front());
    under_way_.push_back(std::move(lines_.front()));
    lines_.pop_front();
  }
  return next;
}

void RelayPlan::Note(const std::vector<Delivery>& outcomes) {
  for (size_t i = 0; i < under_way_.size(); ++i) {
    Line& line = under_way_[i];
    if (i >= outcomes.size() || outcomes[i] == Delivery::kFailed) {
      any_failed_ = true;
      continue;
    }
    settled_.push_back(std::move(line.front()));
    line.pop_front();
    if (!line.empty()) lines_.push_back(std::move(line));
  }
  under_way_.clear();
}

std::vector<OutboxEvent> RelayPlan::TakeSettled() { return std::exchange(settled_, {}); }

}  // namespace greenroom

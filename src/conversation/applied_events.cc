#include "conversation/applied_events.h"

#include <algorithm>

namespace greenroom {
namespace {

template <typename Kind>
void CutBackTo(AppliedList& applied) {
  size_t size = applied.size();
  while (size > 0 && applied[size - 1]->As<Kind>() == nullptr) --size;
  applied.Truncate(size > 0 ? size - 1 : 0);
}

}  // namespace

void AppliedEvents::Add(const Event& event, const EventList& all) {
  const ActiveLoop* loop = event.As<ActiveLoop>();
  if (loop == nullptr || !loop->name || IsLoop(*loop->name)) return Take(event);
  loops_.push_back(*loop->name);
  list_.clear();
  for (const Event& each : all) Take(each);
}

bool AppliedEvents::IsLoop(const std::string& name) const {
  return std::find(loops_.begin(), loops_.end(), name) != loops_.end();
}

void AppliedEvents::Take(const Event& event) {
  if (event.As<Restarted>() || event.As<SessionStarted>()) {
    list_.clear();
  } else if (event.As<ActionReverted>()) {
    CutBackTo<ActionExecuted>(list_);
  } else if (event.As<UserUtteranceReverted>()) {
    CutBackTo<UserUttered>(list_);
    CutBackTo<ActionExecuted>(list_);
  } else {
    const ActionExecuted* action = event.As<ActionExecuted>();
    const long earlier = action && IsLoop(action->name) ? EarlierHappyRun(action->name) : -1;
    if (earlier >= 0)
      MergeRun(static_cast<size_t>(earlier));
    else
      list_.push_back(&event);
  }
}

// -1 when this is its first run since it was deactivated, or when it was rejected, or when a message in between was
// answered by another action.
long AppliedEvents::EarlierHappyRun(const std::string& loop) const {
  const std::string* next_action = nullptr;
  for (long i = static_cast<long>(list_.size()) - 1; i >= 0; --i) {
    const Event& event = *list_[static_cast<size_t>(i)];
    if (const ActiveLoop* change = event.As<ActiveLoop>(); change && !change->name) return -1;
    if (const ActionRejected* rejected = event.As<ActionRejected>(); rejected && rejected->name == loop) return -1;
    if (event.As<UserUttered>() && next_action && *next_action != loop) return -1;
    if (const ActionExecuted* action = event.As<ActionExecuted>()) {
      if (action->name == loop) return i;
      next_action = &action->name;
    }
  }
  return -1;
}

void AppliedEvents::MergeRun(size_t earlier) {
  std::vector<const Event*> kept;
  for (size_t i = earlier + 1; i < list_.size(); ++i) {
    const Event* event = list_[i];
    if (!event->As<ActionExecuted>() && !event->As<UserUttered>() && !event->As<UserFeaturization>())
      kept.push_back(event);
  }
  list_.Truncate(earlier + 1);
  for (const Event* event : kept) list_.push_back(event);
}

}  // namespace greenroom

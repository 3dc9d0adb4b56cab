#include <algorithm>

#include "conversation/tracker.h"

namespace greenroom {
namespace {

using Applied = std::vector<const Event*>;

template <typename Kind>
void CutBackTo(Applied& applied) {
  while (!applied.empty()) {
    bool found = applied.back()->As<Kind>() != nullptr;
    applied.pop_back();
    if (found) return;
  }
}

// Where the loop ran before in the same happy path: index of that run, or -1 when this is its first run since it was
// deactivated, or when it was rejected, or when a message in between was answered by another action.
long EarlierHappyRun(const std::string& loop, const Applied& applied) {
  const std::string* next_action = nullptr;
  for (long i = static_cast<long>(applied.size()) - 1; i >= 0; --i) {
    const Event& event = *applied[static_cast<size_t>(i)];
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

void MergeRun(Applied& applied, long earlier) {
  auto begin = applied.begin() + earlier + 1;
  applied.erase(std::remove_if(begin, applied.end(),
                               [](const Event* event) {
                                 return event->As<ActionExecuted>() || event->As<UserUttered>() ||
                                        event->As<UserFeaturization>();
                               }),
                applied.end());
}

}  // namespace

std::vector<const Event*> Tracker::AppliedEvents(const std::vector<std::string>& loop_names) const {
  Applied applied;
  for (const Event& event : events_) {
    if (event.As<Restarted>() || event.As<SessionStarted>()) {
      applied.clear();
    } else if (event.As<ActionReverted>()) {
      CutBackTo<ActionExecuted>(applied);
    } else if (event.As<UserUtteranceReverted>()) {
      CutBackTo<UserUttered>(applied);
      CutBackTo<ActionExecuted>(applied);
    } else {
      const ActionExecuted* action = event.As<ActionExecuted>();
      bool is_loop = action && std::find(loop_names.begin(), loop_names.end(), action->name) != loop_names.end();
      long earlier = is_loop ? EarlierHappyRun(action->name, applied) : -1;
      if (earlier >= 0)
        MergeRun(applied, earlier);
      else
        applied.push_back(&event);
    }
  }
  return applied;
}

}  // namespace greenroom

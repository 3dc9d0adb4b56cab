#include "dialogue/session.h"

#include <algorithm>

namespace greenroom {

bool SessionIsDue(const Domain& domain, const Tracker& tracker, double now) {
  const AppliedList& applied = tracker.applied();
  if (applied.empty()) return true;
  if (domain.session.expiration_minutes <= 0) return false;
  auto last = std::find_if(applied.rbegin(), applied.rend(),
                           [](const Event* event) { return event->As<UserUttered>() != nullptr; });
  return last != applied.rend() && (now - (*last)->timestamp) / 60.0 > domain.session.expiration_minutes;
}

std::vector<Event> SessionStartEvents(const Domain& domain, const Tracker& tracker) {
  std::vector<Event> events = {{.body = SessionStarted{}}};
  if (domain.session.carry_over_slots) {
    for (const Event* event : tracker.applied()) {
      if (const SlotSet* slot = event->As<SlotSet>()) events.push_back({.body = *slot});
    }
  }
  events.push_back({.body = ActionExecuted{.name = "action_listen"}});
  return events;
}

}  // namespace greenroom

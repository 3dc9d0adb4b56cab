#include "conversation/applied_events.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace greenroom {
namespace {

using Plain = std::vector<const Event*>;

// The same as a walk through the whole history with all loops known beforehand.
long EarlierRun(const Plain& applied, const std::string& loop) {
  std::string next;
  for (long i = static_cast<long>(applied.size()) - 1; i >= 0; --i) {
    const Event& event = *applied[static_cast<size_t>(i)];
    if (const auto* change = event.As<ActiveLoop>(); change && !change->name) return -1;
    if (const auto* rejected = event.As<ActionRejected>(); rejected && rejected->name == loop) return -1;
    if (event.As<UserUttered>() && !next.empty() && next != loop) return -1;
    if (const auto* action = event.As<ActionExecuted>()) {
      if (action->name == loop) return i;
      next = action->name;
    }
  }
  return -1;
}

template <typename Kind>
void Undo(Plain& applied) {
  while (!applied.empty()) {
    const bool found = applied.back()->As<Kind>() != nullptr;
    applied.pop_back();
    if (found) return;
  }
}

Plain Reference(const EventList& events) {
  std::set<std::string> loops;
  for (const Event& event : events) {
    if (const auto* loop = event.As<ActiveLoop>(); loop && loop->name) loops.insert(*loop->name);
  }
  Plain applied;
  for (const Event& event : events) {
    const auto* action = event.As<ActionExecuted>();
    const long earlier = action && loops.contains(action->name) ? EarlierRun(applied, action->name) : -1;
    if (event.As<Restarted>() || event.As<SessionStarted>()) {
      applied.clear();
    } else if (event.As<ActionReverted>()) {
      Undo<ActionExecuted>(applied);
    } else if (event.As<UserUtteranceReverted>()) {
      Undo<UserUttered>(applied);
      Undo<ActionExecuted>(applied);
    } else if (earlier >= 0) {
      std::erase_if(applied, [&, place = long{0}](const Event* one) mutable {
        return place++ > earlier &&
               (one->As<ActionExecuted>() || one->As<UserUttered>() || one->As<UserFeaturization>());
      });
    } else {
      applied.push_back(&event);
    }
  }
  return applied;
}

Event RandomEvent(std::mt19937& random) {
  switch (random() % 40) {
    case 0:
      return {.body = Restarted{}};
    case 1:
      return {.body = SessionStarted{}};
    case 2:
      return {.body = ActionReverted{}};
    case 3:
      return {.body = UserUtteranceReverted{}};
    case 4:
      return {.body = ActionRejected{.name = random() % 2 ? "form" : "other_form"}};
    case 5:
      return {.body = ActiveLoop{}};
    case 6:
      return {.body = ActiveLoop{.name = "form"}};
    case 7:
      return {.body = ActiveLoop{.name = "other_form"}};
    case 8:
      return {.body = UserFeaturization{}};
    case 9:
      return {.body = SlotSet{.name = "age", .value = 3}};
    default:
      break;
  }
  const char* actions[] = {"action_listen", "form", "utter", "other_form"};
  if (random() % 3 == 0) return {.body = UserUttered{}};
  return {.body = ActionExecuted{.name = actions[random() % 4]}};
}

TEST(AppliedEvents, AreThoseOfAWalkThroughTheWholeHistoryAtEveryPoint) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    EventList events;
    AppliedEvents applied;
    for (int step = 0; step < 150; ++step) {
      events.push_back(RandomEvent(random));
      applied.Add(events.back(), events);
      const Plain expected = Reference(events);
      ASSERT_EQ(Plain(applied.list().begin(), applied.list().end()), expected) << "seed " << seed << " step " << step;
    }
  }
}

}  // namespace
}  // namespace greenroom

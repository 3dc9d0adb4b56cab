#include "dialogue/two_stage_fallback.h"

#include <algorithm>
#include <utility>

namespace greenroom {
namespace {

constexpr const char* kLoop = "action_two_stage_fallback";
constexpr const char* kFallbackIntent = "nlu_fallback";
constexpr const char* kDenialIntent = "out_of_scope";

using Intents = std::vector<std::string>;

// Intents of the last three user messages since a restart, newest first. Undone ones count, and so do those that the
// history of policies merges into one run of the loop.
Intents LastIntents(const Tracker& seen) {
  Intents intents;
  const std::vector<Event>& events = seen.events();
  for (auto event = events.rbegin(); event != events.rend() && intents.size() < 3; ++event) {
    if (event->As<Restarted>() != nullptr) break;
    if (const UserUttered* user = event->As<UserUttered>()) intents.push_back(user->parse.intent.name);
  }
  return intents;
}

bool StartsWith(const Intents& intents, const Intents& start) {
  return intents.size() >= start.size() && std::equal(start.begin(), start.end(), intents.begin());
}

bool HasFailed(const Intents& last) {
  return StartsWith(last, {kFallbackIntent, kFallbackIntent}) || StartsWith(last, {kDenialIntent, kFallbackIntent, kDenialIntent});
}

bool IsClarified(const Intents& last) { return !last.empty() && last[0] != kFallbackIntent && last[0] != kDenialIntent; }

ActionOutcome Ask(bool affirm, TurnContext& turn, const Tracker& seen) {
  return PerformAction(affirm ? "action_default_ask_affirmation" : "action_default_ask_rephrase", turn, seen);
}

// The clear message takes the place of the failed one, with full confidence.
std::vector<Event> Clarification(const Tracker& seen) {
  UserUttered clear = *seen.latest_message();
  clear.parse.intent.confidence = 1.0;
  return {{.body = UserUtteranceReverted{}}, {.body = ActionExecuted{.name = "action_listen"}}, {.body = std::move(clear)}};
}

void Add(ActionOutcome more, ActionOutcome& outcome) {
  std::move(more.events.begin(), more.events.end(), std::back_inserter(outcome.events));
  if (outcome.failure.empty()) outcome.failure = std::move(more.failure);
  if (outcome.message.empty()) outcome.message = std::move(more.message);
  outcome.rejected = outcome.rejected || more.rejected;
}

}  // namespace

ActionOutcome RunTwoStageFallback(TurnContext& turn, const Tracker& seen) {
  const Intents last = LastIntents(seen);
  const bool opens = seen.loop().name != kLoop;
  // Attempts before this opening belong to an earlier run.
  const bool failed = !opens && HasFailed(last);
  ActionOutcome outcome;
  if (opens) outcome.events.push_back({.body = ActiveLoop{.name = kLoop}});
  if (!failed && !IsClarified(last)) {
    Add(Ask(opens || StartsWith(last, {kFallbackIntent}), turn, seen), outcome);
    return outcome;
  }
  outcome.events.push_back({.body = ActiveLoop{}});
  Add(failed ? PerformAction("action_default_fallback", turn, seen) : ActionOutcome{.events = Clarification(seen)}, outcome);
  return outcome;
}

// The policy that asked these questions is gone, so there is nothing to undo unless a project repeats its steps; in Rasa
// 3.6 the action does nothing then, and so it does here.
ActionOutcome RevertFallbackEvents(TurnContext&, const Tracker&) { return {}; }

}  // namespace greenroom

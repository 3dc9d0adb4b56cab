#include "dialogue/two_stage_fallback.h"

#include <utility>

namespace greenroom {
namespace {

constexpr const char* kLoop = "action_two_stage_fallback";
constexpr const char* kFallbackIntent = "nlu_fallback";
constexpr const char* kDenialIntent = "out_of_scope";

// Intents of the last user messages since a restart, newest first.
std::vector<std::string> LastIntents(const Tracker& seen, size_t count) {
  std::vector<std::string> intents;
  const std::vector<Event>& events = seen.events();
  for (auto event = events.rbegin(); event != events.rend() && intents.size() < count; ++event) {
    if (event->As<Restarted>() != nullptr) break;
    if (const UserUttered* user = event->As<UserUttered>()) intents.push_back(user->parse.intent.name);
  }
  return intents;
}

bool HasFailed(const Tracker& seen) {
  return LastIntents(seen, 2) == std::vector<std::string>{kFallbackIntent, kFallbackIntent} ||
         LastIntents(seen, 3) == std::vector<std::string>{kDenialIntent, kFallbackIntent, kDenialIntent};
}

bool IsClarified(const Tracker& seen) {
  const std::vector<std::string> last = LastIntents(seen, 1);
  return !last.empty() && last[0] != kFallbackIntent && last[0] != kDenialIntent;
}

ActionOutcome Ask(bool just_opened, TurnContext& turn, const Tracker& seen) {
  const std::vector<std::string> last = LastIntents(seen, 1);
  const bool affirm = just_opened || (!last.empty() && last[0] == kFallbackIntent);
  return PerformAction(affirm ? "action_default_ask_affirmation" : "action_default_ask_rephrase", turn, seen);
}

// The clear message takes the place of the failed one, with full confidence.
std::vector<Event> Clarification(const Tracker& seen) {
  UserUttered clear = *seen.latest_message();
  clear.parse.intent.confidence = 1.0;
  return {{.body = UserUtteranceReverted{}}, {.body = ActionExecuted{.name = "action_listen"}}, {.body = std::move(clear)}};
}

ActionOutcome Close(TurnContext& turn, const Tracker& seen) {
  if (HasFailed(seen)) return PerformAction("action_default_fallback", turn, seen);
  return {.events = Clarification(seen)};
}

void Add(ActionOutcome more, ActionOutcome& outcome) {
  std::move(more.events.begin(), more.events.end(), std::back_inserter(outcome.events));
  if (outcome.failure.empty()) outcome.failure = std::move(more.failure);
  if (outcome.message.empty()) outcome.message = std::move(more.message);
  outcome.rejected = outcome.rejected || more.rejected;
}

}  // namespace

ActionOutcome RunTwoStageFallback(TurnContext& turn, const Tracker& seen) {
  ActionOutcome outcome;
  const bool opens = seen.loop().name != kLoop;
  if (opens) outcome.events.push_back({.body = ActiveLoop{.name = kLoop}});
  if (IsClarified(seen) || HasFailed(seen)) {
    outcome.events.push_back({.body = ActiveLoop{}});
    Add(Close(turn, seen), outcome);
  } else {
    Add(Ask(opens, turn, seen), outcome);
  }
  return outcome;
}

// The policy that asked these questions is gone, so there is nothing to undo unless a project repeats its steps; in Rasa
// 3.6 the action does nothing then, and so it does here.
ActionOutcome RevertFallbackEvents(TurnContext&, const Tracker&) { return {}; }

}  // namespace greenroom

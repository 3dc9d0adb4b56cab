#include "dialogue/two_stage_fallback.h"

#include <algorithm>
#include <utility>

namespace greenroom {
namespace {

constexpr const char* kLoop = "action_two_stage_fallback";
constexpr const char* kAskAffirmation = "action_default_ask_affirmation";
constexpr const char* kAskRephrase = "action_default_ask_rephrase";
constexpr const char* kFallbackIntent = "nlu_fallback";
constexpr const char* kDenialIntent = "out_of_scope";

using Intents = std::vector<std::string>;

// Intents of the last three user messages since a restart, newest first. Undone ones count, and so do those that the
// history of policies merges into one run of the loop.
Intents LastIntents(const Tracker& seen) {
  Intents intents;
  const EventList& events = seen.events();
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
  return StartsWith(last, {kFallbackIntent, kFallbackIntent}) ||
         StartsWith(last, {kDenialIntent, kFallbackIntent, kDenialIntent});
}

bool IsClarified(const Intents& last) {
  return !last.empty() && last[0] != kFallbackIntent && last[0] != kDenialIntent;
}

ActionOutcome Ask(bool affirm, TurnContext& turn, const Tracker& seen) {
  return PerformAction(affirm ? kAskAffirmation : kAskRephrase, turn, seen);
}

// Names of the last two actions beside listening, newest first; "" where there is none.
std::vector<std::string> LastActions(const Tracker& seen) {
  std::vector<std::string> names;
  const AppliedList& events = seen.applied();
  for (auto event = events.rbegin(); event != events.rend() && names.size() < 2; ++event) {
    const ActionExecuted* action = (*event)->As<ActionExecuted>();
    if (action != nullptr && action->name != "action_listen") names.push_back(action->name);
  }
  names.resize(2);
  return names;
}

// The clear message takes the place of the failed one, with full confidence.
std::vector<Event> Clarification(const Tracker& seen) {
  UserUttered clear = *seen.latest_message();
  clear.parse.intent.confidence = 1.0;
  return {
      {.body = UserUtteranceReverted{}}, {.body = ActionExecuted{.name = "action_listen"}}, {.body = std::move(clear)}};
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
  Add(failed ? PerformAction("action_default_fallback", turn, seen) : ActionOutcome{.events = Clarification(seen)},
      outcome);
  return outcome;
}

// A message may be clarified after the assistant asked for other words, or by saying yes, or by saying yes to the other
// words; each question that was asked takes two messages with it.
ActionOutcome RevertFallbackEvents(TurnContext&, const Tracker& seen) {
  const std::vector<std::string> actions = LastActions(seen);
  const bool rephrased = actions[0] == kAskRephrase;
  const bool affirmed = actions[0] == kAskAffirmation;
  if (seen.latest_message() == nullptr || (!rephrased && !affirmed)) return {};
  const int questions = affirmed && actions[1] == kAskRephrase ? 2 : 1;
  ActionOutcome outcome;
  for (int i = 0; i < questions; ++i) {
    outcome.events.push_back({.body = UserUtteranceReverted{}});
    outcome.events.push_back({.body = UserUtteranceReverted{}});
    outcome.events.push_back({.body = ActionExecuted{.name = "action_listen"}});
  }
  UserUttered clear = *seen.latest_message();
  if (affirmed) clear.parse.intent.confidence = 1.0;
  outcome.events.push_back({.body = std::move(clear)});
  return outcome;
}

}  // namespace greenroom

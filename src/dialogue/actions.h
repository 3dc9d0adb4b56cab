// Running one action: what a name means, and what the action did.
//
// Lookup order: a default action (unless the domain lists the name: then the project brings its own), the answer of a
// response selector (utter_<retrieval intent>), the text of an end-to-end action, a response (utter_...), a form, and
// last a custom action of the action server.
//
//   ActionOutcome done = PerformAction("utter_greet", turn, seen);
//   if (turn.waits()) return;
//
// `seen` is the state that the action looks at. It may be ahead of turn.tracker(), which actions never change.
// Errors: never; a failure is part of the outcome. Thread rules: as TurnContext.
#pragma once

#include <string>
#include <vector>

#include "dialogue/turn_context.h"

namespace greenroom {

// What an action did. Meaningless while the turn waits.
struct ActionOutcome {
  std::vector<Event> events = {};
  bool rejected = false;     // it declared that it cannot run now; events are empty
  std::string failure = {};  // stable reason id; "" = none. The turn goes on
  std::string message = {};  // of the failure, for people
};

ActionOutcome PerformAction(const std::string& name, TurnContext& turn, const Tracker& seen);

// Says response `name`. A response that does not exist, or has no variation that fits, says nothing.
ActionOutcome SayResponse(const std::string& name, TurnContext& turn, const Tracker& seen);

// Asks the action server. Its messages come before its events.
ActionOutcome CallCustomAction(const std::string& name, TurnContext& turn, const Tracker& seen);

// Whether the assistant has an action of this name, of whatever kind.
bool ActionExists(const Domain& domain, const std::string& name);

}  // namespace greenroom

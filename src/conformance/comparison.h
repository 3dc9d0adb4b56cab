// Comparison of one turn: what was recorded and what came out here, with everything left out that differs from run to
// run (times, ids, details of NLU, which variation of a response was drawn).
//
//   TurnDifference difference = CompareTurns(turn, ours, model.domain, conversation_id);
//   if (!difference.empty()) std::cout << difference.text;          // both sides from the first difference on
//
// Thread rules: pure functions.
#pragma once

#include <string>
#include <vector>

#include "assistant/domain.h"
#include "base/json.h"
#include "conversation/tracker.h"
#include "dialogue/turn.h"

namespace greenroom::conformance {

// What differs. All true = the same turn.
struct TurnDifference {
  bool same_actions = true;    // names of actions, in order
  bool same_events = true;     // all of them, with the state after the turn where it was recorded
  bool same_responses = true;  // what the channel says
  bool same_calls = true;      // of the action server
  bool only_listen = false;    // ours are the recorded events and then a listen without a policy
  std::string text = {};       // for people: both sides from the first difference on

  bool empty() const { return same_actions && same_events && same_responses && same_calls; }
};

// What of an event can be compared, as one line of JSON with sorted keys. Responses of which the domain has several
// variations are compared by name.
std::string ComparableEvent(const Json& event, const Domain& domain);

TurnDifference CompareTurns(const Json& turn, const TurnProgress& ours, const Tracker& before, const Domain& domain);

// The actions of events, in order: names, or the text of an end-to-end action.
std::vector<std::string> ActionsOf(const Json::Array& events);

}  // namespace greenroom::conformance

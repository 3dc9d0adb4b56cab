// Two-stage fallback: the loop that asks "did you mean ...?", then for other words, and gives up after that.
//
// Opened by a rule for nlu_fallback; it closes when the user has clarified the message (the failed message is replaced
// by the clear one) or when two attempts failed (the default fallback runs). Semantics: Rasa 3.6.
// Thread rules: as TurnContext.
#pragma once

#include "dialogue/actions.h"

namespace greenroom {

ActionOutcome RunTwoStageFallback(TurnContext& turn, const Tracker& seen);

// action_revert_fallback_events, kept for projects that still name it: undoes a clarified fallback.
ActionOutcome RevertFallbackEvents(TurnContext& turn, const Tracker& seen);

}  // namespace greenroom

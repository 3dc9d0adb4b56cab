// The actions that every assistant has without defining them: listen, restart, fallback, affirmation, ...
//
//   if (const DefaultAction* action = FindDefaultAction("action_back")) outcome = (*action)(turn, seen);
//
// Semantics: Rasa 3.6. A project that lists one of the names under `actions:` replaces it; the caller decides that.
// Thread rules: pure functions over the context.
#pragma once

#include <string_view>

#include "dialogue/actions.h"

namespace greenroom {

using DefaultAction = ActionOutcome (*)(TurnContext& turn, const Tracker& seen);

// nullptr when the name is no default action.
const DefaultAction* FindDefaultAction(std::string_view name);

}  // namespace greenroom

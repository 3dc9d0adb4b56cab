// Forms: one run of a form action. It opens the form, takes and validates what the message filled, asks for the next
// slot or closes the form.
//
//   ActionOutcome run = RunForm(form, turn, seen);   // events: active_loop, slot events, requested_slot, the question
//
// A form that asked for a slot and got nothing rejects its run (outcome.rejected), so that other policies can answer.
// Projects may list validate_<form>, action_ask_<form>_<slot> and action_ask_<slot>. Semantics: Rasa 3.6.
// Thread rules: as TurnContext.
#pragma once

#include "dialogue/actions.h"

namespace greenroom {

ActionOutcome RunForm(const FormDef& form, TurnContext& turn, const Tracker& seen);

// The action or response that asks for `slot` in `form`; "" when there is none.
std::string QuestionFor(const Domain& domain, const std::string& form, const std::string& slot);

}  // namespace greenroom

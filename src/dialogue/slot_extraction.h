// Slot extraction: which slots the latest message of a user fills, by the mappings of the domain.
//
//   std::vector<Event> events = ExtractSlots(turn, seen);
//   if (turn.waits()) return {};
//
// For every slot its mappings are tried in order until one gives a value (Rasa 3.6). Mappings of type custom run their
// action, at most once per extraction. action_validate_slot_mappings, if the domain lists it, has the last word and may
// also say something. Failures of these actions are warnings of the turn; the extraction goes on without them.
// Thread rules: as TurnContext.
#pragma once

#include <vector>

#include "dialogue/turn_context.h"

namespace greenroom {

// Slot events, and messages of the validating action.
std::vector<Event> ExtractSlots(TurnContext& turn, const Tracker& seen);

// Extracts from the turn's own tracker and appends what was found. A project that brings its own action_extract_slots
// replaces the mappings.
void AppendExtractedSlots(TurnContext& turn);

}  // namespace greenroom

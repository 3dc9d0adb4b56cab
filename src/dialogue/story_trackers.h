// Training conversations: stories and rules as sequences of events, with everything that they leave unsaid filled in:
// action_listen before each user turn and at the end, slot events that from_entity mappings imply, one conversation for
// every alternative of an `or` and for every way through the checkpoints.
//
//   std::vector<TrainingConversation> all = BuildTrainingConversations(source, diagnostics);
//
// Order: rules first, then stories, each as written. Equal conversations occur once, under the first name.
// Checkpoint cycles are cut where a block would come twice; at most kMaxConversations come out (a warning says so).
// Codes: S301 checkpoint never reached (the story is dropped), S302 checkpoint leads nowhere, S303 too many ways,
// S304 unknown slot (error).
#pragma once

#include <string>
#include <vector>

#include "assistant/source.h"
#include "base/diagnostic.h"
#include "conversation/event.h"

namespace greenroom {

inline constexpr size_t kMaxConversations = 20'000;

struct TrainingConversation {
  std::string name;  // blocks joined through checkpoints: "greet > order"
  bool is_rule = false;
  std::vector<Event> events = {};        // applied events: repeated happy runs of a form are merged
  std::vector<char> unpredictable = {};  // by event: an action that nothing before it explains
  SourceSpan span = {};
};

// What the conversations are for. kTest: stories that a model is tested with. Messages keep their texts and the full
// names of retrieval intents, equal conversations stay, and nothing is merged: what was written is what is compared.
enum class StoryUse { kTraining, kTest };

std::vector<TrainingConversation> BuildTrainingConversations(const Source& source, Diagnostics& diagnostics,
                                                             StoryUse use = StoryUse::kTraining);

}  // namespace greenroom

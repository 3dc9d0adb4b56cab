// Features of a dialogue for learning: the recent actions, what the user said and how long ago, slots, the loop, and
// the turns before as a bag that fades with age; for end-to-end turns the words of the text.
//
//   StateFeatures features = FeaturesOf(states);     // states: oldest first, the last one is now
//   features.hashes[i] has the value features.values[i]
//
// Each feature is a short text ("ua1=greet|action_listen") of which only the 64-bit hash is kept. Values are scaled to
// a fixed length, so that long and short histories weigh the same.
//
// Thread rules: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dialogue/states.h"

namespace greenroom {

struct StateFeatures {
  std::vector<uint64_t> hashes;  // distinct, rising
  std::vector<float> values;
};

// How far back features reach: so many user turns with what was done in them, and so many states.
inline constexpr size_t kTurnsSeen = 5, kStatesSeen = 3;

// `states` must not be empty.
StateFeatures FeaturesOf(std::span<const DialogueState> states);

}  // namespace greenroom

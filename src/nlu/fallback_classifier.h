// FallbackClassifier: below `threshold`, or when the two best intents lie closer than `ambiguity_threshold`, the intent
// becomes nlu_fallback with the threshold as its confidence, in front of the ranking if there is one.
//
// Parameters: threshold (0.3), ambiguity_threshold (0.1), both 0 to 1. Must stand behind an intent classifier.
// Thread rules: const after training.
#pragma once

#include "pipeline/component.h"

namespace greenroom {

ComponentFactory FallbackClassifierFactory();

}  // namespace greenroom

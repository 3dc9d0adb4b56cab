// KeywordIntentClassifier: every training text is a pattern between word borders; the first one (in the order of the
// training data) that occurs in a message decides its intent with confidence 1. A text that stands under two intents,
// or occurs inside a text of another intent, is dropped with a warning (N103); a text that is no valid pattern too
// (N104). Without a hit an earlier prediction stays.
//
// Parameters: case_sensitive (true). No ranking is made, as in Rasa.
// Thread rules: const after training.
#pragma once

#include "pipeline/component.h"

namespace greenroom {

ComponentFactory KeywordIntentClassifierFactory();

}  // namespace greenroom

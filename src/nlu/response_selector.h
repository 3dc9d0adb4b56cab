// ResponseSelector: picks the response key of a retrieval intent ("faq/ask_hours") with an intent model over the
// examples of that intent, or of all retrieval intents when `retrieval_intent` is not set.
//
// Process adds to message.parse.response_selector, in Rasa's shape:
//   {"all_retrieval_intents": ["faq"],
//    "default": {"response": {"responses": [{"text": ..}], "confidence": 0.9, "intent_response_key": "faq/ask_hours",
//                             "utter_action": "utter_faq/ask_hours"},
//                "ranking": [{"confidence": 0.9, "intent_response_key": "faq/ask_hours"}, ...]}}
// where "default" is the retrieval intent when one is set. Several selectors share one object.
// Without retrieval examples nothing is learnt and nothing added.
//
// Blobs: "intents", "responses.json". Errors: training_cancelled, package_corrupt. Thread rules: as Component.
#pragma once

#include "pipeline/component.h"

namespace greenroom {

ComponentFactory ResponseSelectorFactory();

}  // namespace greenroom

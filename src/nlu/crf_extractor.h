// CRFEntityExtractor: finds entities with a chain CRF over the tokens alone, without help from intents.
//
// Appends entities with extractor "CRFEntityExtractor" and the probability of their span as confidence. Without any
// annotated entity nothing is learnt and nothing found. Rasa's choices of features and regularisation are accepted and
// reported: the features are fixed (see token_features.h).
//
// Blob: "entities" (may be empty). Errors: training_cancelled, package_corrupt. Thread rules: as Component.
#pragma once

#include "pipeline/component.h"

namespace greenroom {

ComponentFactory CrfExtractorFactory();

}  // namespace greenroom

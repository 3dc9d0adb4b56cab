// Intent classifiers: the components that predict the intent of a message and, for DIETClassifier, its entities.
//
//   DIETClassifier               intents (linear model and two nets) and entities (chain CRF with soft intents)
//   LogisticRegressionClassifier intents, linear model alone
//
// Process sets message.parse.intent and ranking (Rasa's order and length: `ranking_length`, default 10, 0 = all) and
// appends entities with the extractor's name and confidence. A message without any feature gets no intent, confidence
// 0.0 and an empty ranking. With one intent in the data that intent is predicted.
// Parameters of Rasa's network that have no meaning for these models are accepted and reported.
//
// Blobs: "intents" and "entities" (may be empty). Errors: training_cancelled, package_corrupt.
// Thread rules: as Component.
#pragma once

#include "pipeline/component.h"

namespace greenroom {

ComponentFactory DietClassifierFactory();
// Takes the parameters of SklearnIntentClassifier too and may be registered under that name.
ComponentFactory LogisticRegressionFactory();

// Sets the intent and the ranking of a parse from the probabilities of the classes; entries beyond `length` are cut.
void SetIntentRanking(const std::vector<std::string>& classes, const std::vector<float>& probabilities, size_t length,
                      Parse& parse);

}  // namespace greenroom

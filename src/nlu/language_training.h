// Language training: learns the intent model and the entity model of one classifier component from the processed
// training messages, in two rounds of independent tasks: first the linear models (three of them out of fold), then the
// nets beside the entity model, which reads the out-of-fold intents.
//
//   GR_ASSIGN(LanguageBlobs blobs, TrainLanguage(context, {.intents = true, .entities = true}));
//
// The blobs are the same bytes for any number of threads. Under kEnoughForNets examples the linear model stands alone:
// nets gain nothing there and cost time.
//
// Errors: training_cancelled.
// Thread rules: called once per training; runs its tasks through context.parallel_for.
#pragma once

#include <string>

#include "base/result.h"
#include "nlu/intent_training.h"
#include "pipeline/component.h"

namespace greenroom {

inline constexpr size_t kEnoughForNets = 500;

enum class NetUse { kWithEnoughExamples, kNever };

struct LanguageTrainingOptions {
  bool intents = true;
  bool entities = true;
  NetUse nets = NetUse::kWithEnoughExamples;
  // The label of a training message, "" to leave it out; default: its intent.
  std::function<std::string(const NluExample&)> label_of = {};
};

struct LanguageBlobs {
  std::string intents;   // of IntentModel; "" when not asked for or nothing to learn from
  std::string entities;  // of EntityModel; ""  likewise
};

// Adds the held-out figures to context.metrics under "intents".
Result<LanguageBlobs> TrainLanguage(TrainContext& context, const LanguageTrainingOptions& options);

// The seed of a component: parameter `random_seed` when set, else the seed of the training.
uint64_t SeedOf(const TrainContext& context);

}  // namespace greenroom

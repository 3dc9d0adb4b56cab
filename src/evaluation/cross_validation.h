// CrossValidation: how good a pipeline is on messages that it has not learnt, from training data alone.
//
//   GR_ASSIGN(CrossValidation found, CrossValidate(source, components, {.folds = 5}, diagnostics));
//   found.merged.intents->report.weighted.f1;  found.figures["intent"].f1.mean;
//
// The examples are dealt into folds so that every fold has its share of each intent (stratified; Kohavi 1995); a model
// is trained on all folds but one and tested on that one, for each fold in turn. Intents with fewer examples than folds
// are left out. The same seed gives the same folds.
// Errors: too_few_examples, source_invalid (the pipeline; diagnostics say why) and those of training.
// Thread rules: blocking; parallel inside.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "evaluation/nlu_evaluation.h"
#include "pipeline/nlu_model.h"

namespace greenroom {

struct CrossValidationOptions {
  size_t folds = 5;
  uint64_t seed = 42;
  size_t threads = 1;
};

// Over the folds.
struct Spread {
  double mean = 0, deviation = 0;
};
struct FoldFigures {
  Spread accuracy = {}, precision = {}, recall = {}, f1 = {};  // weighted
  std::vector<double> f1_by_fold = {};
};

struct CrossValidation {
  NluEvaluation merged = {};                      // every example once, answered by the model that had not seen it
  std::map<std::string, FoldFigures> test = {};   // "intent", "response_selection" or the name of an extractor
  std::map<std::string, FoldFigures> train = {};  // the same on what the models had learnt
  size_t left_out = 0;                            // examples of intents that are too small
};

// Indices of the examples by fold.
std::vector<std::vector<size_t>> StratifiedFolds(const std::vector<NluExample>& examples, size_t folds, uint64_t seed);

Result<CrossValidation> CrossValidate(const Source& source, const ComponentRegistry& components,
                                      const CrossValidationOptions& options, Diagnostics& diagnostics);

Json CrossValidationToJson(const CrossValidation& found);

}  // namespace greenroom

// TrainModel: from a source to a model package on disk. The one recipe, used by the command line and by training jobs.
//
// First the pipeline graph is built and checked, then NLU is trained, then the policies, then the package is written
// aside, synced and renamed. The same source, seed and engine version give the same digest on any number of cores.
// Thread rules: blocking; parallel inside over models and folds. Progress moves with every epoch; a cancel takes effect
// within one, and nothing is written then.
#pragma once

#include <memory>
#include <string>

#include "assistant/source.h"
#include "dialogue/policy.h"
#include "pipeline/nlu_model.h"
#include "pipeline/package.h"

namespace greenroom {

struct TrainModelOptions {
  std::string output;  // path of the package file
  std::string name;    // model name for the manifest's trailer
  uint64_t seed = 42;
  size_t threads = 2;
  TrainProgress* progress = nullptr;                  // rises from 0 to 1 in steps of at least half a percent
  std::shared_ptr<const Package> previous = nullptr;  // unchanged NLU components are taken from here
};

struct TrainedModel {
  std::string digest;
  std::string path;
  std::string fingerprint;
  Json metrics;
  double seconds = 0;
  size_t reused_components = 0;
};

// Errors: source_invalid (the diagnostics say why), training_cancelled, file errors.
Result<TrainedModel> TrainModel(const Source& source, const ComponentRegistry& components,
                                const TrainModelOptions& options, Diagnostics& diagnostics);

// "20261124-201500-quiet-lamp": the time of training and two words, as a name people can say.
std::string NewModelName(double now, uint64_t seed);

// The version of this engine, kept in every package.
std::string_view EngineVersion();

}  // namespace greenroom

// NluModel: a trained pipeline that parses messages. Made by Train from a source, or loaded from a package.
//
//   Parse parse = model.ParseMessage("a room for two");      // concurrent calls are safe
//
// A text that starts with "/" is read as an intent payload (Rasa's slash message) after the pipeline, and wins.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pipeline/component.h"
#include "pipeline/package.h"

namespace greenroom {

// The pipeline as data: what will be trained, in order. Printable as JSON; made from config.yml.
struct PipelineNode {
  std::string id;  // "0_WhitespaceTokenizer"
  std::string component;
  Json parameters;
  std::string fingerprint;  // of inputs and config; equal fingerprint = reusable
};
struct PipelineGraph {
  std::vector<PipelineNode> nodes;
  Json ToJson() const;
};

// Checks names, order and parameters of `pipeline:`; every problem is a diagnostic (unknown component names the known
// ones and, for components that need external models, the way out).
PipelineGraph BuildPipelineGraph(const Source& source, const ComponentRegistry& registry, Diagnostics& diagnostics);

struct NluTrainOptions {
  uint64_t seed = 42;
  ParallelFor parallel_for;
  TrainProgress* progress = nullptr;
  std::shared_ptr<const Package> previous = nullptr;  // nodes with an equal fingerprint are taken from here
};

class NluModel {
 public:
  // Errors: training_cancelled, package_component_unknown, those of the components.
  static Result<std::unique_ptr<NluModel>> Train(const Source& source, const PipelineGraph& graph,
                                                 const ComponentRegistry& registry, NluTrainOptions options,
                                                 Diagnostics& diagnostics, Json& metrics);
  static Result<std::unique_ptr<NluModel>> Load(std::shared_ptr<const Package> package,
                                                const ComponentRegistry& registry);

  Parse ParseMessage(std::string_view text) const;
  // Adds the parts "nlu/<id>/<blob>" and the graph to the draft.
  void Save(PackageDraft& draft) const;
  const PipelineGraph& graph() const { return graph_; }

 private:
  NluModel() = default;
  PipelineGraph graph_;
  std::vector<std::unique_ptr<Component>> components_;
  bool shows_tokens_ = false;         // a featurizer works on tokens: callers see them (text_tokens)
  std::vector<std::string> intents_;  // known to the domain, for slash messages
  std::vector<std::string> entities_;
  std::shared_ptr<const Package> package_;  // keeps mapped weights alive
};

// Rasa's slash message: "/intent@0.5{"entity": "value"}". nullopt when `text` is none or names an unknown intent.
std::optional<Parse> ParseSlashMessage(std::string_view text, const std::vector<std::string>& intents,
                                       const std::vector<std::string>& entities);

}  // namespace greenroom

// ModelLoader: opens the package of a registered model and makes it ready to answer.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "dialogue/turn.h"
#include "registry/registry.h"

namespace greenroom {

class ModelLoader {
 public:
  virtual ~ModelLoader() = default;
  // `model` is a name in the registry. Errors: those of Package::Open, model_digest_mismatch.
  virtual Result<std::shared_ptr<const LiveModel>> Load(const std::string& assistant, const std::string& model) = 0;
};

// Loads from package files. Models that are still alive are handed out again: several environments share one model and
// its mapped pages. Thread rules: one caller (the reconciler).
class PackageModelLoader final : public ModelLoader {
 public:
  PackageModelLoader(const Registry& registry, std::string data_directory, const ComponentRegistry& components)
      : registry_(registry), data_directory_(std::move(data_directory)), components_(components) {}
  Result<std::shared_ptr<const LiveModel>> Load(const std::string& assistant, const std::string& model) override;

 private:
  const Registry& registry_;
  std::string data_directory_;
  const ComponentRegistry& components_;
  std::map<std::string, std::weak_ptr<const LiveModel>> alive_;  // by digest
};

// Runs the stored warm-up messages of the model through it, so that its pages are resident before the first user comes.
void WarmUp(const LiveModel& model);

}  // namespace greenroom

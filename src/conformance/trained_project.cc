#include "conformance/trained_project.h"

#include <stdlib.h>

#include <filesystem>
#include <thread>

#include "base/environment.h"
#include "nlu/register.h"
#include "pipeline/package.h"
#include "training/train_model.h"

namespace greenroom::conformance {

Result<std::unique_ptr<Workshop>> Workshop::Create() {
  std::string name = (std::filesystem::temp_directory_path() / "greenroom-conformance-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    return Error{ErrorCode::kUnavailable, "workshop_failed", "cannot make the folder " + name};
  return std::unique_ptr<Workshop>(new Workshop(name));
}

Workshop::Workshop(std::string folder) : folder_(std::move(folder)) { RegisterNluComponents(components_); }

Workshop::~Workshop() {
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

std::string FirstError(const Diagnostics& diagnostics) {
  for (const Diagnostic& item : diagnostics.items()) {
    if (item.severity == Severity::kError) return item.code + ": " + item.message;
  }
  return "";
}

namespace {

bool HasNothing(const TrainingData& data) {
  return data.nlu.examples.empty() && data.stories.empty() && data.rules.empty();
}

}  // namespace

TrainedProject TrainProject(const SourcePaths& paths, const Workshop& workshop, bool validate) {
  LoadedSource loaded = LoadSource(paths, ProcessEnvironment());
  TrainedProject trained{.source = std::move(loaded.source), .diagnostics = std::move(loaded.diagnostics)};
  if (validate) ValidateSource(trained.source, trained.diagnostics);
  trained.refusal = FirstError(trained.diagnostics);
  if (trained.refusal.empty() && HasNothing(trained.source.data))
    trained.refusal = "V060: there is nothing to train from";
  if (!trained.refusal.empty()) return trained;
  const std::string file = workshop.folder() + "/model.grm";
  const size_t threads = std::max(1u, std::thread::hardware_concurrency());
  Result<TrainedModel> made = TrainModel(trained.source, workshop.components(),
                                         {.output = file, .name = "model", .threads = threads}, trained.diagnostics);
  trained.refusal = FirstError(trained.diagnostics);
  if (!made.ok()) {
    if (trained.refusal.empty()) trained.refusal = made.error().message;
    return trained;
  }
  trained.seconds = made->seconds;
  Result<std::shared_ptr<const Package>> package = Package::Open(file);
  Result<std::shared_ptr<const LiveModel>> model =
      package.ok() ? LoadLiveModel(*package, workshop.components()) : package.error();
  if (!model.ok()) {
    trained.refusal = model.error().message;
    return trained;
  }
  trained.package = file;
  trained.model = *model;
  return trained;
}

}  // namespace greenroom::conformance

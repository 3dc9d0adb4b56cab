// TrainedProject: a project folder trained as `greenroom train` does it, or the reason why it was refused.
//
//   TrainedProject trained = TrainProject({.root = folder}, workshop);
//   if (trained.model == nullptr) std::cout << trained.refusal;
//
// The package is written, opened and loaded again: what is replayed is what would be served.
// Thread rules: blocking; training is parallel inside.
#pragma once

#include <memory>
#include <string>

#include "assistant/source.h"
#include "base/result.h"
#include "dialogue/turn.h"
#include "pipeline/component.h"

namespace greenroom::conformance {

// A folder for packages that is removed at the end, and the components that may be trained.
class Workshop {
 public:
  // Error: the folder cannot be made.
  static Result<std::unique_ptr<Workshop>> Create();
  ~Workshop();
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  const std::string& folder() const { return folder_; }
  const ComponentRegistry& components() const { return components_; }

 private:
  explicit Workshop(std::string folder);
  std::string folder_;
  ComponentRegistry components_;
};

struct TrainedProject {
  std::shared_ptr<const LiveModel> model;  // nullptr = refused
  std::string refusal;                     // code and message of the first error
  std::string package;                     // its file
  double seconds = 0;                      // of training, without reading the source
  Source source;
  Diagnostics diagnostics;
};

// Without `validate` checks across files are left out, as `rasa train --skip-validation` does.
TrainedProject TrainProject(const SourcePaths& paths, const Workshop& workshop, bool validate = true);

// The first error as "D012: ..."; "" without one.
std::string FirstError(const Diagnostics& diagnostics);

}  // namespace greenroom::conformance

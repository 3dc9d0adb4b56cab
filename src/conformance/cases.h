// Cases: small projects that each look into one corner of the semantics. Each is trained and its talks are replayed.
//
// A case is a folder with a project and `golden.json`: the verdict of training, the warnings, the talks.
// Errors: a recording that cannot be read counts as a verdict that differs. Thread rules: blocking.
#pragma once

#include <filesystem>

#include "conformance/figures.h"
#include "conformance/trained_project.h"

namespace greenroom::conformance {

struct CaseFigures {
  Share verdicts;     // trained or refused as recorded
  TurnFigures turns;  // from the recorded history
  Share own_history;  // the same turns from our own history
  size_t whole = 0;   // cases of which everything is the same

  // All determined turns, all verdicts, and no more documented ones than kMostDocumented.
  bool ok() const;
  Json ToJson() const;
};

// One line for each case of the folder whose name the report wants.
CaseFigures CompareCases(const std::filesystem::path& folder, const Workshop& workshop, Report& report);

}  // namespace greenroom::conformance

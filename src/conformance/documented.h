// The differences of docs/fidelity.md that can be recognised in a recording: one table of rules, none of which knows
// the name of a recording. A difference that a rule recognises is counted as documented, never as the same.
//
//   const ProjectTraits traits = TraitsOf(trained.source, trained.diagnostics);
//   std::string_view row = DocumentedRow({turn, traits});           // "F2", or "" when no rule fits
//
// To add one: a row in docs/fidelity.md, then a rule in documented.cc. Thread rules: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assistant/source.h"
#include "conformance/replay.h"

namespace greenroom::conformance {

// Of all turns at most this share may differ, whatever the reasons.
inline constexpr double kMostDocumented = 0.02;

// What the rules ask of a project.
struct ProjectTraits {
  bool repeats_a_form = false;     // a story activates a form twice, or writes its answers out
  bool list_null_in_rule = false;  // a rule demands null of a list slot
  bool has_learner = false;        // a policy that learns is configured
  bool own_session_start = false;  // the project has an action_session_start of its own
};

ProjectTraits TraitsOf(const Source& source, const Diagnostics& diagnostics);

struct TurnEvidence {
  const ReplayedTurn& turn;
  const ProjectTraits& traits;
};

// The row of docs/fidelity.md that this difference is; "" = none.
std::string_view DocumentedRow(const TurnEvidence& evidence);
// The same for a project that is refused here and was trained there; `recording` is its golden.json.
std::string_view DocumentedRefusal(const std::string& refusal, const Json& recording);

// All rows that a rule recognises, for the comparison with the document.
std::vector<std::string_view> DocumentedRows();

}  // namespace greenroom::conformance

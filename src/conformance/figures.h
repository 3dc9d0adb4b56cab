// Figures: what is counted while recordings are replayed, per project and in total, and how it is printed.
//
//   TurnFigures figures;
//   figures.Count(turn, kind, row);
//   total.Add(figures);
//   report.Difference("forms-pizza/talk 1", turn, row);              // the first of each project, all with --verbose
//
// Thread rules: one owner.
#pragma once

#include <map>
#include <ostream>
#include <string>
#include <string_view>

#include "base/json.h"
#include "conformance/replay.h"

namespace greenroom::conformance {

// How many of how many; `documented` ones differ on purpose and are not among the same.
struct Share {
  size_t same = 0, documented = 0, all = 0;

  double part() const { return all == 0 ? 1 : static_cast<double>(same) / static_cast<double>(all); }
  bool complete() const { return same + documented == all; }
  void Add(const Share& other);
  std::string Text() const;  // "12 of 13 (+1 documented)"
  Json ToJson() const;
};

// Who decided a turn: rules and memory, or a policy that learns, in a talk along the project's stories or in a random
// one.
enum class TurnKind { kDetermined, kLearned, kLearnedFree };

// Whether everything that counts for this kind is the same.
bool IsSame(const ReplayedTurn& turn, TurnKind kind);

// Turns of talks. Learned turns count as the same when their actions are; determined ones when everything is.
struct TurnFigures {
  size_t turns = 0, actions = 0, events = 0, responses = 0, skipped = 0;
  Share determined;
  Share learned;                            // in talks that follow the project's own stories
  Share learned_free;                       // in random talk and forms
  std::map<std::string, size_t> rows = {};  // documented differences by row of docs/fidelity.md

  // `row`: see DocumentedRow.
  void Count(const ReplayedTurn& turn, TurnKind kind, std::string_view row);
  void Add(const TurnFigures& other);
  Json ToJson() const;
};

// Where results are printed.
struct Report {
  std::ostream& out;
  bool verbose = false;
  // Only recordings whose name holds this; "" = all.
  std::string only = {};

  bool Wants(std::string_view name) const { return name.find(only) != std::string_view::npos; }
};

// One line on a project or case and, of its differences, the first (with --verbose all).
class ProjectReport {
 public:
  ProjectReport(Report& report, std::string name) : report_(report), name_(std::move(name)) {}

  // A difference of a turn of `talk`.
  void Difference(const std::string& talk, const ReplayedTurn& turn, std::string_view row);
  // Any other: a verdict, a file, an exchange.
  void Difference(const std::string& text, std::string_view row = "");
  // Prints the line and what was kept.
  void Close(const std::string& line);

 private:
  Report& report_;
  std::string name_;
  std::string kept_;  // differences
  bool has_undocumented_ = false;
};

}  // namespace greenroom::conformance

#include "conformance/figures.h"

namespace greenroom::conformance {

void Share::Add(const Share& other) {
  same += other.same;
  documented += other.documented;
  all += other.all;
}

std::string Share::Text() const {
  std::string text = std::to_string(same) + " of " + std::to_string(all);
  if (documented > 0) text += " (+" + std::to_string(documented) + " documented)";
  return text;
}

Json Share::ToJson() const { return Json::Object({{"same", same}, {"documented", documented}, {"of", all}}); }

bool IsSame(const ReplayedTurn& turn, TurnKind kind) {
  return kind == TurnKind::kDetermined ? turn.difference.empty() : turn.difference.same_actions;
}

void TurnFigures::Count(const ReplayedTurn& turn, TurnKind kind, std::string_view row) {
  const TurnDifference& difference = turn.difference;
  ++turns;
  actions += difference.same_actions ? 1 : 0;
  events += difference.same_events ? 1 : 0;
  responses += difference.same_responses ? 1 : 0;
  Share& share = kind == TurnKind::kDetermined ? determined : kind == TurnKind::kLearned ? learned : learned_free;
  ++share.all;
  const bool same = IsSame(turn, kind);
  share.same += same ? 1 : 0;
  if (same || row.empty()) return;
  ++share.documented;
  ++rows[std::string(row)];
}

void TurnFigures::Add(const TurnFigures& other) {
  turns += other.turns;
  actions += other.actions;
  events += other.events;
  responses += other.responses;
  skipped += other.skipped;
  determined.Add(other.determined);
  learned.Add(other.learned);
  learned_free.Add(other.learned_free);
  for (const auto& [row, count] : other.rows) rows[row] += count;
}

Json TurnFigures::ToJson() const {
  Json by_row = Json::Object();
  for (const auto& [row, count] : rows) by_row.Set(row, count);
  return Json::Object({{"turns", turns},
                       {"same_actions", actions},
                       {"same_events", events},
                       {"same_responses", responses},
                       {"not_compared", skipped},
                       {"determined", determined.ToJson()},
                       {"learned", learned.ToJson()},
                       {"learned_free", learned_free.ToJson()},
                       {"documented_rows", by_row}});
}

void ProjectReport::Difference(const std::string& talk, const ReplayedTurn& turn, std::string_view row) {
  const Json* message = turn.turn.Find("message");
  const Json& asked = message != nullptr ? *message : turn.turn["trigger"];
  Difference("  " + talk + " " + asked.Dump() + "\n" + turn.difference.text, row);
}

void ProjectReport::Difference(const std::string& text, std::string_view row) {
  // The first difference that nothing explains says more than a documented one before it.
  const bool is_first = kept_.empty() || (row.empty() && !has_undocumented_);
  if (!report_.verbose && !is_first) return;
  if (!report_.verbose) kept_.clear();
  has_undocumented_ = has_undocumented_ || row.empty();
  kept_ += row.empty() ? "" : "  documented as " + std::string(row) + " in docs/fidelity.md:\n";
  kept_ += text;
  if (kept_.back() != '\n') kept_ += '\n';
}

void ProjectReport::Close(const std::string& line) {
  report_.out << name_ << ": " << line << "\n" << kept_ << std::flush;
}

}  // namespace greenroom::conformance

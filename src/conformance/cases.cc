#include "conformance/cases.h"

#include <algorithm>

#include "conformance/documented.h"
#include "conformance/recording.h"

namespace greenroom::conformance {
namespace {

namespace fs = std::filesystem;

bool WasRefused(const Json& recording) {
  return !recording["train"]["refused"].is_null() || !recording["train"]["model"].AsBool(true);
}

size_t CountTurns(const Json& recording) {
  size_t count = 0;
  for (const Json& talk : recording["talks"].array()) {
    for (const Json& turn : talk["turns"].array()) count += IsTurn(turn) ? 1 : 0;
  }
  return count;
}

ReplayOptions OptionsOf(const Json& talk, History history) {
  return {.conversation_id = talk["name"].AsString(),
          .channel = talk["channel"].is_null() ? "rest" : talk["channel"].AsString(),
          .history = history};
}

class CaseComparison {
 public:
  CaseComparison(const fs::path& folder, Report& report)
      : recording_(ReadJsonFile(folder / "golden.json")), lines_(report, folder.filename().string()) {}

  CaseFigures Run(const fs::path& folder, const Workshop& workshop) {
    // The recorder trained without the checks that `rasa train` makes before.
    const TrainedProject trained = TrainProject({.root = folder.string()}, workshop, false);
    CompareVerdict(trained);
    if (trained.model != nullptr && !WasRefused(recording_)) CompareTalks(trained);
    const Share& turns = figures_.turns.determined;
    figures_.whole = figures_.verdicts.same == figures_.verdicts.all && turns.same == turns.all ? 1 : 0;
    const std::string verdict = trained.model == nullptr ? "refused" : "trained";
    lines_.Close(verdict + ", turns " + turns.Text() + ", actions " + std::to_string(figures_.turns.actions) +
                 ", events " + std::to_string(figures_.turns.events) + ", responses " +
                 std::to_string(figures_.turns.responses) + ", on our own history " + figures_.own_history.Text());
    return figures_;
  }

 private:
  void CompareVerdict(const TrainedProject& trained) {
    ++figures_.verdicts.all;
    const bool refused = trained.model == nullptr;
    if (recording_.is_object() && refused == WasRefused(recording_)) {
      ++figures_.verdicts.same;
      return;
    }
    // A case in which every message failed there has nothing that could be answered.
    const size_t turns = CountTurns(recording_);
    std::string_view row = refused ? DocumentedRefusal(trained.refusal, recording_) : "";
    figures_.verdicts.documented += row.empty() ? 0 : 1;
    lines_.Difference("  recorded: " + recording_["train"].Dump().substr(0, 400) +
                          "\n  ours:     " + (refused ? "refused: " + trained.refusal : "trained"),
                      row);
    figures_.turns.turns += turns;
    figures_.turns.determined.all += turns;
    figures_.own_history.all += turns;
    if (row.empty() || turns == 0) return;
    figures_.turns.determined.documented += turns;
    figures_.own_history.documented += turns;
    figures_.turns.rows[std::string(row)] += turns;
  }

  void CompareTalks(const TrainedProject& trained) {
    const ProjectTraits traits = TraitsOf(trained.source, trained.diagnostics);
    for (const Json& talk : recording_["talks"].array()) {
      const size_t same_before = figures_.turns.determined.same, all_before = figures_.turns.determined.all;
      TalkReplay replay(*trained.model, OptionsOf(talk, History::kRecorded));
      replay.Run(talk["turns"].array(), [&](const ReplayedTurn& turn) {
        const std::string_view row = turn.difference.empty() ? "" : DocumentedRow({turn, traits});
        const bool learned = traits.has_learner && IsLearnedTurn(turn.turn);
        figures_.turns.Count(turn, learned ? TurnKind::kLearned : TurnKind::kDetermined, row);
        if (!turn.difference.empty()) lines_.Difference(talk["name"].AsString(), turn, row);
      });
      figures_.turns.skipped += replay.skipped();
      const bool all_same = figures_.turns.determined.same - same_before == figures_.turns.determined.all - all_before;
      CompareOnOwnHistory(*trained.model, talk, traits, all_same);
    }
  }

  // What is the same turn by turn can still drift apart over a talk.
  void CompareOnOwnHistory(const LiveModel& model, const Json& talk, const ProjectTraits& traits, bool explain) {
    TalkReplay replay(model, OptionsOf(talk, History::kOwn));
    bool explained = !explain, drifted = false;
    replay.Run(talk["turns"].array(), [&](const ReplayedTurn& turn) {
      ++figures_.own_history.all;
      figures_.own_history.same += turn.difference.empty() ? 1 : 0;
      if (turn.difference.empty()) return;
      // A difference on purpose is followed by others: the talk goes elsewhere.
      const std::string_view row = DocumentedRow({turn, traits});
      drifted = drifted || !row.empty();
      figures_.own_history.documented += drifted ? 1 : 0;
      if (!explained) lines_.Difference("(own history) " + talk["name"].AsString(), turn, row);
      explained = true;
    });
  }

  Json recording_;
  ProjectReport lines_;
  CaseFigures figures_;
};

void Add(CaseFigures& sum, const CaseFigures& figures) {
  sum.verdicts.Add(figures.verdicts);
  sum.turns.Add(figures.turns);
  sum.own_history.Add(figures.own_history);
  sum.whole += figures.whole;
}

}  // namespace

bool CaseFigures::ok() const {
  const Share& turned = turns.determined;
  const double documented = static_cast<double>(turned.documented);
  return verdicts.complete() && turned.complete() && documented <= kMostDocumented * static_cast<double>(turned.all);
}

Json CaseFigures::ToJson() const {
  Json json = turns.ToJson();
  json.Set("verdicts", verdicts.ToJson());
  json.Set("own_history", own_history.ToJson());
  json.Set("whole_cases", whole);
  return json.Set("ok", ok()), json;
}

CaseFigures CompareCases(const fs::path& folder, const Workshop& workshop, Report& report) {
  CaseFigures sum;
  for (const fs::path& root : FoldersOf(folder)) {
    if (!fs::exists(root / "golden.json") || !report.Wants(root.filename().string())) continue;
    Add(sum, CaseComparison(root, report).Run(root, workshop));
  }
  return sum;
}

}  // namespace greenroom::conformance

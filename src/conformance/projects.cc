#include "conformance/projects.h"

#include <algorithm>
#include <cstdio>

#include "conformance/documented.h"
#include "conformance/recording.h"

namespace greenroom::conformance {
namespace {

namespace fs = std::filesystem;

// Random talk and forms ask a learned policy what it never saw.
bool IsFree(const Json& talk) { return talk["kind"].AsString() == "form" || talk["kind"].AsString() == "walk"; }

bool IsForIntents(const Json& talk) { return talk["kind"].AsString() == "spoken" || talk["kind"].AsString() == "test"; }

std::string Seconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", seconds);
  return text;
}

class ProjectComparison {
 public:
  ProjectComparison(const ProjectFolders& folders, std::string name, Report& report)
      : folders_(folders),
        name_(std::move(name)),
        summary_(ReadJsonFile(folders.recordings / name_ / "summary.json")),
        lines_(report, name_) {}

  ProjectFigures Run(const Workshop& workshop) {
    const SourcePaths paths = SourceOf(folders_, name_);
    const TrainedProject trained = TrainProject(paths, workshop, !summary_["refused_by_validation"].AsBool());
    CompareVerdict(paths, trained, workshop);
    if (trained.model == nullptr) {
      lines_.Close("refused: " + trained.refusal);
      return figures_;
    }
    figures_.seconds = trained.seconds;
    figures_.recorded_seconds = summary_["train_seconds"].AsDouble();
    figures_.slowest = figures_.recorded_seconds > 0 ? figures_.seconds / figures_.recorded_seconds : 0;
    const ProjectTraits traits = TraitsOf(trained.source, trained.diagnostics);
    for (const Json& talk : ReadJsonLines(folders_.recordings / name_ / "conversations.jsonl")) {
      CompareTalk(*trained.model, traits, talk);
      if (IsForIntents(talk)) CountIntents(*trained.model, talk);
    }
    figures_.most_worse = static_cast<int>(figures_.intents.theirs) - static_cast<int>(figures_.intents.ours);
    lines_.Close(Line());
    return figures_;
  }

 private:
  void CompareVerdict(const SourcePaths& paths, const TrainedProject& trained, const Workshop& workshop) {
    ++figures_.verdicts.all;
    const bool expected = summary_["train_exit"].AsInt(1) == 0;
    // Refused there until it was told to skip validation: so it must be here.
    const bool validated = expected && summary_["refused_by_validation"].AsBool();
    const bool same =
        (trained.model != nullptr) == expected && (!validated || TrainProject(paths, workshop, true).model == nullptr);
    figures_.verdicts.same += same ? 1 : 0;
    if (same) return;
    lines_.Difference(std::string("  verdict: ") + (expected ? "trained" : "refused") +
                      (validated ? " without validation only" : "") +
                      " there; ours: " + (trained.model != nullptr ? "trained" : "refused: " + trained.refusal));
  }

  void CompareTalk(const LiveModel& model, const ProjectTraits& traits, const Json& talk) {
    TalkReplay replay(model, {.conversation_id = talk["id"].AsString()});
    replay.Run(talk["turns"].array(), [&](const ReplayedTurn& turn) {
      const bool is_learned = traits.has_learner && IsLearnedTurn(turn.turn);
      const TurnKind kind = !is_learned    ? TurnKind::kDetermined
                            : IsFree(talk) ? TurnKind::kLearnedFree
                                           : TurnKind::kLearned;
      const std::string_view row = is_learned || turn.difference.empty() ? "" : DocumentedRow({turn, traits});
      figures_.turns.Count(turn, kind, row);
      if (!IsSame(turn, kind)) lines_.Difference(talk["id"].AsString() + (is_learned ? " (learned)" : ""), turn, row);
    });
    figures_.turns.skipped += replay.skipped();
  }

  void CountIntents(const LiveModel& model, const Json& talk) {
    for (const Json& turn : talk["turns"].array()) {
      const Json* expected = turn.Find("expected_intent");
      if (expected == nullptr || expected->is_null()) continue;
      const Json* user = RecordedUserEvent(turn);
      const Parse parse = ParseForTurn(model, {.text = turn["message"].AsString()});
      ++figures_.intents.all;
      figures_.intents.ours += parse.intent.name == expected->AsString() ? 1 : 0;
      const bool found = user != nullptr && (*user)["parse_data"]["intent"]["name"] == *expected;
      figures_.intents.theirs += found ? 1 : 0;
    }
  }

  std::string Line() const {
    const TurnFigures& turns = figures_.turns;
    return "trained in " + Seconds(figures_.seconds) + " (there " + Seconds(figures_.recorded_seconds) + "), turns " +
           std::to_string(turns.turns) + ": actions " + std::to_string(turns.actions) + ", events " +
           std::to_string(turns.events) + ", responses " + std::to_string(turns.responses) + " the same; determined " +
           turns.determined.Text() + ", learned " + turns.learned.Text() + ", in random talk " +
           turns.learned_free.Text() + "; intents found " + std::to_string(figures_.intents.ours) + " (there " +
           std::to_string(figures_.intents.theirs) + ") of " + std::to_string(figures_.intents.all);
  }

  const ProjectFolders& folders_;
  std::string name_;
  Json summary_;
  ProjectReport lines_;
  ProjectFigures figures_;
};

void Add(ProjectFigures& sum, const ProjectFigures& figures) {
  sum.verdicts.Add(figures.verdicts);
  sum.turns.Add(figures.turns);
  sum.intents.ours += figures.intents.ours;
  sum.intents.theirs += figures.intents.theirs;
  sum.intents.all += figures.intents.all;
  sum.seconds += figures.seconds;
  sum.recorded_seconds += figures.recorded_seconds;
  sum.most_worse = std::max(sum.most_worse, figures.most_worse);
  sum.slowest = std::max(sum.slowest, figures.slowest);
}

}  // namespace

bool ProjectFigures::ok() const {
  const Share& turned = turns.determined;
  return verdicts.complete() && turned.complete() &&
         static_cast<double>(turned.documented) <= kMostDocumented * static_cast<double>(turned.all) &&
         turns.learned.part() >= kLearnedBar && turns.learned_free.part() >= kLearnedFreeBar &&
         intents.ours >= intents.theirs && most_worse <= kMostWorseIntents && slowest <= kTrainShareBar;
}

Json ProjectFigures::ToJson() const {
  Json json = turns.ToJson();
  json.Set("verdicts", verdicts.ToJson());
  json.Set("learned_share", turns.learned.part());
  json.Set("learned_free_share", turns.learned_free.part());
  json.Set("intents", Json::Object({{"found", intents.ours}, {"found_there", intents.theirs}, {"of", intents.all}}));
  json.Set("most_intents_fewer_in_a_project", most_worse);
  json.Set("train_seconds", seconds);
  json.Set("train_seconds_there", recorded_seconds);
  json.Set("slowest_train_share", slowest);
  return json.Set("ok", ok()), json;
}

SourcePaths SourceOf(const ProjectFolders& folders, const std::string& name) {
  return {.root = (folders.assistants / name).string(),
          .config = fs::absolute(folders.recordings / name / "config.yml").string()};
}

ProjectFigures CompareProjects(const ProjectFolders& folders, const Workshop& workshop, Report& report) {
  ProjectFigures sum;
  for (const fs::path& folder : FoldersOf(folders.recordings)) {
    const std::string name = folder.filename().string();
    if (!fs::exists(folder / "summary.json") || !report.Wants(name)) continue;
    if (!fs::exists(folders.assistants / name)) {
      report.out << name << ": its source is not in " << folders.assistants.string() << "\n";
      ++sum.verdicts.all;
      continue;
    }
    Add(sum, ProjectComparison(folders, name, report).Run(workshop));
  }
  return sum;
}

}  // namespace greenroom::conformance

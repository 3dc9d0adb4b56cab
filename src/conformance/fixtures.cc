#include "conformance/fixtures.h"

#include <algorithm>
#include <array>

#include "base/environment.h"
#include "base/files.h"
#include "conformance/fixture_facts.h"
#include "conformance/recording.h"
#include "dialogue/policy.h"
#include "pipeline/nlu_model.h"

namespace greenroom::conformance {
namespace {

namespace fs = std::filesystem;

// A folder of a project without anything, so that a single file can be read as part of one.
Result<std::string> EmptyProject(const Workshop& workshop) {
  const std::string folder = workshop.folder() + "/empty";
  GR_TRY(CreateDirectories(folder));
  GR_TRY(WriteFileDurably(folder + "/config.yml", "recipe: default.v1\nlanguage: en\n"));
  GR_TRY(WriteFileDurably(folder + "/domain.yml", "version: \"3.1\"\n"));
  return folder;
}

SourcePaths PathsFor(const std::string& kind, const fs::path& file, const std::string& empty) {
  SourcePaths paths{.root = empty, .data = {}};
  const std::string full = fs::absolute(file).string();
  if (kind == "domain") paths.domain = full;
  if (kind == "stories" || kind == "nlu") paths.data = {full};
  if (kind == "config") paths.config = full;
  if (kind == "endpoints") paths.endpoints = full;
  return paths;
}

// Rasa's check of a configuration builds the graph: names and order of components, names of policies.
void CheckConfig(const Source& source, const Workshop& workshop, Diagnostics& diagnostics) {
  (void)BuildPipelineGraph(source, workshop.components(), diagnostics);
  const std::vector<PolicyFactory>& known = BuiltinPolicies();
  for (const ComponentConfig& policy : source.config.policies) {
    const std::string name = policy.name.substr(policy.name.rfind('.') + 1);
    const bool found = std::any_of(known.begin(), known.end(),
                                   [&](const PolicyFactory& factory) { return factory.spec.name == name; });
    if (!found) diagnostics.Add({.code = "S201", .message = "unknown policy `" + policy.name + "`"});
  }
}

// A verdict of ours that differs on purpose: taken there, refused here with this code.
struct RefusedHere {
  std::string_view row, code;
};
constexpr std::array kRefusedHere = {RefusedHere{"F16", "C006"}, RefusedHere{"F17", "Y003"},
                                     RefusedHere{"F18", "T003"}};

std::string_view DocumentedVerdict(const std::string& refusal, bool taken_there) {
  for (const RefusedHere& known : kRefusedHere) {
    if (taken_there && refusal.starts_with(known.code)) return known.row;
  }
  return "";
}

class KindComparison {
 public:
  KindComparison(std::string kind, Report& report) : kind_(std::move(kind)), lines_(report, kind_) {}

  void Compare(const Json& verdict, const fs::path& file, const std::string& empty, const Workshop& workshop) {
    LoadedSource loaded = LoadSource(PathsFor(kind_, file, empty), ProcessEnvironment());
    if (kind_ == "config" && !loaded.diagnostics.has_errors()) CheckConfig(loaded.source, workshop, loaded.diagnostics);
    const bool there = verdict["verdict"].AsString() == "ok", here = !loaded.diagnostics.has_errors();
    const std::string& name = verdict["file"].AsString();
    ++figures_.verdicts.all;
    if (there != here) {
      const std::string refusal = FirstError(loaded.diagnostics);
      const std::string_view row = DocumentedVerdict(refusal, there);
      figures_.verdicts.documented += row.empty() ? 0 : 1;
      if (!row.empty()) ++figures_.rows[std::string(row)];
      lines_.Difference("  " + name + "\n      recorded: " + (there ? "taken" : verdict["error"].AsString()) +
                            "\n      ours:     " + (here ? "taken" : refusal),
                        row);
      return;
    }
    ++figures_.verdicts.same;
    if (!there || !verdict["facts"].is_object()) return;
    ++figures_.facts.all;
    const std::string difference =
        CompareFacts(kind_, verdict["facts"], FactsOf(kind_, loaded.source), name.ends_with("/"));
    if (difference.empty())
      ++figures_.facts.same;
    else
      lines_.Difference("  " + name + "\n" + difference);
  }

  const FixtureFigures& Close() {
    lines_.Close("verdicts " + figures_.verdicts.Text() + ", facts " + figures_.facts.Text());
    return figures_;
  }

 private:
  std::string kind_;
  ProjectReport lines_;
  FixtureFigures figures_;
};

}  // namespace

bool FixtureFigures::ok() const { return verdicts.complete() && facts.complete(); }

Json FixtureFigures::ToJson() const {
  Json by_row = Json::Object();
  for (const auto& [row, count] : rows) by_row.Set(row, count);
  return Json::Object(
      {{"verdicts", verdicts.ToJson()}, {"facts", facts.ToJson()}, {"documented_rows", by_row}, {"ok", ok()}});
}

FixtureFigures CompareFixtures(const FixtureFolders& folders, const Workshop& workshop, Report& report) {
  FixtureFigures sum;
  const Result<std::string> empty = EmptyProject(workshop);
  std::map<std::string, KindComparison> kinds;
  for (const Json& verdict : ReadJsonLines(folders.recordings / "verdicts.jsonl")) {
    const std::string& kind = verdict["kind"].AsString();
    const std::string& name = verdict["file"].AsString();
    if (!report.Wants(name) || !empty.ok()) continue;
    const auto at = kinds.try_emplace(kind, kind, report).first;
    at->second.Compare(verdict, folders.files / name, *empty, workshop);
  }
  for (auto& [kind, comparison] : kinds) {
    const FixtureFigures& figures = comparison.Close();
    sum.verdicts.Add(figures.verdicts);
    sum.facts.Add(figures.facts);
    for (const auto& [row, count] : figures.rows) sum.rows[row] += count;
  }
  return sum;
}

}  // namespace greenroom::conformance

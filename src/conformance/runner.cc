#include "conformance/runner.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/files.h"
#include "conformance/cases.h"
#include "conformance/exchanges.h"
#include "conformance/fixtures.h"
#include "conformance/projects.h"
#include "conformance/recording.h"

namespace greenroom::conformance {
namespace {

namespace fs = std::filesystem;

// What `rasa init` writes, and what the recorded servers had loaded.
constexpr char kInitialProject[] = "rasa-initial-project";

enum class Kind { kNone, kCases, kProjects, kFixtures, kHttp };

bool HasFile(const fs::path& folder, const char* name) { return fs::exists(folder / name); }

bool IsExchanges(const fs::path& file) {
  if (file.extension() != ".jsonl") return false;
  const std::vector<Json> lines = ReadJsonLines(file);
  return !lines.empty() && lines[0].Find("request") != nullptr && lines[0].Find("response") != nullptr;
}

Kind KindOf(const fs::path& folder) {
  const std::vector<fs::path> inside = FoldersOf(folder);
  const auto any = [&](const char* name) {
    return std::any_of(inside.begin(), inside.end(), [&](const fs::path& path) { return HasFile(path, name); });
  };
  if (any("golden.json")) return Kind::kCases;
  if (any("summary.json")) return Kind::kProjects;
  if (HasFile(folder, "verdicts.jsonl")) return Kind::kFixtures;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (IsExchanges(entry.path())) return Kind::kHttp;
  }
  return Kind::kNone;
}

class Run {
 public:
  Run(const ConformanceOptions& options, std::ostream& out, const Workshop& workshop)
      : options_(options), report_{.out = out, .verbose = options.verbose, .only = options.only}, workshop_(workshop) {}

  // `depth`: how far down recordings are looked for.
  void Folder(const fs::path& folder, int depth) {
    const Kind kind = KindOf(folder);
    if (kind != Kind::kNone) return Compare(kind, folder);
    if (HasFile(folder, "golden.json") || HasFile(folder, "summary.json")) return One(folder);
    if (depth == 0) return;
    for (const fs::path& below : FoldersOf(folder)) Folder(below, depth - 1);
  }

  int Close() {
    if (!found_) {
      report_.out << "no recordings were found\n";
      return 2;
    }
    totals_.Set("ok", ok_);
    const std::string line = totals_.Dump();
    report_.out << line << std::endl;
    const bool written = options_.json.empty() || WriteFileDurably(options_.json, line + "\n").ok();
    if (!written) report_.out << "cannot write " << options_.json << "\n";
    return ok_ && written ? 0 : 1;
  }

 private:
  // A single case or project: its neighbours are left out.
  void One(const fs::path& folder) {
    Report all = report_;
    report_.only = folder.filename().string();
    Compare(HasFile(folder, "golden.json") ? Kind::kCases : Kind::kProjects, folder.parent_path());
    report_.only = all.only;
  }

  fs::path Corpora(const fs::path& folder) const {
    return options_.corpora.empty() ? folder.parent_path().parent_path() / "corpora" : fs::path(options_.corpora);
  }

  template <class Figures>
  void Take(const char* kind, const Figures& figures) {
    found_ = true;
    totals_.Set(kind, figures.ToJson());
    ok_ = ok_ && figures.ok();
  }

  void Compare(Kind kind, const fs::path& folder) {
    const fs::path assistants = Corpora(folder) / "assistants";
    if (kind == Kind::kCases) Take("cases", CompareCases(folder, workshop_, report_));
    if (kind == Kind::kProjects)
      Take("projects", CompareProjects({.recordings = folder, .assistants = assistants}, workshop_, report_));
    if (kind == Kind::kFixtures)
      Take("fixtures", CompareFixtures({.recordings = folder, .files = FixtureFiles(assistants)}, workshop_, report_));
    if (kind == Kind::kHttp) {
      const ProjectFolders projects{.recordings = folder.parent_path() / "projects", .assistants = assistants};
      Take("http",
           CompareExchanges({.folder = folder, .project = SourceOf(projects, kInitialProject)}, workshop_, report_));
    }
  }

  // The files of fixtures: the folder of the corpora that says so.
  static fs::path FixtureFiles(const fs::path& assistants) {
    for (const fs::path& folder : FoldersOf(assistants)) {
      if (folder.filename().string().ends_with("-fixtures")) return folder;
    }
    return assistants;
  }

  const ConformanceOptions& options_;
  Report report_;
  const Workshop& workshop_;
  Json totals_ = Json::Object();
  bool ok_ = true;
  bool found_ = false;
};

}  // namespace

int RunConformance(const ConformanceOptions& options, std::ostream& out) {
  Result<std::unique_ptr<Workshop>> workshop = Workshop::Create();
  if (!workshop.ok()) {
    out << workshop.error().message << "\n";
    return 2;
  }
  Run run(options, out, **workshop);
  for (const std::string& folder : options.folders) {
    fs::path path = fs::absolute(folder).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    run.Folder(path, 2);
  }
  return run.Close();
}

}  // namespace greenroom::conformance

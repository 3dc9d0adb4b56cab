// Fixtures: single files of all kinds, of which the recording states the verdict of Rasa's loaders and what they read.
//
// `verdicts.jsonl` has a line a file: file, kind, verdict, error, facts. The files lie in a folder of the corpora.
// Thread rules: blocking.
#pragma once

#include <filesystem>

#include "conformance/figures.h"
#include "conformance/trained_project.h"

namespace greenroom::conformance {

struct FixtureFigures {
  Share verdicts;
  Share facts;                              // of files that both take
  std::map<std::string, size_t> rows = {};  // documented differences by row of docs/fidelity.md

  bool ok() const;
  Json ToJson() const;
};

struct FixtureFolders {
  std::filesystem::path recordings;  // holds verdicts.jsonl
  std::filesystem::path files;       // what the paths in it are relative to
};

// One line for each kind, and the files that differ.
FixtureFigures CompareFixtures(const FixtureFolders& folders, const Workshop& workshop, Report& report);

}  // namespace greenroom::conformance

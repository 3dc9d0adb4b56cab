// Projects: real assistants that were trained and talked to. Each is trained here, its conversations are replayed turn
// by turn, and its messages are parsed by our own NLU to see how often the expected intent is found.
//
// A project is a folder with `summary.json`, `config.yml` and `conversations.jsonl`; its source is the folder of the
// same name below `assistants`. Thread rules: blocking.
#pragma once

#include <filesystem>

#include "conformance/figures.h"
#include "conformance/trained_project.h"

namespace greenroom::conformance {

// How often the intent that the project's own data expect was found, here and there.
struct IntentFigures {
  size_t ours = 0, theirs = 0, all = 0;
};

struct ProjectFigures {
  Share verdicts;
  TurnFigures turns;
  IntentFigures intents;
  double seconds = 0;           // of training, here
  double recorded_seconds = 0;  // and there, of the same projects
  int most_worse = 0;           // of all projects, the most messages by which ours found fewer intents
  double slowest = 0;           // of all projects, the largest share of the recorded time

  // Verdicts, determined and learned turns, intents and training times, each against its bar.
  bool ok() const;
  Json ToJson() const;
};

// Bars of the comparison.
inline constexpr double kLearnedBar = 0.85, kLearnedFreeBar = 0.60, kTrainShareBar = 0.01;
inline constexpr int kMostWorseIntents = 2;

struct ProjectFolders {
  std::filesystem::path recordings;  // golden/projects
  std::filesystem::path assistants;  // corpora/assistants
};

// One line for each project whose name the report wants.
ProjectFigures CompareProjects(const ProjectFolders& folders, const Workshop& workshop, Report& report);

// Where the source of a recorded project lies, with the configuration that was trained.
SourcePaths SourceOf(const ProjectFolders& folders, const std::string& name);

}  // namespace greenroom::conformance

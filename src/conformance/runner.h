// The conformance runner: takes any golden folder, runs what it finds in it, prints a line per project and a closing
// line of JSON.
//
//   return RunConformance({.folders = {"golden"}}, std::cout);
//
// What a folder is follows from what lies in it, never from its name: `golden.json` beside a project makes a case,
// `summary.json` with `config.yml` a recorded project, `verdicts.jsonl` fixtures, exchanges of requests and responses
// in .jsonl files HTTP; any other folder is searched one level down. Exit status: 0 all bars hold, 1 some do not, 2
// nothing to compare was found. Thread rules: one caller.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace greenroom::conformance {

struct ConformanceOptions {
  std::vector<std::string> folders;
  std::string corpora = {};  // sources of projects and fixtures; "" = the folder `corpora` beside the golden one
  std::string only = {};     // recordings whose name holds this
  std::string json = {};     // file that gets the totals, too
  bool verbose = false;
};

int RunConformance(const ConformanceOptions& options, std::ostream& out);

}  // namespace greenroom::conformance

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/log.h"
#include "conformance/runner.h"

int main(int argc, char** argv) {
  greenroom::SetLogLevel(greenroom::LogLevel::kOff);
  greenroom::conformance::ConformanceOptions options;
  CLI::App app{"Compares this engine with recordings of what Rasa 3.6 did"};
  app.add_option("DIR", options.folders, "Folders of recordings: cases, projects, fixtures, http, or their parent")
      ->required();
  app.add_option("--corpora", options.corpora,
                 "Sources of the recorded projects (default: corpora beside the golden folder)");
  app.add_option("--only", options.only, "Only recordings whose name holds this");
  app.add_option("--json", options.json, "Write the closing line to this file, too");
  app.add_flag("--verbose", options.verbose, "Show all differences, not only the first of each recording");
  CLI11_PARSE(app, argc, argv);
  return greenroom::conformance::RunConformance(options, std::cout);
}

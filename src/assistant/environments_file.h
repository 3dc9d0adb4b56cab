// The reader of `environments.yml`: which named environments there are and which server each of them is.
//
//   rasa:
//     production:
//       url: http://rasa-production:5005      # without a url the environment is embedded
//       token: ${RASA_TOKEN}                  # sent to that server as ?token=
//
//   EnvironmentsFile file = ReadEnvironmentsFile(text, {ProcessEnvironment(), CheckEnvironmentName}, diagnostics);
//   if (diagnostics.has_errors()) ...          // nothing of the file may be used
//
// The one top-level key `rasa` must be there and may be empty. Each value may hold `${NAME}`, in quotes too; an unset
// variable is an error. No diagnostic repeats a value, since values are secrets: show them without the source window.
// Codes: E010-E022, Y001-Y012. Thread rules: pure functions.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "assistant/report.h"
#include "base/result.h"

namespace greenroom {

struct EnvironmentEntry {
  std::string name;
  std::string url = {};    // "" = embedded; without a slash at the end
  std::string token = {};  // "" = none
  SourceSpan span = {};    // of the name
};

struct EnvironmentsFile {
  std::vector<EnvironmentEntry> entries;  // in the order of the file
};

// What the reader does not decide itself. Without `variables` texts that hold `${...}` are refused (E021): a client
// that posts such a text must not read the variables of this process.
struct EnvironmentsFileRules {
  VariableLookup variables = {};
  std::function<Result<void>(std::string_view)> check_name = {};
};

EnvironmentsFile ReadEnvironmentsFile(const YamlText& source, const EnvironmentsFileRules& rules,
                                      Diagnostics& diagnostics);

// The same from the disk. Errors: those of ReadFile; environments_file_invalid, whose message has every problem with
// its place, one per line.
Result<EnvironmentsFile> LoadEnvironmentsFile(const std::string& path, const EnvironmentsFileRules& rules);

// "environments.yml:3:5: error[E016]: ...", one line per problem; the help follows behind " - ".
std::string ListProblems(const Diagnostics& diagnostics);

// The text of such a file. Tokens that are not empty are shown as `shown_token`: they never leave this process.
std::string WriteEnvironmentsFile(const EnvironmentsFile& file, const std::string& shown_token);

}  // namespace greenroom

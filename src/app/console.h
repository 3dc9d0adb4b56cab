// Console: how commands talk to people and scripts: results on standard output, everything else on standard error.
// Thread rules: used by the command's one thread.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/json.h"
#include "base/result.h"
#include "base/terminal.h"

namespace greenroom {

// Meaning of exit statuses, the same for every command.
enum ExitStatus {
  kExitOk = 0,
  kExitFailed = 1,
  kExitUsage = 2,
  kExitProblems = 3,
  kExitUnauthenticated = 4,
  kExitForbidden = 5,
  kExitNotFound = 6,
  kExitConflict = 7,
  kExitUnreachable = 9,
  kExitCancelled = 10,
};
int ExitStatusOf(const Error& error);

struct Console {
  bool json = false;  // -o json
  ColourMode colour = ColourMode::kAuto;

  bool ColourOn(int descriptor) const;
  // An error with its help, as text or JSON; returns the exit status.
  int Fail(const Error& error) const;
  void Note(const std::string& text) const;   // to standard error
  void Print(const std::string& text) const;  // to standard output, with a line break
  // A list of objects as a table of the named members, or as JSON.
  void PrintRows(const Json& rows, const std::vector<std::string>& members) const;
  void PrintObject(const Json& object) const;
  // Diagnostics: text to standard error, or JSON to standard output.
  void PrintDiagnostics(const Diagnostics& diagnostics, const SourceTexts& texts, size_t limit) const;
};

// The rows with their times (unix seconds) in `member` as text for people; JSON keeps the numbers.
Json WithTimes(const Console& console, Json rows, const char* member);

}  // namespace greenroom

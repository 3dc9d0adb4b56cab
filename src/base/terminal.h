// Terminal: colour rules, tables and a progress line for the command line programs.
//
//   if (ColourWanted(ColourMode::kAuto, STDOUT_FILENO, ProcessEnvironment())) ...
//   std::cout << RenderTable({"NAME", "VERSION"}, {{"hotel", "3"}}, TableStyle::kPlain);
//   ProgressLine progress(std::cerr, IsTerminal(STDERR_FILENO), SystemClock());
//   progress.Update({.step = "intent model", .fraction = 0.4, .seconds_left = 12});
//
// Text from users may stand in cells and steps: control characters are shown, not obeyed. Thread rules: one owner.
#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace greenroom {

bool IsTerminal(int descriptor);

enum class ColourMode { kAuto, kAlways, kNever };

// kAuto: on for terminals, unless NO_COLOR is set or TERM is "dumb"; CLICOLOR_FORCE (but "0") turns it on everywhere.
bool ColourWanted(ColourMode mode, int descriptor,
                  const std::function<std::optional<std::string>(const std::string&)>& environment);

enum class TableStyle { kPlain, kColour };

// Columns two spaces apart, as wide as their widest cell; columns of numbers are aligned right. Ends with a line break.
// Short rows are filled with empty cells.
std::string RenderTable(const std::vector<std::string>& headers, const std::vector<std::vector<std::string>>& rows,
                        TableStyle style);

struct Progress {
  std::string step;
  double fraction = 0;  // 0..1
  std::optional<double> seconds_left = {};
};

// On a terminal one line that is rewritten (at most ten times a second); elsewhere a new line every ten seconds and at
// each change of step.
class ProgressLine {
 public:
  ProgressLine(std::ostream& out, bool live, const Clock& clock) : out_(out), live_(live), clock_(clock) {}
  // Finishes the line.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void Update(const Progress& progress);
  // Removes the live line, so that other output can follow.
  void Clear();

 private:
  std::ostream& out_;
  bool live_;
  const Clock& clock_;
  std::string step_, line_;
  std::optional<std::chrono::steady_clock::time_point> last_;
  bool shown_ = false;
};

}  // namespace greenroom

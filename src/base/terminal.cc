#include "base/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "base/text.h"

namespace greenroom {
namespace {

constexpr int kBarWidth = 24;
constexpr std::chrono::milliseconds kLiveInterval{100};
constexpr std::chrono::seconds kPlainInterval{10};

using Rows = std::vector<std::vector<std::string>>;

Rows Sanitised(const Rows& rows, size_t columns) {
  Rows result;
  for (const auto& row : rows) {
    auto& cells = result.emplace_back();
    for (size_t i = 0; i < columns; ++i) cells.push_back(i < row.size() ? EscapeControls(row[i]) : "");
  }
  return result;
}

bool IsNumeric(const std::string& cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789.,-+% ") == std::string::npos;
}

struct Column {
  int width = 0;
  bool right = false;
};

Column Measure(const std::string& header, const Rows& rows, size_t index) {
  Column column{DisplayWidth(header), !rows.empty()};
  for (const auto& row : rows) {
    column.width = std::max(column.width, DisplayWidth(row[index]));
    column.right = column.right && IsNumeric(row[index]);
  }
  return column;
}

std::string RenderRow(const std::vector<std::string>& cells, const std::vector<Column>& columns) {
  std::string line;
  for (size_t i = 0; i < columns.size(); ++i) {
    std::string gap(static_cast<size_t>(columns[i].width - DisplayWidth(cells[i])), ' ');
    if (i > 0) line += "  ";
    line += columns[i].right ? gap + cells[i] : cells[i] + gap;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string Duration(double seconds) {
  auto whole = static_cast<long>(std::ceil(std::clamp(seconds, 0.0, 1e9)));
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

std::string Line(const Progress& progress) {
  double fraction = std::clamp(std::isnan(progress.fraction) ? 0.0 : progress.fraction, 0.0, 1.0);
  auto filled = static_cast<size_t>(fraction * kBarWidth);
  std::string bar = std::string(filled, '#') + std::string(kBarWidth - filled, '.');
  std::string line =
      "[" + bar + "] " + std::to_string(static_cast<int>(fraction * 100)) + " %  " + EscapeControls(progress.step);
  if (progress.seconds_left) line += "  (about " + Duration(*progress.seconds_left) + " left)";
  return line;
}

}  // namespace

bool IsTerminal(int descriptor) { return ::isatty(descriptor) == 1; }

bool ColourWanted(ColourMode mode, int descriptor,
                  const std::function<std::optional<std::string>(const std::string&)>& environment) {
  if (mode != ColourMode::kAuto) return mode == ColourMode::kAlways;
  if (!environment("NO_COLOR").value_or("").empty()) return false;
  std::string forced = environment("CLICOLOR_FORCE").value_or("");
  if (!forced.empty() && forced != "0") return true;
  return environment("TERM").value_or("") != "dumb" && IsTerminal(descriptor);
}

std::string RenderTable(const std::vector<std::string>& headers, const std::vector<std::vector<std::string>>& rows,
                        TableStyle style) {
  Rows cells = Sanitised(rows, headers.size());
  std::vector<Column> columns;
  for (size_t i = 0; i < headers.size(); ++i) columns.push_back(Measure(headers[i], cells, i));
  std::string head = RenderRow(headers, columns);
  std::string table = (style == TableStyle::kColour ? "\033[1m" + head + "\033[0m" : head) + "\n";
  for (const auto& row : cells) table += RenderRow(row, columns) + "\n";
  return table;
}

ProgressLine::~ProgressLine() {
  if (live_ && shown_) out_ << "\n" << std::flush;
}

void ProgressLine::Update(const Progress& progress) {
  auto now = clock_.Steady();
  bool same_step = last_ && progress.step == step_;
  if (same_step && progress.fraction < 1 &&
      now - *last_ < (live_ ? kLiveInterval : std::chrono::milliseconds(kPlainInterval)))
    return;
  step_ = progress.step;
  last_ = now;
  shown_ = true;
  std::string line = Line(progress);
  if (live_)
    out_ << "\r\033[2K" << line << std::flush;
  else if (line != line_)  // the end of a step may be told more than once
    out_ << line << "\n" << std::flush;
  line_ = std::move(line);
}

void ProgressLine::Clear() {
  if (live_ && shown_) out_ << "\r\033[2K" << std::flush;
  shown_ = false;
}

}  // namespace greenroom

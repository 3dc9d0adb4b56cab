#include <algorithm>

#include "base/diagnostic.h"
#include "base/text.h"

namespace greenroom {
namespace {

constexpr int kTabWidth = 4;
constexpr int kWindowColumns = 160;  // of a long line so much is shown
constexpr int kWindowLead = 60;      // and so much of it before the span

struct Paint {
  bool on = false;
  std::string operator()(const char* code, const std::string& text) const {
    return on ? std::string("\033[") + code + "m" + text + "\033[0m" : text;
  }
};

// Where each line of a text begins, with the line ends libyaml counts: LF, CRLF, CR, NEL, LS and PS.
std::vector<size_t> LineStarts(std::string_view text) {
  std::vector<size_t> starts = {0};
  for (size_t i = 0; i < text.size(); ++i) {
    std::string_view rest = text.substr(i);
    if (rest.starts_with("\r\n")) continue;
    bool wide = rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9");
    if (rest[0] == '\n' || rest[0] == '\r')
      starts.push_back(i + 1);
    else if (wide)
      starts.push_back(i + 3);
    else if (rest.starts_with("\xC2\x85"))
      starts.push_back(i + 2);
  }
  return starts;
}

std::string_view WithoutLineEnd(std::string_view line) {
  for (std::string_view end : {"\n", "\r", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    if (line.ends_with(end)) line.remove_suffix(end.size());
  }
  return line;
}

// A source line as shown, and how wide its parts are.
struct ShownLine {
  std::string text;
  int before = 0;  // columns before the span
  int width = 0;   // columns of the span
};

// Tabs are expanded, what cannot be shown becomes `?`, and of a long line only the surroundings of the span are kept.
ShownLine Show(std::string_view line, const SourceSpan& span) {
  ShownLine shown;
  int first = span.column > kWindowColumns ? span.column - kWindowLead : 1;
  int column = 0;
  if (first > 1) shown.text = "...";
  shown.before = first > 1 ? 3 : 0;
  for (size_t at = 0; at < line.size() && column < first + kWindowColumns;) {
    size_t length = ByteOffset(line.substr(at), 1);
    std::string piece = EscapeControls(line.substr(at, length));
    at += length;
    if (++column < first) continue;
    if (line[at - 1] == '\t') piece = std::string(kTabWidth, ' ');
    if (piece.starts_with("\\u")) piece = "?";
    shown.text += piece;
    int width = DisplayWidth(piece);
    if (column < span.column)
      shown.before += width;
    else if (column < span.column + span.length)
      shown.width += width;
  }
  shown.width = std::max(shown.width, 1);
  return shown;
}

class Renderer {
 public:
  Renderer(const SourceTexts& sources, const RenderOptions& options) : sources_(sources), paint_{options.colour} {}

  void Render(const Diagnostic& d) {
    Head(d);
    int last = std::max(d.span.line, d.related.line);
    margin_ = std::string(std::max<size_t>(2, last > 0 ? std::to_string(last).size() : 0), ' ');
    Window(d.span, d.label, "-->", {d.severity == Severity::kError ? "31" : "33", '^'});
    if (d.related.line > 0) Window(d.related, d.related_label, ":::", {"34", '-'});
    if (!d.help.empty())
      Line(margin_ + " " + paint_("34", "=") + " " + paint_("1", "help:") + " " + EscapeControls(d.help));
    Line("");
  }

  void Line(const std::string& text) { out_ += text + "\n"; }
  std::string Take() { return std::move(out_); }

 private:
  struct Marker {
    const char* colour;
    char mark;
  };

  void Head(const Diagnostic& d) {
    static constexpr const char* kNames[] = {"error", "warning", "note"};
    static constexpr const char* kColours[] = {"1;31", "1;33", "1;34"};
    auto severity = static_cast<size_t>(d.severity);
    Line(paint_(kColours[severity], std::string(kNames[severity]) + "[" + d.code + "]") +
         paint_("1", ": " + EscapeControls(d.message)));
  }

  void Window(const SourceSpan& span, const std::string& label, const char* arrow, Marker marker) {
    if (span.file.empty()) return;
    std::string place = EscapeControls(span.file);
    if (span.line > 0) place += ":" + std::to_string(span.line) + ":" + std::to_string(span.column);
    Line(margin_ + paint_("34", arrow) + " " + place);
    auto source = sources_.find(span.file);
    if (span.line == 0 || source == sources_.end() || !source->second) return;
    ShownLine shown = Show(LineOf(span.file, *source->second, static_cast<size_t>(span.line)), span);
    std::string number = std::to_string(span.line);
    std::string gutter = margin_ + " " + paint_("34", "|");
    Line(gutter);
    Line(std::string(margin_.size() - number.size(), ' ') + paint_("34", number + " |") + " " + shown.text);
    std::string marks =
        std::string(static_cast<size_t>(shown.width), marker.mark) + (label.empty() ? "" : " " + EscapeControls(label));
    Line(gutter + " " + std::string(static_cast<size_t>(shown.before), ' ') + paint_(marker.colour, marks));
  }

  std::string_view LineOf(const std::string& file, std::string_view text, size_t number) {
    std::vector<size_t>& starts = line_starts_[file];
    if (starts.empty()) starts = LineStarts(text);
    if (number > starts.size()) return {};
    size_t end = number < starts.size() ? starts[number] : text.size();
    std::string_view line = WithoutLineEnd(text.substr(starts[number - 1], end - starts[number - 1]));
    if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    return line;
  }

  const SourceTexts& sources_;
  Paint paint_;
  std::string margin_;
  std::string out_;
  std::map<std::string, std::vector<size_t>> line_starts_;
};

std::string Count(size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

std::string RenderText(const Diagnostics& diagnostics, const SourceTexts& sources, const RenderOptions& options) {
  Renderer renderer(sources, options);
  size_t total = diagnostics.items().size();
  size_t shown = options.limit > 0 ? std::min(options.limit, total) : total;
  for (size_t i = 0; i < shown; ++i) renderer.Render(diagnostics.items()[i]);
  if (shown < total) renderer.Line("... and " + std::to_string(total - shown) + " more");
  if (total > 0)
    renderer.Line(Count(diagnostics.error_count(), "error") + ", " + Count(diagnostics.warning_count(), "warning"));
  return renderer.Take();
}

}  // namespace greenroom

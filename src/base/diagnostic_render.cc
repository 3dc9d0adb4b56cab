#include <algorithm>

#include "base/diagnostic.h"
#include "base/text.h"

namespace greenroom {
namespace {

constexpr int kTabWidth = 4;
constexpr size_t kMaxLine = 160;

struct Paint {
  bool on = false;
  std::string operator()(const char* code, const std::string& text) const {
    return on ? std::string("\033[") + code + "m" + text + "\033[0m" : text;
  }
};

std::string_view LineOf(const std::string& text, int number) {
  std::string_view rest = text;
  for (int i = 1; i < number; ++i) {
    size_t end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  if (!rest.empty() && rest.back() == '\r') rest.remove_suffix(1);
  return rest;
}

bool IsWide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
         (c >= 0x1F300 && c <= 0x1FAFF);
}

// A source line as shown, and how wide its parts are: tabs expanded, control characters made visible.
struct ShownLine {
  std::string text;
  int before = 0;                                // columns before the span
  int width = 0;                                 // columns of the span
};

ShownLine Show(std::string_view line, const SourceSpan& span) {
  ShownLine shown;
  int column = 1;
  for (char32_t c : DecodeUtf8(line.substr(0, kMaxLine * 4))) {
    int width = c == '\t' ? kTabWidth : IsWide(c) ? 2 : 1;
    if (c == '\t') shown.text.append(kTabWidth, ' ');
    else AppendUtf8(shown.text, c < 0x20 || c == 0x7F ? char32_t{'?'} : c);
    if (column < span.column) shown.before += width;
    else if (column < span.column + span.length) shown.width += width;
    if (++column > static_cast<int>(kMaxLine)) break;
  }
  shown.width = std::max(shown.width, 1);
  return shown;
}

class Renderer {
 public:
  Renderer(const SourceTexts& sources, const RenderOptions& options) : sources_(sources), paint_{options.colour} {}

  void Render(const Diagnostic& d) {
    Head(d);
    Window(d.span, d.label, "-->", d.severity == Severity::kError ? "31" : "33", '^');
    if (d.related.line > 0) Window(d.related, d.related_label, ":::", "34", '-');
    if (!d.help.empty()) out_ += "   " + paint_("34", "=") + " " + paint_("1", "help:") + " " + d.help + "\n";
    out_ += "\n";
  }

  std::string Take() { return std::move(out_); }
  void Line(const std::string& text) { out_ += text + "\n"; }

 private:
  void Head(const Diagnostic& d) {
    static constexpr const char* kNames[] = {"error", "warning", "note"};
    static constexpr const char* kColours[] = {"1;31", "1;33", "1;34"};
    auto severity = static_cast<size_t>(d.severity);
    out_ += paint_(kColours[severity], std::string(kNames[severity]) + "[" + d.code + "]") + paint_("1", ": " + d.message) + "\n";
  }

  void Window(const SourceSpan& span, const std::string& label, const char* arrow, const char* colour, char mark) {
    if (span.file.empty()) return;
    std::string place = span.file + (span.line > 0 ? ":" + std::to_string(span.line) + ":" + std::to_string(span.column) : "");
    std::string number = span.line > 0 ? std::to_string(span.line) : "";
    std::string margin(std::max<size_t>(2, number.size()), ' ');
    out_ += margin + paint_("34", arrow) + " " + place + "\n";
    auto source = sources_.find(span.file);
    if (span.line == 0 || source == sources_.end()) return;
    ShownLine shown = Show(LineOf(*source->second, span.line), span);
    std::string gutter = margin + " " + paint_("34", "|");
    out_ += gutter + "\n" + std::string(margin.size() - number.size(), ' ') + paint_("34", number + " |") + " " + shown.text + "\n";
    std::string marks(static_cast<size_t>(shown.width), mark);
    out_ += gutter + " " + std::string(static_cast<size_t>(shown.before), ' ') + paint_(colour, marks + (label.empty() ? "" : " " + label)) + "\n";
  }

  const SourceTexts& sources_;
  Paint paint_;
  std::string out_;
};

}  // namespace

std::string RenderText(const Diagnostics& diagnostics, const SourceTexts& sources, const RenderOptions& options) {
  Renderer renderer(sources, options);
  size_t shown = 0;
  for (const Diagnostic& d : diagnostics.items()) {
    if (options.limit > 0 && shown == options.limit) break;
    renderer.Render(d);
    ++shown;
  }
  size_t total = diagnostics.items().size();
  if (shown < total) renderer.Line("... and " + std::to_string(total - shown) + " more (show them with --all)");
  if (total > 0) {
    renderer.Line(std::to_string(diagnostics.error_count()) + " error(s), " + std::to_string(diagnostics.warning_count()) + " warning(s)");
  }
  return renderer.Take();
}

}  // namespace greenroom

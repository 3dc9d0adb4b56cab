// Diagnostics: everything that is wrong with a source, each with its place, a caret, a stable code and a way out.
//
//   diagnostics.Add({.severity = Severity::kError, .code = "D103", .message = "intent `gret` is not declared",
//                    .span = node.span, .label = "not in the domain", .help = "add `gret` under `intents:`"});
//   RenderText(diagnostics, sources, RenderOptions{})   // rustc-like text with source window
//   ToJson(diagnostics)                                 // [{severity, code, message, file, line, column, ...}]
//
// Codes are stable and catalogued in docs/diagnostics.md. Lines and columns are 1-based; columns count code points.
// Thread rules: one collector per load; not shared.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace greenroom {

// A place in a source file. `line` 0 means: the file as a whole. `length` is in code points, at least 1.
struct SourceSpan {
  std::string file = {};
  int line = 0;
  int column = 0;
  int length = 1;
};

enum class Severity { kError, kWarning, kNote };

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string code;     // "D103"
  std::string message;  // one sentence, lower case, names in backticks
  SourceSpan span = {};
  std::string label = {};   // what stands after the caret; may be empty
  std::string help = {};    // how to fix it; may be empty
  SourceSpan related = {};  // a second place; line 0 when absent
  std::string related_label = {};
};

// Collects diagnostics in the order of their discovery. A hard cap (10,000) keeps hostile sources from filling memory;
// the count goes on.
class Diagnostics {
 public:
  void Add(Diagnostic diagnostic);
  void Append(const Diagnostics& other);
  bool has_errors() const { return errors_ > 0; }
  size_t error_count() const { return errors_; }
  size_t warning_count() const { return warnings_; }
  const std::vector<Diagnostic>& items() const { return items_; }

 private:
  std::vector<Diagnostic> items_;
  size_t errors_ = 0;
  size_t warnings_ = 0;
};

// The texts of the files that diagnostics point into, for the source window.
using SourceTexts = std::map<std::string, std::shared_ptr<const std::string>>;

struct RenderOptions {
  bool colour = false;
  size_t limit = 20;  // at most so many; the rest is summed up in one line. 0 = all
};

std::string RenderText(const Diagnostics& diagnostics, const SourceTexts& sources, const RenderOptions& options);
Json ToJson(const Diagnostics& diagnostics);

// The candidate nearest to `name` by edit distance (at most a third of its length), or "".
std::string NearestName(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace greenroom

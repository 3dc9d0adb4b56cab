// Report: how the loaders of source files speak of problems, and the checks of shape that all of them share.
//
//   Report report(diagnostics);
//   if (!report.Expect(node, YamlKind::kSequence, {"D010", "`intents`"})) return;
//   report.CheckKeys(form, {"required_slots", "ignored_intents"}, {"D061", "a form"}, Severity::kError);
//
// Errors: none are returned; a problem becomes a diagnostic and loading goes on with what is usable, so that one run
// shows all of them. Thread rules: one per load, not shared.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/yaml.h"

namespace greenroom {

// The code under which a check reports, and the words for the thing that is checked ("a form", "`intents`").
struct Subject {
  std::string code;
  std::string what;
};

// One problem at one place. `label` stands after the caret, `help` is the way out.
struct Problem {
  std::string code;
  std::string message;
  SourceSpan span = {};
  std::string label = {};
  std::string help = {};
};

class Report {
 public:
  explicit Report(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void Error(Problem problem) { Add(Severity::kError, std::move(problem)); }
  void Warn(Problem problem) { Add(Severity::kWarning, std::move(problem)); }
  void Note(Problem problem) { Add(Severity::kNote, std::move(problem)); }
  // A name that was declared before; both places are shown.
  void Duplicate(Severity severity, Problem problem, const SourceSpan& first);

  // True when the node has the kind; else an error that says what was found.
  bool Expect(const YamlNode& node, YamlKind kind, const Subject& subject);
  // One diagnostic for each key outside the closed set; the help names the nearest one or all of them.
  void CheckKeys(const YamlNode& mapping, const std::vector<std::string>& allowed, const Subject& subject,
                 Severity severity);
  // The same for a set that others may extend: a slip of a known key is an error, any other key a warning.
  void CheckOpenKeys(const YamlNode& mapping, const std::vector<std::string>& known, const Subject& subject);
  // The scalar's text; an error and nullopt for lists, mappings, null and (when `strict`) numbers and booleans.
  std::optional<std::string> Text(const YamlNode& node, const Subject& subject, bool strict = false);
  std::optional<bool> Bool(const YamlNode& node, const Subject& subject);
  std::optional<double> Number(const YamlNode& node, const Subject& subject);
  // A list of names, or one name; an absent node and null are the empty list.
  std::vector<std::string> Names(const YamlNode* node, const Subject& subject);

  // "did you mean `x`?" when a candidate is near, else `otherwise`. Only so many times in one load: it costs time.
  std::string Suggest(std::string_view name, const std::vector<std::string>& candidates, std::string otherwise);

 private:
  void Add(Severity severity, Problem problem);
  Diagnostics& diagnostics_;
  int suggestions_left_ = 500;
};

// "a list", "text", "null", ...: for messages.
std::string_view KindName(YamlKind kind);

// "`a`, `b` and 3 more"; at most `limit` are written out.
std::string QuotedList(const std::vector<std::string>& names, size_t limit = 20);

// The string members of a JSON value: a string alone, or those of an array; empty for everything else.
std::vector<std::string> JsonNames(const Json* value);

}  // namespace greenroom

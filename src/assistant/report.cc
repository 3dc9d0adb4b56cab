#include "assistant/report.h"

#include <algorithm>

namespace greenroom {
namespace {

// Suggestions cost time quadratic in the names; hostile sources must not buy much of it.
constexpr size_t kLongestSuggestion = 100;
constexpr size_t kMostCandidates = 2000;

}  // namespace

void Report::Add(Severity severity, Problem problem) {
  diagnostics_.Add({.severity = severity,
                    .code = std::move(problem.code),
                    .message = std::move(problem.message),
                    .span = std::move(problem.span),
                    .label = std::move(problem.label),
                    .help = std::move(problem.help)});
}

void Report::Duplicate(Severity severity, Problem problem, const SourceSpan& first) {
  diagnostics_.Add({.severity = severity,
                    .code = std::move(problem.code),
                    .message = std::move(problem.message),
                    .span = std::move(problem.span),
                    .label = std::move(problem.label),
                    .help = std::move(problem.help),
                    .related = first,
                    .related_label = "first time"});
}

bool Report::Expect(const YamlNode& node, YamlKind kind, const Subject& subject) {
  if (node.kind == kind) return true;
  Error({subject.code,
         subject.what + " must be " + std::string(KindName(kind)) + ", not " + std::string(KindName(node.kind)) +
             " (WrongType)",
         node.span, "expected " + std::string(KindName(kind))});
  return false;
}

void Report::CheckKeys(const YamlNode& mapping, const std::vector<std::string>& allowed, const Subject& subject,
                       Severity severity) {
  for (const YamlNode& key : mapping.keys) {
    if (std::find(allowed.begin(), allowed.end(), key.text) != allowed.end()) continue;
    std::string all = "allowed here: " + QuotedList(allowed, 40);
    std::string nearest = key.text.size() > kLongestSuggestion ? "" : NearestName(key.text, allowed);
    Add(severity, {subject.code, "unknown key `" + key.text + "` in " + subject.what + " (UnknownKey)", key.span,
                   "not known here", nearest.empty() ? all : "did you mean `" + nearest + "`? " + all});
  }
}

void Report::CheckOpenKeys(const YamlNode& mapping, const std::vector<std::string>& known, const Subject& subject) {
  for (const YamlNode& key : mapping.keys) {
    YamlNode one{.kind = YamlKind::kMapping};
    one.keys.push_back(key);
    bool typo = key.text.size() <= kLongestSuggestion && !NearestName(key.text, known).empty();
    CheckKeys(one, known, subject, typo ? Severity::kError : Severity::kWarning);
  }
}

std::optional<std::string> Report::Text(const YamlNode& node, const Subject& subject, bool strict) {
  if (node.is_string() || (!strict && node.is_scalar() && !node.is_null())) return node.text;
  Error({subject.code, subject.what + " must be text, not " + std::string(KindName(node.kind)) + " (WrongType)",
         node.span, "expected text", node.is_scalar() && !node.is_null() ? "put it in quotes" : ""});
  return std::nullopt;
}

std::optional<bool> Report::Bool(const YamlNode& node, const Subject& subject) {
  if (Expect(node, YamlKind::kBool, subject)) return node.ToJson().AsBool();
  return std::nullopt;
}

std::optional<double> Report::Number(const YamlNode& node, const Subject& subject) {
  if (node.kind == YamlKind::kInt || node.kind == YamlKind::kFloat) return node.ToJson().AsDouble();
  Expect(node, YamlKind::kFloat, subject);
  return std::nullopt;
}

std::vector<std::string> Report::Names(const YamlNode* node, const Subject& subject) {
  if (!node || node->is_null()) return {};
  std::vector<std::string> names;
  if (!node->is_sequence()) {
    if (auto name = Text(*node, subject)) names.push_back(*name);
    return names;
  }
  for (const YamlNode& item : node->items) {
    if (auto name = Text(item, {subject.code, "each entry of " + subject.what})) names.push_back(*name);
  }
  return names;
}

std::string_view KindName(YamlKind kind) {
  switch (kind) {
    case YamlKind::kNull:
      return "empty";
    case YamlKind::kBool:
      return "true or false";
    case YamlKind::kInt:
      return "a whole number";
    case YamlKind::kFloat:
      return "a number";
    case YamlKind::kString:
      return "text";
    case YamlKind::kSequence:
      return "a list";
    case YamlKind::kMapping:
      return "a mapping";
  }
  return "a value";
}

std::string Report::Suggest(std::string_view name, const std::vector<std::string>& candidates, std::string otherwise) {
  if (suggestions_left_ == 0 || name.size() > kLongestSuggestion || candidates.size() > kMostCandidates)
    return otherwise;
  --suggestions_left_;
  std::string nearest = NearestName(name, candidates);
  return nearest.empty() ? std::move(otherwise) : "did you mean `" + nearest + "`?";
}

std::string QuotedList(const std::vector<std::string>& names, size_t limit) {
  std::string out;
  for (size_t i = 0; i < std::min(names.size(), limit); ++i) out += (i ? ", `" : "`") + names[i] + "`";
  if (names.size() > limit) out += " and " + std::to_string(names.size() - limit) + " more";
  return out;
}

std::vector<std::string> JsonNames(const Json* value) {
  if (!value) return {};
  if (value->is_string()) return {value->AsString()};
  std::vector<std::string> names;
  for (const Json& item : value->array()) {
    if (item.is_string()) names.push_back(item.AsString());
  }
  return names;
}

}  // namespace greenroom

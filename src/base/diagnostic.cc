#include "base/diagnostic.h"

#include <algorithm>

#include "base/text.h"

namespace greenroom {
namespace {

constexpr size_t kMaxKept = 10'000;

Json SpanToJson(const SourceSpan& span) {
  return Json::Object({{"file", span.file}, {"line", span.line}, {"column", span.column}, {"length", span.length}});
}

}  // namespace

void Diagnostics::Add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::kError) ++errors_;
  if (diagnostic.severity == Severity::kWarning) ++warnings_;
  if (items_.size() < kMaxKept) items_.push_back(std::move(diagnostic));
}

void Diagnostics::Append(const Diagnostics& other) {
  for (const Diagnostic& diagnostic : other.items_) Add(diagnostic);
}

Json ToJson(const Diagnostics& diagnostics) {
  static constexpr const char* kNames[] = {"error", "warning", "note"};
  Json list = Json::List();
  for (const Diagnostic& d : diagnostics.items()) {
    Json entry = Json::Object({{"severity", kNames[static_cast<int>(d.severity)]},
                               {"code", d.code},
                               {"message", d.message},
                               {"file", d.span.file},
                               {"line", d.span.line},
                               {"column", d.span.column},
                               {"length", d.span.length},
                               {"label", d.label},
                               {"help", d.help}});
    if (d.related.line > 0) entry.Set("related", SpanToJson(d.related).Set("label", d.related_label));
    list.Append(std::move(entry));
  }
  return list;
}

std::string NearestName(std::string_view name, const std::vector<std::string>& candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    size_t gap = candidate.size() > name.size() ? candidate.size() - name.size() : name.size() - candidate.size();
    if (gap >= best_distance) continue;
    size_t distance = EditDistance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace greenroom

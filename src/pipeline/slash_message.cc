#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "pipeline/nlu_model.h"

namespace greenroom {
namespace {

constexpr std::string_view kExtractor = "RegexMessageHandler";
constexpr JsonLimits kEntityLimits = {.bytes = 64u << 10, .depth = 64, .nodes = 10'000};

std::string_view Stripped(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

int CodePoints(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// "0.5" -> 0.5; what is no number counts as no confidence at all, and nothing is surer than 1.
double ReadConfidence(std::string_view digits) {
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value)) return 0;
  return std::min(value, 1.0);
}

// The braces at the start of `text` up to the last closing one of the line; empty when there is nothing between them.
std::string_view BracedPart(std::string_view text) {
  if (!text.starts_with('{')) return {};
  const std::string_view line = text.substr(0, text.find('\n'));
  const size_t last = line.rfind('}');
  if (last == std::string_view::npos || last < 2) return {};
  return line.substr(0, last + 1);
}

struct Place {
  int start = 0;
  int end = 0;
};

void AppendEntity(const std::string& name, const Json& value, Place place, std::vector<Entity>& entities) {
  entities.push_back(
      {.entity = name, .value = value, .start = place.start, .end = place.end, .extractor = std::string(kExtractor)});
}

std::vector<Entity> ReadEntities(std::string_view braced, Place place, const std::vector<std::string>& known) {
  std::vector<Entity> entities;
  Result<Json> object = ParseJson(braced, kEntityLimits);
  if (!object.ok()) return entities;
  for (const auto& [name, value] : object->members()) {
    if (!Contains(known, name)) continue;
    if (!value.is_array()) {
      AppendEntity(name, value, place, entities);
      continue;
    }
    for (const Json& item : value.array()) AppendEntity(name, item, place, entities);
  }
  return entities;
}

}  // namespace

std::optional<Parse> ParseSlashMessage(std::string_view text, const std::vector<std::string>& intents,
                                       const std::vector<std::string>& entities) {
  if (!text.starts_with('/')) return std::nullopt;
  const std::string_view body = text.substr(1);
  const size_t name_end = std::min(body.find_first_of("{@"), body.size());
  const std::string name(Stripped(body.substr(0, name_end)));
  if (!Contains(intents, name)) return std::nullopt;

  double confidence = 1.0;
  std::string_view rest = body.substr(name_end);
  const size_t digits_end = rest.starts_with('@') ? std::min(rest.find_first_not_of("0123456789.", 1), rest.size()) : 0;
  if (digits_end > 1) {
    confidence = ReadConfidence(rest.substr(1, digits_end - 1));
    rest.remove_prefix(digits_end);
  }
  Parse parse{.text = std::string(text), .intent = {name, confidence}, .ranking = {{name, confidence}}};
  const std::string_view braced = BracedPart(rest);
  if (braced.empty()) return parse;
  const int start = CodePoints(text.substr(0, text.size() - rest.size()));
  parse.entities = ReadEntities(braced, {start, start + CodePoints(braced)}, entities);
  return parse;
}

}  // namespace greenroom

#include "nlu/pattern_set.h"

#include <algorithm>

#include "nlu/characters.h"

namespace greenroom {
namespace {

void MergeLookup(const LookupTable& table, size_t first_lookup, std::vector<PatternSource>& sources) {
  for (size_t i = first_lookup; i < sources.size(); ++i) {
    if (sources[i].name != table.name) continue;
    sources[i].elements.insert(sources[i].elements.end(), table.elements.begin(), table.elements.end());
    return;
  }
  sources.push_back({.name = table.name, .elements = table.elements, .is_lookup = true, .span = table.span});
}

Result<Pattern> CompileSource(const PatternSource& source, PatternCase letter_case) {
  if (source.pattern.empty())
    return Error{ErrorCode::kInvalidArgument, "pattern_invalid",
                 "the regular expression `" + source.name + "` is empty"};
  return Pattern::Compile(source.pattern, letter_case);
}

}  // namespace

std::vector<PatternSource> CollectPatterns(const NluData& data, PatternKinds kinds) {
  std::vector<PatternSource> sources;
  if (kinds.regexes) {
    for (const RegexFeature& regex : data.regexes)
      sources.push_back({.name = regex.name, .pattern = regex.pattern, .span = regex.span});
  }
  if (kinds.lookups) {
    const size_t first_lookup = sources.size();
    for (const LookupTable& table : data.lookups) MergeLookup(table, first_lookup, sources);
  }
  return sources;
}

PatternText::PatternText(std::string_view text) : subject_(text) { DecodeInto(text, characters_); }

Result<PatternSet> PatternSet::Build(std::vector<PatternSource> sources, LookupOptions options,
                                     Diagnostics* diagnostics) {
  PatternSet set;
  std::optional<Error> first_error;
  for (const PatternSource& source : sources) {
    if (source.is_lookup) {
      set.matchers_.emplace_back(LookupMatcher(source.elements, options));
      continue;
    }
    Result<Pattern> pattern = CompileSource(source, options.letter_case);
    if (pattern.ok()) {
      set.matchers_.emplace_back(std::move(pattern).value());
      continue;
    }
    if (diagnostics != nullptr)
      diagnostics->Add(
          {.code = "N101", .message = pattern.error().message, .span = source.span, .label = "cannot be used"});
    if (!first_error) first_error = std::move(pattern).error().With("regex `" + source.name + "`");
  }
  if (first_error) return std::move(*first_error);
  set.sources_ = std::move(sources);
  return set;
}

std::vector<LookupMatch> PatternSet::FindAll(size_t index, const PatternText& text) const {
  if (const auto* lookup = std::get_if<LookupMatcher>(&matchers_[index])) return lookup->FindAll(text.characters());
  std::vector<LookupMatch> matches;
  for (const PatternMatch& match : std::get<Pattern>(matchers_[index]).FindAll(text.subject()))
    matches.push_back({match.start, match.end});
  return matches;
}

Json PatternSet::ToJson() const {
  Json list = Json::List();
  for (const PatternSource& source : sources_) {
    Json elements = Json::List();
    for (const std::string& element : source.elements) elements.Append(element);
    list.Append(Json::Object({{"name", source.name},
                              {"pattern", source.pattern},
                              {"elements", std::move(elements)},
                              {"lookup", source.is_lookup}}));
  }
  return list;
}

Result<PatternSet> PatternSet::FromJson(const Json& json, LookupOptions options) {
  std::vector<PatternSource> sources;
  for (const Json& row : json.array()) {
    PatternSource source{
        .name = row["name"].AsString(), .pattern = row["pattern"].AsString(), .is_lookup = row["lookup"].AsBool()};
    for (const Json& element : row["elements"].array()) source.elements.push_back(element.AsString());
    sources.push_back(std::move(source));
  }
  return Build(std::move(sources), options);
}

}  // namespace greenroom

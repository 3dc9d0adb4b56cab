// PatternSet: the named patterns of the training data (regexes in file order, then lookup tables, tables of one name
// merged), compiled, searchable, and storable in a model package as the text they were made from.
//
//   std::vector<PatternSource> sources = CollectPatterns(data, {.regexes = true, .lookups = true});
//   GR_ASSIGN(PatternSet set, PatternSet::Build(std::move(sources), {}));
//   for (size_t i = 0; i < set.size(); ++i) Use(set.name(i), set.FindAll(i, PatternText(text)));
//
// Errors of Build: pattern_invalid, pattern_too_long, naming the pattern; the diagnostics get its place (N101).
// Thread rules: const after Build; concurrent use is safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "assistant/training_data.h"
#include "nlu/lookup.h"
#include "nlu/pattern.h"

namespace greenroom {

struct PatternSource {
  std::string name;
  std::string pattern = {};                // of a regex
  std::vector<std::string> elements = {};  // of a lookup table
  bool is_lookup = false;
  SourceSpan span = {};
};

struct PatternKinds {
  bool regexes = true;
  bool lookups = true;
};

std::vector<PatternSource> CollectPatterns(const NluData& data, PatternKinds kinds);

// A text in the forms that regexes and lookup tables need. `text` must outlive it.
class PatternText {
 public:
  explicit PatternText(std::string_view text);
  const Subject& subject() const { return subject_; }
  const std::u32string& characters() const { return characters_; }

 private:
  Subject subject_;
  std::u32string characters_;
};

class PatternSet {
 public:
  // Every pattern that cannot be compiled is an error in `diagnostics` when given.
  static Result<PatternSet> Build(std::vector<PatternSource> sources, LookupOptions options,
                                  Diagnostics* diagnostics = nullptr);
  size_t size() const { return sources_.size(); }
  const std::string& name(size_t index) const { return sources_[index].name; }
  // Non-overlapping matches as code points.
  std::vector<LookupMatch> FindAll(size_t index, const PatternText& text) const;

  Json ToJson() const;
  static Result<PatternSet> FromJson(const Json& json, LookupOptions options);

 private:
  PatternSet() = default;
  std::vector<PatternSource> sources_;
  std::vector<std::variant<Pattern, LookupMatcher>> matchers_;  // parallel to sources_
};

}  // namespace greenroom

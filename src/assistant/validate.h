// The parts of ValidateSource, one class for each side of the source. All take a loaded source and append diagnostics.
//
//   NameIndex names(source.domain);
//   ValidateStories(source, names, report);
//
// Errors are what cannot be trained (an unknown action in a rule, an unknown slot in a story); everything that trains
// but surely is a mistake warns. Codes: V001-V069. Thread rules: pure functions.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "assistant/report.h"
#include "assistant/source.h"

namespace greenroom {

// The declared names of a domain, for look-up and for suggestions.
struct NameIndex {
  explicit NameIndex(const Domain& domain);

  struct Kind {
    std::set<std::string> known;
    std::vector<std::string> list;  // the same, for NearestName
    bool Has(const std::string& name) const { return known.contains(name); }
    void Add(const std::string& name);
  };
  Kind intents, entities, slots, actions, forms, responses;
  // Also true for the action of a retrieval intent that has responses.
  bool HasAction(const std::string& name) const;
};

void ValidateNlu(const Source& source, const NameIndex& names, Report& report);
void ValidateStories(const Source& source, const NameIndex& names, Report& report);
void ValidateDomain(const Source& source, const NameIndex& names, Report& report);
// Declared but never used: intents, responses, forms.
void ValidateUse(const Source& source, Report& report);

}  // namespace greenroom

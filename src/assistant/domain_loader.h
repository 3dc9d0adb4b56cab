// The loader of domain files: one file to a raw Domain, several to one, and the parts that every domain has.
//
//   Domain domain = LoadDomainFile(root, report);            // as written, nothing added
//   MergeDomain(domain, LoadDomainFile(other, report), report);
//   FinishDomain(domain);                                    // default intents, automatic slots, order
//
// Merging: the first declaration wins and a second one is a warning (within one file it is an error); a session
// setting that differs from the default wins over the default.
// Codes: D001-D089 (catalogue in docs/diagnostics.md). Thread rules: pure functions.
#pragma once

#include "assistant/domain.h"
#include "assistant/report.h"

namespace greenroom {

// True when the file has at least one key of a domain; other files in a domain folder are left alone.
bool LooksLikeDomain(const YamlNode& root);
const std::vector<std::string>& DomainKeys();

Domain LoadDomainFile(const YamlNode& root, Report& report);
void MergeDomain(Domain& into, Domain other, Report& report);
void FinishDomain(Domain& domain);

// Parts with a file of their own. `names` and spans are those of the mapping under `slots:` and `responses:`.
std::vector<SlotDef> LoadSlots(const YamlNode& slots, Report& report);
std::map<std::string, std::vector<ResponseVariation>> LoadResponses(const YamlNode& responses, Report& report);
// Adds responses under the rule "first wins, the second warns".
void MergeResponses(std::map<std::string, std::vector<ResponseVariation>>& into,
                    std::map<std::string, std::vector<ResponseVariation>> other, Report& report);

std::string_view SlotTypeName(SlotType type);

}  // namespace greenroom

// The loaders of NLU data: the `nlu` list of YAML files and the deprecated JSON format.
//
//   SourceLines lines(text);                               // of the file, for places inside block examples
//   LoadNlu(*root.Find("nlu"), lines, data, report);
//
// Items are intent, synonym, regex and lookup. A problem in one example does not lose the others.
// Codes: N001-N019. Thread rules: pure functions over the given objects.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assistant/report.h"
#include "assistant/training_data.h"

namespace greenroom {

// The lines of a file, to find the place of a line inside a block scalar.
class SourceLines {
 public:
  // The text must outlive the object.
  explicit SourceLines(std::string_view text);
  // 1-based; "" beyond the end.
  std::string_view Line(int number) const;
  // The place of the n-th line (0-based) of a literal block scalar; the scalar's own place for other styles.
  SourceSpan LineOfBlock(const YamlNode& scalar, int index) const;

 private:
  std::string_view text_;
  std::vector<size_t> starts_;
};

void LoadNlu(const YamlNode& list, const SourceLines& lines, NluData& data, Report& report);

enum class JsonDataKind { kRasa, kForeign, kUnknown };
// Which format of NLU data a JSON document is in; kForeign for those of other platforms, which are not read.
JsonDataKind ProbeJsonData(const Json& json);
void LoadNluJson(const Json& json, const std::string& file, NluData& data, Report& report);

// Splits "faq/ask_x" into the base intent and the response key; plain intents have no key. Blanks around are cut.
void AssignIntent(std::string_view name, NluExample& example);
// Keeps the first of examples that are the same in text, intent and entities.
void RemoveRepeatedExamples(NluData& data);
// Adds a synonym for each entity whose value is not its text.
void AddSynonymsOf(const NluExample& example, NluData& data);

}  // namespace greenroom

#include "assistant/nlu_loader.h"

#include <algorithm>
#include <unordered_set>

#include "assistant/annotation.h"
#include "base/text.h"

namespace greenroom {
namespace {

constexpr size_t kLongestExample = 100'000;
constexpr std::string_view kBlanks = " \r\n";

std::string_view Strip(std::string_view text) {
  size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// One example as written, with its place.
struct RawExample {
  std::string text;
  SourceSpan span;
};

class NluReader {
 public:
  NluReader(const SourceLines& lines, NluData& data, Report& report) : lines_(lines), data_(data), report_(report) {}

  void ReadItem(const YamlNode& item) {
    static const std::vector<std::string> kinds = {"intent", "synonym", "regex", "lookup"};
    if (!report_.Expect(item, YamlKind::kMapping, {"N002", "each entry of `nlu`"})) return;
    const std::string* kind = nullptr;
    for (const std::string& candidate : kinds) {
      if (!kind && item.Find(candidate)) kind = &candidate;
    }
    if (!kind) {
      std::string found = item.keys.empty() ? "" : item.keys[0].text;
      report_.Warn({"N003", "an entry of `nlu` is of no known kind; it is skipped",
                    item.keys.empty() ? item.span : item.keys[0].span, "skipped",
                    report_.Suggest(found, kinds, "an entry starts with one of " + QuotedList(kinds))});
      return;
    }
    report_.CheckKeys(item, {*kind, "examples", "metadata"}, {"N004", "the " + *kind + " entry"}, Severity::kError);
    ReadNamed(item, *kind);
  }

 private:
  void ReadNamed(const YamlNode& item, const std::string& kind) {
    auto name = report_.Text(*item.Find(kind), {"N005", "the name of the " + kind});
    if (!name) return;
    SourceSpan span = item.Find(kind)->span;
    if (Strip(*name).empty()) {
      report_.Error({"N005", "the name of the " + kind + " is empty", span, "needs a name"});
      return;
    }
    std::vector<RawExample> examples = ReadExamples(item, kind, *name);
    if (kind == "intent") return AddIntent(*name, examples);
    if (kind == "lookup") {
      LookupTable table{.name = *name, .elements = {}, .span = span};
      for (RawExample& example : examples) table.elements.push_back(std::move(example.text));
      data_.lookups.push_back(std::move(table));
      return;
    }
    for (RawExample& example : examples) {
      if (kind == "synonym") data_.synonyms.push_back({std::move(example.text), *name, std::move(example.span)});
      if (kind == "regex") data_.regexes.push_back({*name, std::move(example.text), std::move(example.span)});
    }
  }

  std::vector<RawExample> ReadExamples(const YamlNode& item, const std::string& kind, const std::string& name) {
    std::vector<RawExample> examples;
    const YamlNode* node = item.Find("examples");
    if (node && node->is_sequence()) {
      for (const YamlNode& entry : node->items) ReadListed(entry, name, examples);
    } else if (node && node->is_string()) {
      ReadBlock(*node, name, examples);
    } else if (node && !node->is_null()) {
      report_.Error({"N006", "`examples` of `" + name + "` must be a text block or a list", node->span, "",
                     "write `examples: |` and one `- example` a line"});
      return examples;
    }
    if (examples.empty()) {
      report_.Warn({"N007", "the " + kind + " `" + name + "` has no examples", item.Find(kind)->span, "",
                    "add `- example` lines below `examples: |`"});
    }
    return examples;
  }

  void ReadBlock(const YamlNode& node, const std::string& name, std::vector<RawExample>& examples) {
    std::string_view rest = node.text;
    for (int index = 0; !rest.empty(); ++index) {
      size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (Strip(line).empty()) continue;
      SourceSpan span = lines_.LineOfBlock(node, index);
      if (line[0] != '-') {
        report_.Warn({"N008", "an example of `" + name + "` does not start with a dash; it is skipped", span, "skipped",
                      "write `- ` before it"});
        continue;
      }
      std::string_view text = Strip(line.substr(1));
      if (!text.empty()) examples.push_back({std::string(text), std::move(span)});
    }
  }

  void ReadListed(const YamlNode& entry, const std::string& name, std::vector<RawExample>& examples) {
    if (entry.is_scalar() && !entry.is_null()) {
      examples.push_back({std::string(Strip(entry.text)), entry.span});
      return;
    }
    if (!report_.Expect(entry, YamlKind::kMapping, {"N009", "each example of `" + name + "`"})) return;
    report_.CheckKeys(entry, {"text", "metadata"}, {"N009", "an example"}, Severity::kError);
    const YamlNode* text = entry.Find("text");
    if (!text) {
      report_.Error({"N009", "an example of `" + name + "` has no `text`", entry.span, "", "write `- text: ...`"});
    } else if (auto read = report_.Text(*text, {"N009", "the `text` of an example"})) {
      examples.push_back({std::string(Strip(*read)), text->span});
    }
  }

  void AddIntent(const std::string& name, const std::vector<RawExample>& examples) {
    for (const RawExample& raw : examples) {
      if (raw.text.size() > kLongestExample) {
        report_.Error({"N016",
                       "an example of `" + name + "` is longer than " + std::to_string(kLongestExample) +
                           " bytes (ExampleTooLong)",
                       raw.span, "too long", "split it; users do not write such messages"});
        continue;
      }
      AnnotatedText read = ParseAnnotation(raw.text);
      for (const AnnotationProblem& problem : read.problems) ReportAnnotation(raw, problem);
      NluExample example{.text = std::move(read.text), .entities = std::move(read.entities), .span = raw.span};
      AssignIntent(name, example);
      AddSynonymsOf(example, data_);
      data_.examples.push_back(std::move(example));
    }
  }

  void ReportAnnotation(const RawExample& raw, const AnnotationProblem& problem) {
    SourceSpan span = raw.span;
    std::string_view line = lines_.Line(span.line);
    size_t at = line.find(raw.text);
    if (at != std::string_view::npos) {
      span.column = static_cast<int>(CodePointCount(line.substr(0, at + problem.byte))) + 1;
      span.length = static_cast<int>(CodePointCount(std::string_view(raw.text).substr(problem.byte, problem.bytes)));
    }
    report_.Error({"N010", problem.message, span, "in this example",
                   "for example `[Paris]{\"entity\": \"city\", \"role\": \"to\"}`"});
  }

  const SourceLines& lines_;
  NluData& data_;
  Report& report_;
};

}  // namespace

SourceLines::SourceLines(std::string_view text) : text_(text) {
  starts_.push_back(0);
  for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    starts_.push_back(at + 1);
}

std::string_view SourceLines::Line(int number) const {
  if (number < 1 || static_cast<size_t>(number) > starts_.size()) return {};
  size_t begin = starts_[static_cast<size_t>(number) - 1];
  return text_.substr(begin, std::min(text_.find('\n', begin), text_.size()) - begin);
}

SourceSpan SourceLines::LineOfBlock(const YamlNode& scalar, int index) const {
  std::string_view opening = Line(scalar.span.line);
  size_t at = ByteOffset(opening, static_cast<size_t>(std::max(scalar.span.column, 1)) - 1);
  if (at >= opening.size() || opening[at] != '|') return scalar.span;
  SourceSpan span = scalar.span;
  span.line += 1 + index;
  std::string_view line = Line(span.line);
  size_t indent = std::min(line.find_first_not_of(' '), line.size());
  span.column = static_cast<int>(indent) + 1;
  span.length = std::max(1, static_cast<int>(CodePointCount(Strip(line))));
  return span;
}

void AssignIntent(std::string_view name, NluExample& example) {
  std::string full(Trim(name));
  size_t slash = full.find('/');
  example.intent = full.substr(0, slash);
  example.response_key = slash == std::string::npos ? "" : full;
}

void AddSynonymsOf(const NluExample& example, NluData& data) {
  for (const Entity& entity : example.entities) {
    size_t begin = ByteOffset(example.text, static_cast<size_t>(std::max(entity.start, 0)));
    size_t end = ByteOffset(example.text, static_cast<size_t>(std::max(entity.end, 0)));
    if (begin >= end) continue;
    std::string text = example.text.substr(begin, end - begin);
    std::string value = entity.value.is_string() ? entity.value.AsString() : entity.value.Dump();
    if (value != text) data.synonyms.push_back({std::move(text), std::move(value), example.span});
  }
}

void RemoveRepeatedExamples(NluData& data) {
  std::unordered_set<std::string> seen;
  std::erase_if(data.examples, [&](const NluExample& example) {
    Json key = Json::List({example.text, example.intent, example.response_key});
    for (const Entity& entity : example.entities) {
      key.Append(Json::List({entity.entity, entity.value, entity.start, entity.end, entity.role, entity.group}));
    }
    return !seen.insert(key.Dump()).second;
  });
}

void LoadNlu(const YamlNode& list, const SourceLines& lines, NluData& data, Report& report) {
  if (list.is_null() || !report.Expect(list, YamlKind::kSequence, {"N001", "`nlu`"})) return;
  NluReader reader(lines, data, report);
  for (const YamlNode& item : list.items) reader.ReadItem(item);
}

}  // namespace greenroom

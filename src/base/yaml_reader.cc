#include <yaml.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "base/yaml.h"

namespace greenroom {
namespace {

// libyaml's scanner is quadratic in open flow brackets (100,000 of them take seconds), so their depth is bounded by a
// plain count before the text reaches it. Brackets inside quotes and comments may be counted too: a text over the limit
// only by those is scanned by the precise check below, since plain text lines never nest that deep.
struct FlowScan {
  int depth = 0;
  int line = 1;
  int column = 1;
  bool too_deep = false;
};

FlowScan ScanFlow(std::string_view text, int limit) {
  FlowScan scan;
  bool comment = false;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i, ++scan.column) {
    char c = text[i];
    if (c == '\n') {
      comment = false;
      ++scan.line;
      scan.column = 0;
      continue;
    }
    if (comment) continue;
    if (quote) {
      if (c == '\\' && quote == '"') ++i, ++scan.column;
      else if (c == quote) quote = 0;
      continue;
    }
    bool at_start = i == 0 || std::string_view(" \t\n[{,:").find(text[i - 1]) != std::string_view::npos;
    if (c == '#' && at_start) comment = true;
    if (scan.depth > 0 && at_start && (c == '"' || c == '\'')) quote = c;
    if (at_start && (c == '[' || c == '{')) ++scan.depth;
    if ((c == ']' || c == '}') && scan.depth > 0) --scan.depth;
    if (scan.depth > limit * 4) {
      scan.too_deep = true;
      return scan;
    }
  }
  return scan;
}

bool IsInteger(const std::string& text) {
  size_t begin = text[0] == '-' || text[0] == '+' ? 1 : 0;
  if (begin == text.size()) return false;
  return std::all_of(text.begin() + static_cast<long>(begin), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsFloat(const std::string& text) {
  size_t i = text[0] == '-' || text[0] == '+' ? 1 : 0;
  size_t digits = 0;
  bool point = false;
  for (; i < text.size() && ((text[i] >= '0' && text[i] <= '9') || (text[i] == '.' && !point)); ++i) {
    point = point || text[i] == '.';
    digits += text[i] != '.';
  }
  if (digits == 0) return false;
  if (i == text.size()) return point;
  if (text[i] != 'e' && text[i] != 'E') return false;
  return i + 1 < text.size() && IsInteger(text.substr(i + 1));
}

YamlKind PlainKind(const std::string& text) {
  static const std::unordered_set<std::string> kNulls = {"", "~", "null", "Null", "NULL"};
  static const std::unordered_set<std::string> kBools = {"true", "True", "TRUE", "false", "False", "FALSE"};
  if (kNulls.contains(text)) return YamlKind::kNull;
  if (kBools.contains(text)) return YamlKind::kBool;
  if (IsInteger(text)) return YamlKind::kInt;
  return IsFloat(text) ? YamlKind::kFloat : YamlKind::kString;
}

size_t CountNodes(const YamlNode& node) {
  size_t count = 1;
  for (const YamlNode& item : node.items) count += CountNodes(item);
  return count;
}

// Builds the tree from events. Every method returns false when reading cannot go on (a diagnostic has been added).
class Reader {
 public:
  Reader(const YamlText& source, const VariableLookup& variables, Diagnostics& diagnostics, const YamlLimits& limits)
      : source_(source), variables_(variables), diagnostics_(diagnostics), limits_(limits) {
    yaml_parser_initialize(&parser_);
    text_ = *source.text;
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text_.data()), text_.size());
  }
  ~Reader() { yaml_parser_delete(&parser_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  std::unique_ptr<YamlNode> Read() {
    auto root = std::make_unique<YamlNode>();
    if (!Expect(YAML_STREAM_START_EVENT) || !Document(*root)) return nullptr;
    return sound_ ? std::move(root) : nullptr;
  }

 private:
  struct Event {
    yaml_event_t raw{};
    ~Event() { yaml_event_delete(&raw); }
    Event() = default;
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
  };

  bool Next(Event& event) {
    if (yaml_parser_parse(&parser_, &event.raw)) return true;
    std::string problem = parser_.problem ? parser_.problem : "this is not YAML";
    std::string context = parser_.context ? std::string(" (") + parser_.context + ")" : "";
    Problem("Y001", "not valid YAML: " + problem + context, Place(parser_.problem_mark), "check indentation, quotes and colons here");
    return false;
  }

  bool Expect(yaml_event_type_t type) {
    Event event;
    return Next(event) && event.raw.type == type;
  }

  bool Document(YamlNode& root) {
    Event start;
    if (!Next(start)) return false;
    if (start.raw.type == YAML_STREAM_END_EVENT) return Empty();
    Event first;
    if (!Next(first) || !Node(first, root, 1)) return false;
    bool nothing = first.raw.type == YAML_SCALAR_EVENT && root.is_null() && !root.quoted;
    Event document_end, after;
    if (!Next(document_end) || !Next(after)) return false;
    if (after.raw.type != YAML_STREAM_END_EVENT) {
      Problem("Y008", "a second document begins here", Place(after.raw.start_mark), "keep one document per file: remove the `---`");
      return false;
    }
    return nothing ? Empty() : true;
  }

  bool Empty() {
    Problem("Y007", "the file is empty (EmptyDocument)", {.file = source_.file}, "write at least one key, or remove the file");
    return false;
  }

  bool Node(const Event& event, YamlNode& node, int depth) {
    node.span = Place(event.raw.start_mark);
    if (depth > limits_.depth) {
      Problem("Y004", "nested deeper than " + std::to_string(limits_.depth) + " levels (YamlDepth)", node.span, "flatten this part");
      return false;
    }
    switch (event.raw.type) {
      case YAML_SCALAR_EVENT: return Scalar(event.raw, node);
      case YAML_ALIAS_EVENT: return Alias(event.raw, node);
      case YAML_SEQUENCE_START_EVENT:
        return Tag(event.raw.data.sequence_start.tag, node) &&
               Sequence(Anchor(event.raw.data.sequence_start.anchor), node, depth);
      case YAML_MAPPING_START_EVENT:
        return Tag(event.raw.data.mapping_start.tag, node) && Mapping(Anchor(event.raw.data.mapping_start.anchor), node, depth);
      default: return false;
    }
  }

  static std::string Anchor(const yaml_char_t* anchor) { return anchor ? reinterpret_cast<const char*>(anchor) : ""; }

  bool Tag(const yaml_char_t* tag, const YamlNode& node) {
    if (!tag) return true;
    std::string name = reinterpret_cast<const char*>(tag);
    if (name == "!" || name.starts_with("tag:yaml.org,2002:str")) return true;
    Problem("Y009", "the tag `" + name + "` is not allowed (YamlTag)", node.span, "remove the tag");
    return false;
  }

  bool Scalar(const yaml_event_t& raw, YamlNode& node) {
    if (!Tag(raw.data.scalar.tag, node)) return false;
    node.text.assign(reinterpret_cast<const char*>(raw.data.scalar.value), raw.data.scalar.length);
    node.quoted = raw.data.scalar.style != YAML_PLAIN_SCALAR_STYLE || raw.data.scalar.tag != nullptr;
    bool one_line = raw.start_mark.line == raw.end_mark.line;
    node.span.length = one_line ? std::max(1, static_cast<int>(raw.end_mark.column - raw.start_mark.column)) : 1;
    Expand(node);
    node.kind = node.quoted ? YamlKind::kString : PlainKind(node.text);
    Remember(Anchor(raw.data.scalar.anchor), node);
    return true;
  }

  void Expand(YamlNode& node) {
    for (size_t at = node.text.find("${"); at != std::string::npos; at = node.text.find("${", at)) {
      size_t end = node.text.find('}', at);
      if (end == std::string::npos) return;
      std::string name = node.text.substr(at + 2, end - at - 2);
      if (name.empty() || name.find_first_of(" \n{\"") != std::string::npos) {
        at += 2;
        continue;
      }
      auto value = variables_ ? variables_(name) : std::nullopt;
      if (!value) {
        Problem("Y010", "the environment variable `" + name + "` is not set (UnsetVariable)", node.span,
                "set " + name + " before starting, or write the value here");
        at = end;
        continue;
      }
      node.text.replace(at, end - at + 1, *value);
      at += value->size();
    }
  }

  bool Sequence(const std::string& anchor, YamlNode& node, int depth) {
    node.kind = YamlKind::kSequence;
    OpenAnchor open(*this, anchor);
    while (true) {
      Event event;
      if (!Next(event)) return false;
      if (event.raw.type == YAML_SEQUENCE_END_EVENT) break;
      if (!Node(event, node.items.emplace_back(), depth + 1)) return false;
    }
    Remember(anchor, node);
    return true;
  }

  bool Mapping(const std::string& anchor, YamlNode& node, int depth) {
    node.kind = YamlKind::kMapping;
    OpenAnchor open(*this, anchor);
    std::unordered_map<std::string, int> lines;
    while (true) {
      Event key_event;
      if (!Next(key_event)) return false;
      if (key_event.raw.type == YAML_MAPPING_END_EVENT) break;
      YamlNode key, value;
      if (!Node(key_event, key, depth + 1)) return false;
      Event value_event;
      if (!Next(value_event) || !Node(value_event, value, depth + 1)) return false;
      AddMember(node, std::move(key), std::move(value), lines);
    }
    Remember(anchor, node);
    return true;
  }

  void AddMember(YamlNode& node, YamlNode key, YamlNode value, std::unordered_map<std::string, int>& lines) {
    if (!key.is_scalar()) {
      Problem("Y011", "a key must be plain text, not a list or mapping", key.span, "quote it if braces or brackets belong to it");
      sound_ = false;
      return;
    }
    auto [earlier, is_new] = lines.emplace(key.text, key.span.line);
    if (!is_new) {
      Diagnostic twice{.code = "Y003", .message = "the key `" + key.text + "` appears twice in one mapping (DuplicateKey)",
                       .span = key.span, .label = "second time", .help = "merge the two or remove one",
                       .related = {.file = source_.file, .line = earlier->second, .column = key.span.column,
                                   .length = key.span.length}, .related_label = "first time"};
      diagnostics_.Add(std::move(twice));
      sound_ = false;
      return;
    }
    node.keys.push_back(std::move(key));
    node.items.push_back(std::move(value));
  }

  bool Alias(const yaml_event_t& raw, YamlNode& node) {
    std::string name = reinterpret_cast<const char*>(raw.data.alias.anchor);
    auto target = anchors_.find(name);
    if (target == anchors_.end() || open_.contains(name)) {
      Problem("Y012", "the alias `*" + name + "` points to nothing complete (YamlAliasCycle)", node.span, "write the value out");
      return false;
    }
    alias_nodes_ += CountNodes(target->second);
    if (alias_nodes_ > limits_.alias_nodes) {
      Problem("Y005", "aliases expand to more than " + std::to_string(limits_.alias_nodes) + " values (YamlAliasLimit)", node.span,
              "write fewer aliases");
      return false;
    }
    SourceSpan here = node.span;
    node = target->second;
    node.span = here;
    return true;
  }

  void Remember(const std::string& anchor, const YamlNode& node) {
    if (!anchor.empty()) anchors_[anchor] = node;
  }

  // Names an anchor whose value is still being read: an alias to it would be a cycle.
  struct OpenAnchor {
    OpenAnchor(Reader& owner, std::string anchor) : reader(owner), name(std::move(anchor)) {
      if (!name.empty()) reader.open_.insert(name);
    }
    ~OpenAnchor() { reader.open_.erase(name); }
    OpenAnchor(const OpenAnchor&) = delete;
    OpenAnchor& operator=(const OpenAnchor&) = delete;
    Reader& reader;
    std::string name;
  };

  SourceSpan Place(const yaml_mark_t& mark) const {
    return {.file = source_.file, .line = static_cast<int>(mark.line) + 1, .column = static_cast<int>(mark.column) + 1};
  }

  void Problem(std::string code, std::string message, SourceSpan span, std::string help) {
    diagnostics_.Add({.code = std::move(code), .message = std::move(message), .span = std::move(span), .help = std::move(help)});
  }

  const YamlText& source_;
  const VariableLookup& variables_;
  Diagnostics& diagnostics_;
  const YamlLimits& limits_;
  std::string_view text_;
  yaml_parser_t parser_{};
  std::unordered_map<std::string, YamlNode> anchors_;
  std::unordered_set<std::string> open_;
  size_t alias_nodes_ = 0;
  bool sound_ = true;
};

SourceSpan PlaceOfByte(const std::string& file, std::string_view text, size_t offset) {
  std::string_view before = text.substr(0, offset);
  size_t line_begin = before.rfind('\n');
  std::string_view line = line_begin == std::string_view::npos ? before : before.substr(line_begin + 1);
  return {.file = file, .line = 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
          .column = 1 + static_cast<int>(CodePointCount(line))};
}

// The checks that need no parser: size, encoding, flow depth. True when reading may go on.
bool Precheck(const YamlText& source, Diagnostics& diagnostics, const YamlLimits& limits) {
  std::string_view text = *source.text;
  if (text.size() > limits.bytes) {
    diagnostics.Add({.code = "Y006", .message = "the file is larger than " + std::to_string(limits.bytes) + " bytes (FileTooLarge)",
                     .span = {.file = source.file}, .help = "split it into several files"});
    return false;
  }
  if (size_t bad = FindInvalidUtf8(text); bad != std::string_view::npos) {
    diagnostics.Add({.code = "Y002", .message = "this byte is not valid UTF-8 (InvalidUtf8)", .span = PlaceOfByte(source.file, text, bad),
                     .help = "save the file as UTF-8"});
    return false;
  }
  FlowScan scan = ScanFlow(text, limits.depth);
  if (!scan.too_deep) return true;
  diagnostics.Add({.code = "Y004", .message = "nested deeper than " + std::to_string(limits.depth) + " levels (YamlDepth)",
                   .span = {.file = source.file, .line = scan.line, .column = scan.column}, .help = "flatten this part"});
  return false;
}

}  // namespace

std::unique_ptr<YamlNode> ReadYaml(const YamlText& source, const VariableLookup& variables, Diagnostics& diagnostics,
                                   const YamlLimits& limits) {
  if (!Precheck(source, diagnostics, limits)) return nullptr;
  return Reader(source, variables, diagnostics, limits).Read();
}

}  // namespace greenroom

#include <yaml.h>

#include <algorithm>
#include <cstdio>
#include <unordered_map>

#include "base/text.h"
#include "base/yaml.h"
#include "base/yaml_anchors.h"
#include "base/yaml_scalar.h"

namespace greenroom {
namespace {

std::string Text(const yaml_char_t* text) { return text ? reinterpret_cast<const char*>(text) : ""; }

bool IsAscii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

bool IsForbiddenControl(char c) {
  auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

SourceSpan PlaceOfByte(const std::string& file, std::string_view text, size_t offset) {
  std::string_view before = text.substr(0, offset);
  std::string_view line = before.substr(before.rfind('\n') + 1);
  return {.file = file,
          .line = 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
          .column = 1 + static_cast<int>(CodePointCount(line))};
}

class Event {
 public:
  Event() = default;
  ~Event() { yaml_event_delete(&raw); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  yaml_event_t raw{};
};

// Builds the tree from events. Methods return false when reading cannot go on (a diagnostic has been added).
// Depth is checked at each event: libyaml looks at most 1024 characters ahead, so deep nesting never reaches it.
class Reader {
 public:
  Reader(const YamlText& source, const VariableLookup& variables, Diagnostics& diagnostics, const YamlLimits& limits)
      : source_(source),
        variables_(variables),
        diagnostics_(diagnostics),
        limits_(limits),
        anchors_({limits.alias_nodes, limits.alias_bytes}) {
    yaml_parser_initialize(&parser_);
    text_ = *source.text;
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    decode_escapes_ = text_.find("\\u") != std::string_view::npos && IsAscii(text_);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text_.data()), text_.size());
  }
  ~Reader() { yaml_parser_delete(&parser_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  std::unique_ptr<YamlNode> Read() {
    auto root = std::make_unique<YamlNode>();
    Event start;
    if (!Next(start) || !Document(*root) || !sound_) return nullptr;
    if (has_merge_) ApplyMergeKeys(*root);
    return root;
  }

 private:
  bool Next(Event& event) { return yaml_parser_parse(&parser_, &event.raw) ? true : SyntaxError(); }

  bool SyntaxError() {
    if (parser_.error == YAML_READER_ERROR) {
      char code[16];
      std::snprintf(code, sizeof code, "U+%04X", static_cast<unsigned>(parser_.problem_value));
      return Stop("Y001", std::string("the character ") + code + " is not allowed in YAML (ControlCharacter)",
                  PlaceOfByte(source_.file, text_, parser_.problem_offset),
                  "remove it; such characters are often letters that were encoded twice");
    }
    std::string problem = parser_.problem ? parser_.problem : "out of memory";
    SourceSpan place = Place(parser_.problem_mark);
    size_t at = ByteOffset(text_, parser_.problem_mark.index);
    bool tab = (at < text_.size() && text_[at] == '\t') || problem.find("tab character") != std::string::npos;
    if (tab) return Stop("Y001", "a tab is used for indentation (TabIndentation)", place, "indent with spaces");
    if (problem == "found undefined tag handle")
      return Stop("Y009", "the tag is not allowed (TagNotAllowed)", place, "remove the tag");
    std::string context = parser_.context ? " " + std::string(parser_.context) : "";
    return Stop("Y001", "not valid YAML: " + problem + context, place, "check the indentation, quotes and colons here");
  }

  bool Document(YamlNode& root) {
    Event start, first, end, after;
    if (!Next(start)) return false;
    if (start.raw.type == YAML_STREAM_END_EVENT) return Empty();
    if (!Next(first) || !Node(first, root) || !Next(end) || !Next(after)) return false;
    if (after.raw.type != YAML_STREAM_END_EVENT) {
      return Stop("Y008", "a second document begins here (MultipleDocuments)", Place(after.raw.start_mark),
                  "keep one document per file: remove the `---`");
    }
    return root.is_null() ? Empty() : true;
  }

  bool Empty() {
    return Stop("Y007", "the file is empty (EmptyDocument)", {.file = source_.file},
                "write at least one key, or remove the file");
  }

  bool Node(const Event& event, YamlNode& node) {
    node.span = Place(event.raw.start_mark);
    if (event.raw.type == YAML_SCALAR_EVENT) return Scalar(event.raw, node);
    if (event.raw.type == YAML_ALIAS_EVENT) return Alias(Text(event.raw.data.alias.anchor), node);
    if (anchors_.depth() >= limits_.depth) return TooDeep(node.span);
    return event.raw.type == YAML_SEQUENCE_START_EVENT ? Sequence(event.raw, node) : Mapping(event.raw, node);
  }

  bool TooDeep(const SourceSpan& span) {
    return Stop("Y004", "nested deeper than " + std::to_string(limits_.depth) + " levels (YamlDepth)", span,
                "flatten this part");
  }

  // Tags of the core schema that say what the node is anyway are harmless; all others could ask for code.
  void CheckTag(const std::string& tag, const YamlNode& node, std::initializer_list<std::string_view> harmless) {
    if (tag.empty() || tag == "!") return;
    for (std::string_view name : harmless) {
      if (tag == "tag:yaml.org,2002:" + std::string(name)) return;
    }
    Problem("Y009", "the tag `" + tag + "` is not allowed (TagNotAllowed)", node.span, "remove the tag");
    sound_ = false;
  }

  bool Scalar(const yaml_event_t& raw, YamlNode& node) {
    const auto& scalar = raw.data.scalar;
    std::string tag = Text(scalar.tag);
    CheckTag(tag, node, {"str", "int", "float", "bool", "null"});
    node.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
    node.quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE || tag == "!" || tag.ends_with(":str");
    if (raw.start_mark.line == raw.end_mark.line) {
      node.span.length = std::max(1, static_cast<int>(raw.end_mark.column - raw.start_mark.column));
    }
    if (decode_escapes_ && scalar.style != YAML_DOUBLE_QUOTED_SCALAR_STYLE) node.text = DecodeUnicodeEscapes(node.text);
    if (std::any_of(node.text.begin(), node.text.end(), IsForbiddenControl)) {
      return Stop("Y001", "the text contains a control character (ControlCharacter)", node.span,
                  "remove it; a backslash that belongs to the text needs single quotes");
    }
    if (scalar.style == YAML_PLAIN_SCALAR_STYLE) Expand(node);
    node.kind = node.quoted ? YamlKind::kString : KindOfPlainScalar(node.text);
    anchors_.RememberScalar(Text(scalar.anchor), node);
    return true;
  }

  void Expand(YamlNode& node) {
    if (!variables_ || node.text.find("${") == std::string::npos) return;
    Expansion expansion = ExpandVariables(node.text, variables_);
    if (!expansion.unset.empty()) {
      Problem("Y010", "the environment variable `" + expansion.unset + "` is not set (UnsetVariable)", node.span,
              "set it before starting, write the value here, or quote the text if it means no variable");
    }
    node.quoted = node.quoted || expansion.replaced;
    node.text = std::move(expansion.text);
  }

  bool Sequence(const yaml_event_t& raw, YamlNode& node) {
    CheckTag(Text(raw.data.sequence_start.tag), node, {"seq"});
    node.kind = YamlKind::kSequence;
    anchors_.Open(Text(raw.data.sequence_start.anchor), node);
    while (true) {
      Event event;
      YamlNode item;
      if (!Next(event)) return false;
      if (event.raw.type == YAML_SEQUENCE_END_EVENT) break;
      if (!Node(event, item)) return false;
      node.items.push_back(std::move(item));
    }
    anchors_.Close();
    return true;
  }

  bool Mapping(const yaml_event_t& raw, YamlNode& node) {
    CheckTag(Text(raw.data.mapping_start.tag), node, {"map"});
    node.kind = YamlKind::kMapping;
    anchors_.Open(Text(raw.data.mapping_start.anchor), node);
    std::unordered_map<std::string, SourceSpan> places;
    while (true) {
      Event key_event, value_event;
      YamlNode key, value;
      if (!Next(key_event)) return false;
      if (key_event.raw.type == YAML_MAPPING_END_EVENT) break;
      if (!Node(key_event, key)) return false;
      CheckKey(key, places);
      if (!Next(value_event) || !Node(value_event, value)) return false;
      node.keys.push_back(std::move(key));
      node.items.push_back(std::move(value));
    }
    anchors_.Close();
    return true;
  }

  void CheckKey(YamlNode& key, std::unordered_map<std::string, SourceSpan>& places) {
    if (!key.is_scalar()) {
      Problem("Y011", "a key must be plain text, not a list or mapping", key.span,
              "quote it if the brackets belong to it");
      sound_ = false;
      return;
    }
    if (key.text == "<<" && !key.quoted) has_merge_ = true;
    auto [earlier, is_new] = places.emplace(key.text, key.span);
    if (is_new) return;
    diagnostics_.Add({.code = "Y003",
                      .message = "the key `" + key.text + "` appears twice in one mapping (DuplicateKey)",
                      .span = key.span,
                      .label = "second time",
                      .help = "merge the two or remove one",
                      .related = earlier->second,
                      .related_label = "first time"});
    sound_ = false;
  }

  bool Alias(const std::string& name, YamlNode& node) {
    SourceSpan here = node.span;
    here.length = 1 + static_cast<int>(CodePointCount(name));
    switch (anchors_.Copy(name, limits_.depth, node)) {
      case YamlAnchors::Outcome::kCopied:
        break;
      case YamlAnchors::Outcome::kUnknown:
        return Stop("Y012", "there is no anchor `&" + name + "` above (UndefinedAlias)", here,
                    "define it first, or write the value out");
      case YamlAnchors::Outcome::kCycle:
        return Stop("Y012", "the alias `*" + name + "` stands inside its own value (YamlCycle)", here,
                    "write the value out");
      case YamlAnchors::Outcome::kTooDeep:
        return TooDeep(here);
      case YamlAnchors::Outcome::kTooMuch:
        return Stop("Y005",
                    "aliases add more than " + std::to_string(limits_.alias_nodes) + " values or " +
                        std::to_string(limits_.alias_bytes) + " bytes (YamlAliasLimit)",
                    here, "use fewer aliases");
    }
    node.span = here;
    return true;
  }

  SourceSpan Place(const yaml_mark_t& mark) const {
    return {.file = source_.file, .line = static_cast<int>(mark.line) + 1, .column = static_cast<int>(mark.column) + 1};
  }

  void Problem(std::string code, std::string message, SourceSpan span, std::string help) {
    diagnostics_.Add(
        {.code = std::move(code), .message = std::move(message), .span = std::move(span), .help = std::move(help)});
  }

  bool Stop(std::string code, std::string message, SourceSpan span, std::string help) {
    Problem(std::move(code), std::move(message), std::move(span), std::move(help));
    return false;
  }

  const YamlText& source_;
  const VariableLookup& variables_;
  Diagnostics& diagnostics_;
  const YamlLimits& limits_;
  std::string_view text_;
  yaml_parser_t parser_{};
  YamlAnchors anchors_;
  bool decode_escapes_ = false;
  bool has_merge_ = false;
  bool sound_ = true;
};

// The checks that need no parser: size and encoding. True when reading may go on.
bool Precheck(const YamlText& source, Diagnostics& diagnostics, const YamlLimits& limits) {
  std::string_view text = *source.text;
  if (text.size() > limits.bytes) {
    diagnostics.Add({.code = "Y006",
                     .message = "the file is larger than " + std::to_string(limits.bytes) + " bytes (FileTooLarge)",
                     .span = {.file = source.file},
                     .help = "split it into several files"});
    return false;
  }
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    diagnostics.Add({.code = "Y002",
                     .message = "the file is UTF-16, not UTF-8 (InvalidUtf8)",
                     .span = {.file = source.file},
                     .help = "save the file as UTF-8"});
    return false;
  }
  size_t bad = FindInvalidUtf8(text);
  if (bad == std::string_view::npos) return true;
  diagnostics.Add({.code = "Y002",
                   .message = "byte " + std::to_string(bad) + " of the file is not valid UTF-8 (InvalidUtf8)",
                   .span = PlaceOfByte(source.file, text, bad),
                   .help = "save the file as UTF-8"});
  return false;
}

}  // namespace

std::unique_ptr<YamlNode> ReadYaml(const YamlText& source, const VariableLookup& variables, Diagnostics& diagnostics,
                                   const YamlLimits& limits) {
  if (!Precheck(source, diagnostics, limits)) return nullptr;
  return Reader(source, variables, diagnostics, limits).Read();
}

}  // namespace greenroom

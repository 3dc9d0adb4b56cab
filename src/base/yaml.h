// YAML as a bounded tree with positions, built from libyaml events.
//
// Strict where silent acceptance hurts users: one document per file, no duplicate keys, no custom tags, no cycles,
// valid UTF-8, depth, alias expansion and size bounded. Core schema of YAML 1.2: only true/false in their three
// spellings are booleans, `yes`/`no` stay text. `${NAME}` in plain scalars is expanded from the given environment and
// makes the scalar text; an unset variable is a diagnostic. Quoted and block scalars are kept as written ("it costs
// ${price}"), and so is everything when the lookup is empty (sources posted by clients). Merge keys (`<<`) are applied.
// All problems found go to the diagnostics; a tree is returned when it could be built.
//
//   std::unique_ptr<YamlNode> root = ReadYaml({.file = "domain.yml", .text = text}, env, diagnostics);
//   if (!root) return;                                    // the diagnostics say why
//   const YamlNode* intents = root->Find("intents");
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/json.h"

namespace greenroom {

enum class YamlKind { kNull, kBool, kInt, kFloat, kString, kSequence, kMapping };

struct YamlNode {
  YamlKind kind = YamlKind::kNull;
  std::string text = {};             // scalar text after expansion (also for bool, int, float)
  bool quoted = false;               // single, double or block style: always a string
  SourceSpan span = {};              // where it starts
  std::vector<YamlNode> items = {};  // of a sequence; of a mapping: the values
  std::vector<YamlNode> keys = {};   // of a mapping, parallel to items (scalar keys only)

  bool is_scalar() const { return kind != YamlKind::kSequence && kind != YamlKind::kMapping; }
  bool is_null() const { return kind == YamlKind::kNull; }
  bool is_string() const { return kind == YamlKind::kString; }
  bool is_sequence() const { return kind == YamlKind::kSequence; }
  bool is_mapping() const { return kind == YamlKind::kMapping; }
  // The value of a key, or nullptr.
  const YamlNode* Find(std::string_view key) const;
  const YamlNode* FindKey(std::string_view key) const;
  // The node as JSON (mappings keep order).
  Json ToJson() const;
};

struct YamlLimits {
  size_t bytes = 64u << 20;
  int depth = 100;                 // of nested collections
  size_t alias_nodes = 100'000;    // values that aliases may add in all
  size_t alias_bytes = 16u << 20;  // bytes of scalar text that aliases may add in all
};

struct YamlText {
  std::string file;  // name shown in diagnostics
  std::shared_ptr<const std::string> text;
};

// Looks up an environment variable; nullopt when unset.
using VariableLookup = std::function<std::optional<std::string>(const std::string& name)>;

// Reads one document. The result is null after any of these but Y010:
// Y001 syntax (also tabs as indentation and control characters), Y002 invalid UTF-8, Y003 duplicate key, Y004 too deep,
// Y005 too much added by aliases, Y006 too large, Y007 empty document, Y008 more than one document, Y009 tag not
// allowed, Y010 unset variable, Y011 key is no scalar, Y012 alias cycle or unknown anchor.
std::unique_ptr<YamlNode> ReadYaml(const YamlText& source, const VariableLookup& variables, Diagnostics& diagnostics,
                                   const YamlLimits& limits = {});

}  // namespace greenroom

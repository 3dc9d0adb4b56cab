// Scalars of YAML: which kind plain text is, and what is replaced inside it.
//
// Core schema of YAML 1.2: null in five spellings, true/false in three, decimal, 0o and 0x integers, floats with point
// or exponent, .inf and .nan. Everything else is text, among it `yes`, `no`, `on`, `off` and dates.
// Internal to the YAML reader. Thread rules: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/yaml.h"

namespace greenroom {

// The kind of an unquoted scalar.
YamlKind KindOfPlainScalar(std::string_view text);

struct Expansion {
  std::string text;
  bool replaced = false;
  std::string unset = {};  // the first variable that has no value, or ""
};

// Replaces every `${NAME}`; names are identifiers, so `${price:>5}` and `$word` stay. Values are not scanned again.
Expansion ExpandVariables(std::string_view text, const VariableLookup& variables);

// Decodes backslash-u escapes outside double quotes, as the original tool does in files that are pure ASCII.
// Escapes that name half a surrogate pair stay as they are.
std::string DecodeUnicodeEscapes(std::string_view text);

}  // namespace greenroom

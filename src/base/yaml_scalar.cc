#include "base/yaml_scalar.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace greenroom {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

template <size_t N>
bool OneOf(std::string_view text, const std::string_view (&spellings)[N]) {
  return std::find(std::begin(spellings), std::end(spellings), text) != std::end(spellings);
}

std::string_view WithoutSign(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return text;
}

bool IsInteger(std::string_view text) {
  if (text.starts_with("0o")) {
    return text.size() > 2 && text.find_first_not_of("01234567", 2) == std::string_view::npos;
  }
  if (text.starts_with("0x")) {
    return text.size() > 2 && text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
  }
  std::string_view digits = WithoutSign(text);
  return !digits.empty() && std::all_of(digits.begin(), digits.end(), IsDigit);
}

size_t SkipDigits(std::string_view text, size_t at) {
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at;
}

bool IsFloat(std::string_view text) {
  static constexpr std::string_view kNotNumbers[] = {".nan", ".NaN", ".NAN"};
  static constexpr std::string_view kInfinite[] = {".inf", ".Inf", ".INF"};
  if (OneOf(text, kNotNumbers)) return true;
  text = WithoutSign(text);
  if (OneOf(text, kInfinite)) return true;
  size_t at = SkipDigits(text, 0);
  size_t digits = at;
  if (at < text.size() && text[at] == '.') {
    size_t end = SkipDigits(text, at + 1);
    digits += end - at - 1;
    at = end;
  }
  if (digits == 0) return false;
  if (at == text.size()) return true;
  if (text[at] != 'e' && text[at] != 'E') return false;
  std::string_view exponent = WithoutSign(text.substr(at + 1));
  return !exponent.empty() && std::all_of(exponent.begin(), exponent.end(), IsDigit);
}

// The length of an identifier followed by `}` at the start of the text, or 0.
size_t VariableNameLength(std::string_view text) {
  size_t length = 0;
  while (length < text.size() && (IsNameStart(text[length]) || (length > 0 && IsDigit(text[length])))) ++length;
  return length < text.size() && text[length] == '}' ? length : 0;
}

// The value of `\uXXXX` at the start of the text, or -1.
int EscapeAt(std::string_view text) {
  if (text.size() < 6 || !text.starts_with("\\u")) return -1;
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, value, 16);
  return error == std::errc() && end == text.data() + 6 ? static_cast<int>(value) : -1;
}

}  // namespace

YamlKind KindOfPlainScalar(std::string_view text) {
  static constexpr std::string_view kNulls[] = {"", "~", "null", "Null", "NULL"};
  static constexpr std::string_view kBools[] = {"true", "True", "TRUE", "false", "False", "FALSE"};
  if (OneOf(text, kNulls)) return YamlKind::kNull;
  if (OneOf(text, kBools)) return YamlKind::kBool;
  if (IsInteger(text)) return YamlKind::kInt;
  return IsFloat(text) ? YamlKind::kFloat : YamlKind::kString;
}

Expansion ExpandVariables(std::string_view text, const VariableLookup& variables) {
  Expansion expansion;
  while (true) {
    size_t at = text.find("${");
    expansion.text += text.substr(0, at);
    if (at == std::string_view::npos) return expansion;
    text.remove_prefix(at);
    size_t length = VariableNameLength(text.substr(2));
    if (length == 0) {
      expansion.text += "${";
      text.remove_prefix(2);
      continue;
    }
    std::string name(text.substr(2, length));
    std::optional<std::string> value = variables(name);
    if (!value && expansion.unset.empty()) expansion.unset = name;
    expansion.text += value.value_or("${" + name + "}");
    expansion.replaced = true;
    text.remove_prefix(length + 3);
  }
}

std::string DecodeUnicodeEscapes(std::string_view text) {
  std::string out;
  while (true) {
    size_t at = text.find("\\u");
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at);
    int value = EscapeAt(text);
    bool alone = value >= 0 && (value < 0xD800 || value > 0xDFFF);
    if (alone)
      AppendUtf8(out, static_cast<char32_t>(value));
    else
      out += "\\u";
    text.remove_prefix(alone ? 6 : 2);
  }
}

}  // namespace greenroom

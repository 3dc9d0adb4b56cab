#include "dialogue/python_text.h"

#include <cstdio>

namespace greenroom {
namespace {

void AppendEscaped(std::string& out, char c, char quote) {
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\\':
      out += "\\\\";
      return;
    default:
      break;
  }
  if (c == quote) out += '\\';
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20 && byte != 0x7f) {
    out += c;
    return;
  }
  char digits[8];
  std::snprintf(digits, sizeof digits, "\\x%02x", byte);
  out += digits;
}

void AppendQuoted(std::string& out, const std::string& text) {
  const bool doubled = text.find('\'') != std::string::npos && text.find('"') == std::string::npos;
  const char quote = doubled ? '"' : '\'';
  out += quote;
  for (char c : text) AppendEscaped(out, c, quote);
  out += quote;
}

void AppendRepr(std::string& out, const Json& value) {
  if (value.is_null()) {
    out += "None";
  } else if (value.is_bool()) {
    out += value.AsBool() ? "True" : "False";
  } else if (value.is_string()) {
    AppendQuoted(out, value.AsString());
  } else if (value.is_array()) {
    const char* separator = "";
    out += '[';
    for (const Json& item : value.array()) {
      out += separator;
      AppendRepr(out, item);
      separator = ", ";
    }
    out += ']';
  } else if (value.is_object()) {
    const char* separator = "";
    out += '{';
    for (const auto& [key, item] : value.members()) {
      out += separator;
      AppendQuoted(out, key);
      out += ": ";
      AppendRepr(out, item);
      separator = ", ";
    }
    out += '}';
  } else {
    value.DumpTo(out);
  }
}

}  // namespace

std::string PythonText(const Json& value) {
  if (value.is_string()) return value.AsString();
  std::string out;
  AppendRepr(out, value);
  return out;
}

}  // namespace greenroom

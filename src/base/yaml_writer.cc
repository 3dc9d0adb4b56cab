#include "base/yaml_writer.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace greenroom {
namespace {

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Words that one of the YAML versions reads as a truth value or as nothing.
bool IsReservedWord(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kWords = {"null", "~",   "true", "false", "yes", "no",
                                                              "on",   "off", "y",    "n",     "<<",  "="};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

// Numbers, dates and times begin with a digit, a sign or a dot; what begins so is quoted unless it holds a space, which
// no number and no bare date has, and a date with a time is quoted for its colons.
bool MayBeNumber(std::string_view text) {
  const char first = text.front();
  const bool like_number = std::isdigit(static_cast<unsigned char>(first)) != 0 || first == '+' || first == '.';
  return like_number && (text.find(' ') == std::string_view::npos || text.find(':') != std::string_view::npos);
}

bool IsPlain(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (std::string_view("-?:,[]{}#&*!|>'\"%@`").find(text.front()) != std::string_view::npos) return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) return false;
  return !MayBeNumber(text) && !IsReservedWord(text);
}

std::string Scalar(const Json& value) { return value.is_string() ? YamlScalar(value.AsString()) : value.Dump(); }

bool IsBlock(const Json& value) { return (value.is_object() || value.is_array()) && value.size() > 0; }

void WriteBlock(const Json& value, size_t indent, std::string& out);

void WriteMembers(const Json& object, size_t indent, std::string& out) {
  bool first = true;
  for (const auto& [name, value] : object.members()) {
    if (!first) out.append(indent, ' ');
    first = false;
    out += YamlScalar(name) + ":";
    if (!IsBlock(value)) {
      out += " " + Scalar(value) + "\n";
      continue;
    }
    const size_t inner = value.is_array() ? indent : indent + 2;
    out += "\n" + std::string(inner, ' ');
    WriteBlock(value, inner, out);
  }
}

void WriteItems(const Json& list, size_t indent, std::string& out) {
  bool first = true;
  for (const Json& value : list.array()) {
    if (!first) out.append(indent, ' ');
    first = false;
    out += "- ";
    if (IsBlock(value)) {
      WriteBlock(value, indent + 2, out);
    } else {
      out += Scalar(value) + "\n";
    }
  }
}

// Begins where the text stands; later lines are indented.
void WriteBlock(const Json& value, size_t indent, std::string& out) {
  value.is_array() ? WriteItems(value, indent, out) : WriteMembers(value, indent, out);
}

}  // namespace

std::string YamlScalar(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), IsControl)) return Json(std::string(text)).Dump();
  if (IsPlain(text)) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string WriteYaml(const Json& value) {
  if (!IsBlock(value)) return Scalar(value) + "\n";
  std::string out;
  WriteBlock(value, 0, out);
  return out;
}

}  // namespace greenroom

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/json.h"
#include "base/text.h"

namespace greenroom {
namespace {

struct Style {
  bool pretty = false;
  bool python = false;  // sorted keys, ", " and ": ", ASCII only
};

void AppendEscape(std::string& out, char32_t unit) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kDigits[(unit >> shift) & 15]);
}

void AppendControl(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      AppendEscape(out, c);
  }
}

bool NeedsEscape(unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; }

void AppendAsciiString(std::string& out, std::string_view text) {
  for (char32_t c : DecodeUtf8(text)) {
    if (c < 0x80) {
      NeedsEscape(static_cast<unsigned char>(c)) ? AppendControl(out, static_cast<unsigned char>(c))
                                                 : out.push_back(static_cast<char>(c));
    } else if (c < 0x10000) {
      AppendEscape(out, c);
    } else {
      AppendEscape(out, 0xD800 + ((c - 0x10000) >> 10));
      AppendEscape(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
    }
  }
}

void AppendString(std::string& out, std::string_view text, const Style& style) {
  out.push_back('"');
  if (style.python) {
    AppendAsciiString(out, text);
  } else {
    size_t begin = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      if (!NeedsEscape(static_cast<unsigned char>(text[i]))) continue;
      out.append(text, begin, i - begin);
      AppendControl(out, static_cast<unsigned char>(text[i]));
      begin = i + 1;
    }
    out.append(text, begin, std::string_view::npos);
  }
  out.push_back('"');
}

class Writer {
 public:
  Writer(std::string& out, Style style) : out_(out), style_(style) {}

  void Value(const Json& json) {
    if (json.is_string()) return AppendString(out_, json.AsString(), style_);
    if (json.is_array()) return Array(json);
    if (json.is_object()) return Object(json);
    if (json.is_null()) out_ += "null";
    if (json.is_bool()) out_ += json.AsBool() ? "true" : "false";
    if (json.is_int()) {
      out_ += std::to_string(json.AsInt());
    } else if (json.is_big_int()) {
      out_ += std::to_string(json.AsUnsigned());
    } else if (json.is_number()) {
      out_ += PythonFloat(json.AsDouble());
    }
  }

 private:
  void Separate(bool first) {
    if (!first) out_ += style_.python ? ", " : ",";
    if (style_.pretty) NewLine();
  }

  void NewLine() {
    out_.push_back('\n');
    out_.append(2 * depth_, ' ');
  }

  void Array(const Json& json) {
    out_.push_back('[');
    ++depth_;
    bool first = true;
    for (const Json& value : json.array()) {
      Separate(std::exchange(first, false));
      Value(value);
    }
    --depth_;
    if (style_.pretty && !first) NewLine();
    out_.push_back(']');
  }

  void Object(const Json& json) {
    out_.push_back('{');
    ++depth_;
    bool first = true;
    for (const Json::Member* member : Ordered(json)) {
      Separate(std::exchange(first, false));
      AppendString(out_, member->first, style_);
      out_ += style_.pretty || style_.python ? ": " : ":";
      Value(member->second);
    }
    --depth_;
    if (style_.pretty && !first) NewLine();
    out_.push_back('}');
  }

  std::vector<const Json::Member*> Ordered(const Json& json) const {
    std::vector<const Json::Member*> members;
    members.reserve(json.size());
    for (const Json::Member& member : json.members()) members.push_back(&member);
    if (style_.python) {
      std::sort(members.begin(), members.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
    }
    return members;
  }

  std::string& out_;
  Style style_;
  size_t depth_ = 0;
};

}  // namespace

// Shortest digits from to_chars, laid out by Python's rule: plain from 1e-4 up to 1e16, else with a two-digit exponent.
std::string PythonFloat(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  char buffer[40];
  double magnitude = std::abs(value);
  bool plain = value == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr);
  if (plain && text.find('.') == std::string::npos) text += ".0";
  return text;
}

void Json::DumpTo(std::string& out) const { Writer(out, {}).Value(*this); }

std::string Json::Dump() const {
  std::string out;
  DumpTo(out);
  return out;
}

std::string Json::Pretty() const {
  std::string out;
  Writer(out, {.pretty = true}).Value(*this);
  return out;
}

std::string Json::DumpPythonSorted() const {
  std::string out;
  Writer(out, {.python = true}).Value(*this);
  return out;
}

}  // namespace greenroom

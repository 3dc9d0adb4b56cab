#include <cctype>

#include "nlu/pattern.h"

namespace greenroom {
namespace {

constexpr std::string_view kSpaceMembers =
    R"(\t-\r\x{1c}-\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
constexpr std::string_view kWordMembers = R"(\p{L}\p{N}_)";

// Walks a Python pattern once. Every construct is copied or replaced; nothing is interpreted twice.
class Translator {
 public:
  explicit Translator(std::string_view pattern) : in_(pattern) {}

  Result<TranslatedPattern> Run() {
    while (at_ < in_.size()) {
      const char c = in_[at_];
      if (c == '\\') {
        GR_TRY(Escape());
      } else if (in_class_) {
        ClassCharacter(c);
      } else if (c == '[') {
        OpenClass();
      } else if (c == '(') {
        OpenGroup();
      } else if (c == '{') {
        OpenRepeat();
      } else {
        Copy(1);
      }
      NotePossessive(c);
    }
    return std::move(out_);
  }

 private:
  void Copy(size_t count) {
    out_.text.append(in_.substr(at_, count));
    at_ += count;
  }
  void Replace(size_t count, std::string_view text) {
    out_.text += text;
    at_ += count;
  }
  char Peek(size_t ahead) const { return at_ + ahead < in_.size() ? in_[at_ + ahead] : '\0'; }

  // "a*+" and the like: possessive in new Pythons and PCRE2, unknown to RE2.
  void NotePossessive(char c) {
    if (!in_class_ && (c == '*' || c == '+' || c == '?' || c == '}') && Peek(0) == '+') out_.beyond_re2 = true;
  }

  void OpenClass() {
    in_class_ = true;
    Copy(Peek(1) == '^' ? 2 : 1);
    if (Peek(0) == ']') Replace(1, "\\]");  // first in a class: an ordinary character
  }

  void ClassCharacter(char c) {
    if (c == ']') in_class_ = false;
    if (c == '[') {
      Replace(1, "\\[");  // never the start of a POSIX name
    } else {
      Copy(1);
    }
  }

  void OpenGroup() {
    if (Peek(1) != '?') return Copy(1);
    const char kind = Peek(2);
    if (kind == '=' || kind == '!' || kind == '>' || kind == '(' || kind == '#' ||
        (kind == '<' && (Peek(3) == '=' || Peek(3) == '!')) || (kind == 'P' && Peek(3) == '=')) {
      out_.beyond_re2 = true;
      return Copy(3);
    }
    if (std::isalpha(static_cast<unsigned char>(kind)) && kind != 'P') return InlineFlags();
    Copy(2);
  }

  // (?u), (?iu), (?L) ...: u is what we do anyway; a and L have no counterpart and are dropped.
  void InlineFlags() {
    size_t end = at_ + 2;
    std::string kept;
    for (; end < in_.size() && (std::isalpha(static_cast<unsigned char>(in_[end])) || in_[end] == '-'); ++end) {
      const char flag = in_[end];
      if (flag == 'u' || flag == 'a' || flag == 'L') continue;
      if (flag == 'x') out_.beyond_re2 = true;
      kept += flag;
    }
    const char closing = end < in_.size() ? in_[end] : '\0';
    if (kept.empty() && closing == ')') {
      at_ = end + 1;
      return;
    }
    out_.text += "(?" + kept;
    at_ = end;
  }

  // "{,5}" means from zero on in Python only.
  void OpenRepeat() {
    if (Peek(1) == ',' && std::isdigit(static_cast<unsigned char>(Peek(2)))) return Replace(2, "{0,");
    Copy(1);
  }

  Error Bad(const std::string& what) const {
    return {ErrorCode::kInvalidArgument, "pattern_invalid", what + " at character " + std::to_string(at_ + 1)};
  }

  void Members(std::string_view members, bool negated) {
    const std::string inner(members);
    if (!in_class_) return Replace(2, negated ? "[^" + inner + "]" : "[" + inner + "]");
    if (!negated) return Replace(2, inner);
    out_.beyond_re2 = true;  // a complement inside a class: PCRE2 reads it with Unicode rules
    Copy(2);
  }

  Result<void> Escape() {
    if (at_ + 1 >= in_.size()) return Bad("a backslash without a character");
    const char c = in_[at_ + 1];
    switch (c) {
      case 'd':
        Replace(2, R"(\p{Nd})");
        return {};
      case 'D':
        Replace(2, R"(\P{Nd})");
        return {};
      case 'w':
        Members(kWordMembers, false);
        return {};
      case 'W':
        Members(kWordMembers, true);
        return {};
      case 's':
        Members(kSpaceMembers, false);
        return {};
      case 'S':
        Members(kSpaceMembers, true);
        return {};
      case 'Z':
        Replace(2, R"(\z)");
        return {};
      case 'u':
        return CodePointEscape(4);
      case 'U':
        return CodePointEscape(8);
      case 'x':
        return CodePointEscape(2);
      case 'b':
        if (in_class_) {
          Replace(2, R"(\x08)");
          return {};
        }
        [[fallthrough]];
      case 'B':
        if (in_class_) return Bad("a border inside a class");
        out_.has_border = true;
        Copy(2);
        return {};
      default:
        return OtherEscape(c);
    }
  }

  Result<void> OtherEscape(char c) {
    constexpr std::string_view kKnown = "Aafnrtv";
    if (std::isdigit(static_cast<unsigned char>(c))) {
      if (c == '0') return OctalEscape();
      if (!in_class_) out_.beyond_re2 = true;  // a back reference
      Copy(2);
      return {};
    }
    if (std::isalpha(static_cast<unsigned char>(c)) && kKnown.find(c) == std::string_view::npos) {
      return Bad(std::string("unknown escape \\") + c);
    }
    if (static_cast<unsigned char>(c) >= 0x80) {
      ++at_;  // an escaped letter of another script is itself
      return {};
    }
    Copy(2);
    return {};
  }

  Result<void> OctalEscape() {
    size_t count = 2;
    int value = 0;
    for (; count < 4 && Peek(count) >= '0' && Peek(count) <= '7'; ++count) value = value * 8 + (Peek(count) - '0');
    constexpr std::string_view kHex = "0123456789abcdef";
    Replace(count, std::string(R"(\x{)") + kHex[(value >> 4) & 15] + kHex[value & 15] + "}");
    return {};
  }

  Result<void> CodePointEscape(size_t digits) {
    const std::string_view hex = in_.substr(std::min(at_ + 2, in_.size()), digits);
    if (hex.size() != digits || hex.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
      return Bad("an incomplete escape");
    Replace(2 + digits, R"(\x{)" + std::string(hex) + "}");
    return {};
  }

  std::string_view in_;
  size_t at_ = 0;
  bool in_class_ = false;
  TranslatedPattern out_;
};

}  // namespace

Result<TranslatedPattern> TranslatePattern(std::string_view pattern) { return Translator(pattern).Run(); }

std::string EscapePattern(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x80 && !std::isalnum(static_cast<unsigned char>(c)) && c != '_') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace greenroom

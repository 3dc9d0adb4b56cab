#include "base/json_fault.h"

#include <cmath>
#include <cstdlib>
#include <optional>
#include <vector>

namespace greenroom {
namespace {

constexpr size_t kMaxNumberLength = 1024;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// A pushdown automaton over the grammar of RFC 8259: the stack holds the closing brackets that are due.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  JsonFault Run() {
    while (!fault_) Step();
    return *fault_;
  }

 private:
  enum class Want { kValue, kValueOrEnd, kKey, kKeyOrEnd, kSeparator };

  void Step() {
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos) ++at_;
    if (want_ == Want::kSeparator && due_.empty()) return AtEnd();
    if (at_ == text_.size()) return Fail("the text ends too early");
    char c = text_[at_];
    bool may_end = want_ == Want::kValueOrEnd || want_ == Want::kKeyOrEnd || want_ == Want::kSeparator;
    if (may_end && c == due_.back()) return Close();
    if (want_ == Want::kSeparator) return Comma(c);
    if (want_ == Want::kKey || want_ == Want::kKeyOrEnd) return Key(c);
    Value(c);
  }

  void AtEnd() {
    if (at_ < text_.size()) return Fail("something follows the value");
    fault_ = number_.value_or(JsonFault{});
  }

  void Close() {
    ++at_;
    due_.pop_back();
    want_ = Want::kSeparator;
  }

  void Comma(char c) {
    if (c != ',') return Fail("a comma or a closing bracket is missing");
    ++at_;
    want_ = due_.back() == '}' ? Want::kKey : Want::kValue;
  }

  void Key(char c) {
    if (c != '"') return Fail("a key in double quotes is missing");
    if (!String()) return;
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos) ++at_;
    if (at_ == text_.size() || text_[at_] != ':') return Fail("a colon is missing");
    ++at_;
    want_ = Want::kValue;
  }

  void Value(char c) {
    want_ = Want::kSeparator;
    if (c == '"') {
      String();
    } else if (c == '[' || c == '{') {
      ++at_;
      due_.push_back(c == '[' ? ']' : '}');
      want_ = c == '[' ? Want::kValueOrEnd : Want::kKeyOrEnd;
    } else if (c == '-' || IsDigit(c)) {
      Number();
    } else {
      Word();
    }
  }

  void Word() {
    for (std::string_view word : {"true", "false", "null"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return;
    }
    Fail("a value is missing");
  }

  size_t Digits() {
    size_t begin = at_;
    while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
    return at_ - begin;
  }

  void Number() {
    size_t begin = at_;
    if (text_[at_] == '-') ++at_;
    bool zero = at_ < text_.size() && text_[at_] == '0';
    size_t digits = Digits();
    if (digits == 0 || (zero && digits > 1)) return Fail("the number is malformed");
    bool whole = true;
    if (at_ < text_.size() && text_[at_] == '.') {
      whole = false;
      ++at_;
      if (Digits() == 0) return Fail("digits are missing after the point");
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      whole = false;
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (Digits() == 0) return Fail("digits are missing in the exponent");
    }
    NoteRange(begin, whole);
  }

  void NoteRange(size_t begin, bool whole) {
    std::string number(text_.substr(begin, std::min(at_ - begin, kMaxNumberLength)));
    bool fits = whole ? number.size() < 19 : std::isfinite(std::strtod(number.c_str(), nullptr));
    if (!fits && !number_) number_ = JsonFault{JsonFault::Kind::kNumber, begin, "a number is too large"};
  }

  int HexAt(size_t at) const {
    int value = 0;
    for (size_t i = at; i < at + 4; ++i) {
      char c = i < text_.size() ? text_[i] : 'x';
      int digit = IsDigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
      if (digit < 0) return -1;
      value = value * 16 + digit;
    }
    return value;
  }

  bool Escape() {
    char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (c != 'u') {
      if (c == '\0' || std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos)
        return FailString("the escape is unknown");
      at_ += 2;
      return true;
    }
    int unit = HexAt(at_ + 2);
    if (unit < 0) return FailString("four hexadecimal digits are missing");
    bool high = unit >= 0xD800 && unit < 0xDC00, low = unit >= 0xDC00 && unit < 0xE000;
    int next = high && text_.substr(at_ + 6).starts_with("\\u") ? HexAt(at_ + 8) : -1;
    if (low || (high && (next < 0xDC00 || next > 0xDFFF))) {
      fault_ = JsonFault{JsonFault::Kind::kLoneSurrogate, at_, "half a surrogate pair"};
      return false;
    }
    at_ += high ? 12 : 6;
    return true;
  }

  bool String() {
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (static_cast<unsigned char>(text_[at_]) < 0x20) return FailString("a control character stands in a string");
      if (text_[at_] != '\\')
        ++at_;
      else if (!Escape())
        return false;
    }
    if (at_ >= text_.size()) return FailString("a string is not closed");
    ++at_;
    return true;
  }

  bool FailString(const char* what) {
    Fail(what);
    return false;
  }

  void Fail(const char* what) { fault_ = JsonFault{JsonFault::Kind::kSyntax, std::min(at_, text_.size()), what}; }

  std::string_view text_;
  size_t at_ = 0;
  Want want_ = Want::kValue;
  std::vector<char> due_;
  std::optional<JsonFault> number_;
  std::optional<JsonFault> fault_;
};

}  // namespace

JsonFault FindJsonFault(std::string_view text) { return Scanner(text).Run(); }

}  // namespace greenroom

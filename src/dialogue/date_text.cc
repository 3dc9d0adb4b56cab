#include "dialogue/date_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "base/text.h"

namespace greenroom {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> kWeekdays = {"monday", "tuesday",  "wednesday", "thursday",
                                                       "friday", "saturday", "sunday"};
constexpr std::array<std::string_view, 9> kFillers = {"at", "on", "and", "ad", "of", "st", "nd", "rd", "th"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Index of the name that `word` is or shortens to three letters or more; -1 when none.
template <size_t n>
int FindName(const std::array<std::string_view, n>& names, std::string_view word) {
  for (size_t i = 0; i < n; ++i) {
    if (word.size() >= 3 && names[i].starts_with(word)) return static_cast<int>(i);
  }
  return -1;
}

// Digits, letters, or one other sign; blanks and commas separate and are left out.
std::vector<std::string_view> Tokens(std::string_view text) {
  std::vector<std::string_view> tokens;
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    const auto same = IsDigit(text[i]) ? &IsDigit : IsLetter(text[i]) ? &IsLetter : nullptr;
    while (same != nullptr && end < text.size() && same(text[end])) ++end;
    if (text[i] != ' ' && text[i] != ',') tokens.push_back(text.substr(i, end - i));
    i = end;
  }
  return tokens;
}

class DateReader {
 public:
  explicit DateReader(std::string_view text) : text_(text), tokens_(Tokens(text)) {}

  std::optional<std::string> Read() {
    while (at_ < tokens_.size()) {
      if (!(IsDigit(tokens_[at_][0]) ? Digits() : IsLetter(tokens_[at_][0]) ? Word() : Sign())) return std::nullopt;
    }
    const bool has_date = month_ > 0 || !numbers_.empty() || weekday_;
    if (!(has_date || hour_ >= 0) || !PlaceNumbers() || !InRange()) return std::nullopt;
    if (year_ < 0 || month_ < 0 || day_ < 0) return std::string(text_);
    return Iso();
  }

 private:
  std::string_view Token(size_t ahead) const {
    return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : std::string_view();
  }
  bool IsNumber(size_t ahead) const { return !Token(ahead).empty() && IsDigit(Token(ahead)[0]); }
  int Number(size_t ahead) const { return Value(Token(ahead)); }
  // Of up to nine digits; longer ones are out of every range.
  static int Value(std::string_view digits) {
    int value = 0;
    for (char c : digits.substr(0, 9)) value = value * 10 + (c - '0');
    return digits.size() > 9 ? 1'000'000 : value;
  }

  bool Digits() {
    if (Token(1) == ":" && IsNumber(2)) return Time();
    const std::string_view token = Token(0);
    const std::string after = LowerCase(Token(1));
    if (hour_ < 0 && (after == "am" || after == "pm")) {
      hour_ = Number(0);
      ++at_;
      return true;
    }
    if (token.size() == 8 || token.size() == 12 || token.size() == 14) return Compact(token);
    if (after_t_ && (token.size() == 4 || token.size() == 6)) return CompactTime(token);
    numbers_.push_back(token);
    ++at_;
    return true;
  }

  bool Time() {
    if (hour_ >= 0) return false;
    hour_ = Number(0), minute_ = Number(2);
    at_ += 3;
    if (Token(0) == ":" && IsNumber(1)) {
      second_ = Number(1);
      at_ += 2;
    }
    if (Token(0) == "." && IsNumber(1)) {
      fraction_ = std::string(Token(1).substr(0, 6));
      at_ += 2;
    }
    return true;
  }

  bool Compact(std::string_view token) {
    year_ = Value(token.substr(0, 4)), month_ = Value(token.substr(4, 2)), day_ = Value(token.substr(6, 2));
    if (token.size() > 8) return CompactTime(token.substr(8));
    ++at_;
    return true;
  }

  bool CompactTime(std::string_view token) {
    hour_ = Value(token.substr(0, 2)), minute_ = Value(token.substr(2, 2));
    if (token.size() > 4) second_ = Value(token.substr(4, 2));
    ++at_;
    return true;
  }

  bool Word() {
    const std::string word = LowerCase(Token(0));
    ++at_;
    after_t_ = word == "t";
    if (const int month = FindName(kMonths, word); month >= 0 && month_ < 0) return month_ = month + 1, true;
    if (FindName(kWeekdays, word) >= 0) return weekday_ = true;
    if (word == "am" || word == "pm") return Half(word == "pm");
    if (word == "z" || word == "utc" || word == "gmt") return zone_ = "+00:00", true;
    return after_t_ || std::find(kFillers.begin(), kFillers.end(), word) != kFillers.end();
  }

  bool Half(bool afternoon) {
    if (hour_ < 1 || hour_ > 12) return false;
    hour_ = hour_ % 12 + (afternoon ? 12 : 0);
    return true;
  }

  bool Sign() {
    const char sign = Token(0)[0];
    ++at_;
    if (hour_ >= 0 && (sign == '+' || sign == '-') && IsNumber(0)) return Zone(sign);
    return sign == '-' || sign == '/' || sign == '.';
  }

  bool Zone(char sign) {
    std::string digits(Token(0));
    ++at_;
    if (digits.size() <= 2 && Token(0) == ":" && IsNumber(1)) {
      digits += Token(1);
      at_ += 2;
    }
    if (digits.size() == 2) digits += "00";
    if (digits.size() != 4) return false;
    zone_ = std::string(1, sign) + digits.substr(0, 2) + ":" + digits.substr(2);
    return true;
  }

  // Gives the plain numbers their meaning, now that month names and compact dates are known.
  bool PlaceNumbers() {
    const bool year_first = !numbers_.empty() && (numbers_[0].size() > 2 || Value(numbers_[0]) > 31);
    if (year_first && numbers_.size() == 3) return Place({&year_, &month_, &day_});
    const bool day_first = !numbers_.empty() && Value(numbers_[0]) > 12;
    std::vector<int*> order;
    if (month_ < 0 && !day_first) order = {&month_, &day_, &year_};
    if (month_ < 0 && day_first) order = {&day_, &month_, &year_};
    if (month_ >= 0) order = year_first ? std::vector{&year_, &day_} : std::vector{&day_, &year_};
    return Place(std::move(order));
  }

  bool Place(std::vector<int*> order) {
    if (numbers_.size() > order.size()) return false;
    for (size_t i = 0; i < numbers_.size(); ++i) {
      if (*order[i] >= 0) return false;
      *order[i] = Value(numbers_[i]);
      // Two digits mean the year of this age.
      if (order[i] == &year_ && numbers_[i].size() <= 2) year_ += year_ < 70 ? 2000 : 1900;
    }
    return true;
  }

  int DaysOfMonth() const {
    static constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year_ % 4 == 0 && (year_ % 100 != 0 || year_ % 400 == 0);
    if (month_ < 1) return 31;
    return kDays[static_cast<size_t>(month_ - 1)] + (month_ == 2 && (leap || year_ < 0) ? 1 : 0);
  }

  bool InRange() const {
    if (month_ != -1 && (month_ < 1 || month_ > 12)) return false;
    if (day_ != -1 && (day_ < 1 || day_ > DaysOfMonth())) return false;
    return year_ <= 9999 && year_ != 0 && hour_ <= 23 && minute_ <= 59 && second_ <= 59;
  }

  std::string Iso() const {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02dT%02d:%02d:%02d", year_ % 10000, month_ % 100, day_ % 100,
                  std::max(hour_, 0) % 100, minute_ % 100, second_ % 100);
    std::string out = buffer;
    if (fraction_.find_first_not_of('0') != std::string::npos)
      out += "." + fraction_ + std::string(6 - fraction_.size(), '0');
    return out + zone_;
  }

  std::string_view text_;
  std::vector<std::string_view> tokens_;
  size_t at_ = 0;
  std::vector<std::string_view> numbers_;
  int year_ = -1, month_ = -1, day_ = -1, hour_ = -1, minute_ = 0, second_ = 0;
  bool weekday_ = false, after_t_ = false;
  std::string fraction_, zone_;
};

}  // namespace

std::optional<std::string> ReadDateText(std::string_view text) { return DateReader(text).Read(); }

}  // namespace greenroom

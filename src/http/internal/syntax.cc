#include "http/internal/syntax.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include "http/message.h"

namespace greenroom {
namespace {

constexpr std::array<bool, 256> TokenTable() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<size_t>(c)] = table[static_cast<size_t>(c - 32)] = true;
  for (const unsigned char c : std::string_view("!#$%&'*+-.^_`|~")) table[c] = true;
  return table;
}
constexpr std::array<bool, 256> kToken = TokenTable();

bool Allowed(unsigned char c, Alphabet alphabet) {
  if (alphabet == Alphabet::kRequestLine) return c >= 0x20 && c < 0x7F;
  return (c >= 0x20 && c != 0x7F) || c == '\t';
}

}  // namespace

Line FindLine(std::string_view bytes, Alphabet alphabet, size_t limit) {
  const void* found = bytes.empty() ? nullptr : std::memchr(bytes.data(), '\n', bytes.size());
  const size_t end = found ? static_cast<size_t>(static_cast<const char*>(found) - bytes.data()) : bytes.size();
  for (size_t i = 0; i < end; ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (c == '\r' && i + 1 == end) break;
    if (!Allowed(c, alphabet)) return {LineState::kBadByte};
    if (i >= limit) return {LineState::kTooLong};
  }
  if (!found) return {LineState::kPartial};
  if (end == 0 || bytes[end - 1] != '\r') return {LineState::kBadByte};
  return {LineState::kWhole, bytes.substr(0, end - 1)};
}

bool IsToken(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return kToken[static_cast<unsigned char>(c)]; });
}

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool ListHas(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (EqualsIgnoringCase(TrimBlanks(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace greenroom

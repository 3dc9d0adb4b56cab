#include "nlu/characters.h"

#include <unicode/uchar.h>

#include <algorithm>

namespace greenroom {

bool IsWordPart(char32_t c) {
  if (c < 0x80) return IsWordCharacter(c);
  const auto character = static_cast<UChar32>(c);
  constexpr uint32_t kParts = U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  return (U_GET_GC_MASK(character) & kParts) != 0 || u_hasBinaryProperty(character, UCHAR_ALPHABETIC) || c == 0x200C ||
         c == 0x200D;
}

char32_t LowerCharacter(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  return static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
}

void DecodeInto(std::string_view text, std::u32string& out) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) {
    out.append(text.begin(), text.end());
  } else {
    out += DecodeUtf8(text);
  }
}

}  // namespace greenroom

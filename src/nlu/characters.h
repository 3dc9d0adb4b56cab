// Characters as the text components see them. base/text.h has the general rules; here is what only NLU needs.
// Thread rules: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/text.h"

namespace greenroom {

// A character of a script that is written without blanks between words: Han, Hiragana, Katakana (with their half-width
// and supplementary forms). One such character is one word.
inline bool IsIdeographic(char32_t c) {
  return (c >= 0x3040 && c < 0x3100) || (c >= 0x31F0 && c < 0x3200) || (c >= 0x3400 && c < 0xA000) ||
         (c >= 0xF900 && c < 0xFB00) || (c >= 0xFF66 && c < 0xFFA0) || (c >= 0x20000 && c < 0x32000);
}

// A character of a word by Unicode's own definition (UTS 18): letters, marks, decimal digits, connectors, joiners.
// Unlike IsWordCharacter, which follows Python's re module, it keeps words of Indic and Arabic scripts whole.
bool IsWordPart(char32_t c);

// Lower case of one character, where that is one character; so offsets stay what they are.
char32_t LowerCharacter(char32_t c);

// Appends the code points of `text`; faster than DecodeUtf8 for the usual short ASCII text.
void DecodeInto(std::string_view text, std::u32string& out);

}  // namespace greenroom

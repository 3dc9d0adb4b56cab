// A bitmap font of five by seven dots: capital letters, digits and the signs of names and numbers.
//
//   const Glyph& glyph = GlyphOf('A');  glyph[row] & (16 >> column)
//
// Small letters are drawn as capitals; a character that is missing is a little box. Thread rules: constants.
#pragma once

#include <array>
#include <cstdint>

namespace greenroom {

using Glyph = std::array<uint8_t, 7>;  // a row a byte, the left dot in the fifth bit
inline constexpr int kGlyphWidth = 5, kGlyphHeight = 7, kGlyphAdvance = 6;

const Glyph& GlyphOf(char32_t character);

}  // namespace greenroom

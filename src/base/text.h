// UTF-8 text: decoding, case, splitting, encodings. Offsets in the product are code points; strings are UTF-8.
// Thread rules: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace greenroom {

// Bad bytes become U+FFFD, one for each.
std::u32string DecodeUtf8(std::string_view text);
std::string EncodeUtf8(std::u32string_view text);
void AppendUtf8(std::string& out, char32_t code_point);
bool IsValidUtf8(std::string_view text);
// Byte offset of the first bad byte, or npos.
size_t FindInvalidUtf8(std::string_view text);
size_t CodePointCount(std::string_view text);
// Byte offset of the n-th code point (the size when there are fewer).
size_t ByteOffset(std::string_view text, size_t code_point);

// Full Unicode lower case; plain ASCII takes a fast path.
std::string LowerCase(std::string_view text);
// A letter, digit, mark or underscore as Python's \w sees it.
bool IsWordCharacter(char32_t c);
bool IsSpace(char32_t c);

// Without white space (ASCII and Unicode) at both ends.
std::string_view Trim(std::string_view text);
std::vector<std::string> Split(std::string_view text, char separator);
std::string Join(const std::vector<std::string>& parts, std::string_view separator);
std::string ReplaceAll(std::string_view text, std::string_view from, std::string_view to);

std::string HexEncode(std::string_view bytes);
std::string Base64Encode(std::string_view bytes);
// Both alphabets; padding may be absent but not wrong. Errors: base64_malformed.
Result<std::string> Base64Decode(std::string_view text);
// Without padding, with - and _.
std::string Base64UrlEncode(std::string_view bytes);

// Columns a code point takes on a terminal: 0 for combining marks and joiners, 2 for wide ones, else 1.
int DisplayWidth(char32_t c);
int DisplayWidth(std::string_view text);
// Control characters, line separators and bidi controls become visible escapes (\uXXXX) and bad bytes U+FFFD: such
// text can neither break a line nor drive a terminal.
std::string EscapeControls(std::string_view text);

// Letters (bytes) to insert, remove, replace or swap with their neighbour to get from `a` to `b`: the optimal string
// alignment distance, quadratic in time.
size_t EditDistance(std::string_view a, std::string_view b);

}  // namespace greenroom

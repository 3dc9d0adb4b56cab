// Pieces of HTTP grammar that requests and answers share. Pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace greenroom {

enum class Alphabet { kRequestLine, kHeaderLine };
enum class LineState { kPartial, kWhole, kBadByte, kTooLong };

struct Line {
  LineState state = LineState::kPartial;
  std::string_view text = {};  // without the line end; its size is text.size() + 2 with it
};

// Looks for one line that ends in CRLF. The first problem in the order of the bytes wins, so that the outcome is the
// same for every way to cut the input. `limit` bounds the text.
Line FindLine(std::string_view bytes, Alphabet alphabet, size_t limit);

// One or more token characters of RFC 9110, 5.6.2.
bool IsToken(std::string_view text);
// Without spaces and tabs at the ends.
std::string_view TrimBlanks(std::string_view text);
// Whether a comma-separated list has the token, in any case.
bool ListHas(std::string_view list, std::string_view token);

}  // namespace greenroom

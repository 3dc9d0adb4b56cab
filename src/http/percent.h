// Percent-encoding: a text as one segment of a path, or as a name or value of a query.
//
//   "/conversations/" + PercentEncode("a/b c") == "/conversations/a%2Fb%20c"
//
// Everything but letters, digits and - _ . ~ is encoded, so the result is never more than one part.
// Thread rules: pure function.
#pragma once

#include <string>
#include <string_view>

namespace greenroom {

std::string PercentEncode(std::string_view text);

}  // namespace greenroom

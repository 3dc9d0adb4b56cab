// Where a JSON text breaks the grammar. simdjson refuses texts without saying where; this finds the place.
// Internal to the JSON reader. Pure function, linear time, no recursion.
//
//   FindJsonFault("{\"a\":1,}")   // kSyntax at byte 7: "a key in double quotes is missing"
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace greenroom {

struct JsonFault {
  // kNumber: the grammar is right everywhere, and the longest or largest number stands at `offset`.
  enum class Kind { kNone, kSyntax, kLoneSurrogate, kNumber };
  Kind kind = Kind::kNone;
  size_t offset = 0;  // in bytes
  std::string what = {};
};

JsonFault FindJsonFault(std::string_view text);

}  // namespace greenroom

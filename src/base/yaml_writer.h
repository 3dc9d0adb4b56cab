// WriteYaml: a JSON value as YAML in block style, the way people write it.
//
//   WriteYaml(Json::Object({{"intents", Json::List({"greet"})}}))   ->   "intents:\n- greet\n"
//
// Lists stand at the column of their key, strings are plain where a YAML 1.1 or 1.2 reader takes them for the same
// string, otherwise single quoted, and double quoted when they hold line breaks or control characters. Empty objects
// and lists are {} and []. Reading the text gives the same value again.
// Thread rules: pure.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace greenroom {

// With a line break at the end.
std::string WriteYaml(const Json& value);
// One string as a scalar, without a line break.
std::string YamlScalar(std::string_view text);

}  // namespace greenroom

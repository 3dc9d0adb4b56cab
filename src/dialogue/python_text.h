// Values as Python prints them: what users see where a template shows a slot.
//
//   PythonText(Json(true))                        // True
//   PythonText(Json::List({1, "a"}))              // [1, 'a']
//   PythonText(Json())                            // None
//
// Thread rules: pure functions.
#pragma once

#include <string>

#include "base/json.h"

namespace greenroom {

// str(value): strings as they are, everything else as repr.
std::string PythonText(const Json& value);

}  // namespace greenroom

// Which names and urls the registry takes. Names become parts of urls, tags and commands, so they are plain and short.
//
//   CheckEnvironmentName("staging-2");              // ok
//   CheckEnvironmentUrl("http://10.0.0.7:5005");    // ok; also https and "" (embedded)
//
// Errors (kInvalidArgument): environment_name_invalid, tag_name_invalid, model_name_invalid, environment_url_invalid.
// Thread rules: pure functions.
#pragma once

#include <string_view>

#include "base/result.h"

namespace greenroom {

// [a-z0-9][a-z0-9_-]{0,62}
Result<void> CheckEnvironmentName(std::string_view name);
// [A-Za-z0-9][A-Za-z0-9 ._-]{0,62}, without white space at the end: Rasa X has such tags.
Result<void> CheckTagName(std::string_view name);
// [A-Za-z0-9][A-Za-z0-9._-]{0,127}, not of digits only (a version), no 64 hex digits (a digest).
Result<void> CheckModelName(std::string_view name);
// http(s)://host[:port], without path, query, user or fragment.
Result<void> CheckEnvironmentUrl(std::string_view url);

}  // namespace greenroom

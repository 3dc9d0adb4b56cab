// DucklingEntityExtractor: asks a Duckling server for dates, numbers, amounts and the like. Greenroom brings no such
// server; the program that embeds the pipeline may hand in a way to reach one. Without it training warns (N106) and
// nothing is extracted; a server that fails to answer means no entities, as in Rasa.
//
// Parameters: url, dimensions, locale, timezone, timeout (seconds, 3).
// Thread rules: const after training; `fetch` is called from any thread that parses.
#pragma once

#include <functional>
#include <string>

#include "pipeline/component.h"

namespace greenroom {

// One question: POST `form` (application/x-www-form-urlencoded) to `url`.
struct DucklingQuery {
  std::string url;
  std::string form;
  double timeout_seconds = 3;
};
// Returns the JSON text of the answer.
using DucklingFetch = std::function<Result<std::string>(const DucklingQuery&)>;

// `fetch` may be empty.
ComponentFactory DucklingEntityExtractorFactory(DucklingFetch fetch);

}  // namespace greenroom

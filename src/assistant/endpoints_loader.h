// The loaders of endpoints.yml and credentials.yml.
//
// Sections that are absent are empty: an EndpointConfig with url "" or a null Json. Keys that belong to one kind of
// store or broker are kept as written. Codes: E001-E007. Thread rules: pure functions.
#pragma once

#include "assistant/report.h"
#include "assistant/source.h"

namespace greenroom {

Endpoints LoadEndpoints(const YamlNode& root, Report& report);

// Channel name -> settings; a channel without settings has an empty object.
Json LoadCredentials(const YamlNode& root, Report& report);

}  // namespace greenroom

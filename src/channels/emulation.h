// The answers of other NLU services, made of a parse: a client written for one of them goes on working.
//
//   Result<Json> body = EmulatedParse(parse_json, "LUIS");
//
// Forms: Wit.ai messages, LUIS v3 predictions, Dialogflow v2 query results, as Rasa 3.6 writes them. Names of services
// in any case. Errors: bad_query. Thread rules: pure but for Dialogflow's response id, which is new each time.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"

namespace greenroom {

// `parse` as ParseToJson writes it.
Result<Json> EmulatedParse(const Json& parse, const std::string& service);

}  // namespace greenroom

// Exchange: one recorded request with its answer, and how the answer of another server compares with it.
//
// Compared are the status, headers that clients act upon, and the shape of the body: the type of every value, the names
// of members, the length of lists; of texts only those that programs read (`reason`, `status`, ...). What differs from
// run to run (ids, times, confidences, prose) is not.
//
//   HttpClientRequest request = RequestOf(exchange, "http://127.0.0.1:4000");
//   std::string difference = CompareAnswers(exchange, answer);                  // "" = the same
//
// Thread rules: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "http/client.h"

namespace greenroom::conformance {

HttpClientRequest RequestOf(const Json& exchange, const std::string& base_url);

// Both sides, readable; "" when a client could not tell them apart.
std::string CompareAnswers(const Json& exchange, const HttpClientResponse& ours);

// The row of docs/fidelity.md that a different answer is; "" = none.
std::string_view DocumentedExchange(const Json& exchange, const HttpClientResponse& ours);

}  // namespace greenroom::conformance

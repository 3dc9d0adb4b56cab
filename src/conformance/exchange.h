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

#include "base/json.h"
#include "http/client.h"

namespace greenroom::conformance {

HttpClientRequest RequestOf(const Json& exchange, const std::string& base_url);

// Both sides, readable; "" when a client could not tell them apart.
std::string CompareAnswers(const Json& exchange, const HttpClientResponse& ours);

// `recorded`: the answer. Where the recorded server failed (5xx) a fitting refusal (4xx) in one of its error shapes is
// better.
bool IsBetterRefusal(const Json& recorded, const HttpClientResponse& ours);

}  // namespace greenroom::conformance

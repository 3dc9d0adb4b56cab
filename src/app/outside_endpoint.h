// The action server and the NLG server of endpoints.yml as the client of outside calls wants them.
//
//   OutsideEndpoint endpoint = MakeEndpoint(source.endpoints.action);
//   // url "http://actions:5055/webhook?token=a%26b", header Authorization: Basic ...
//
// `params` and `token` become part of the query, percent-encoded; `basic_auth` becomes a header, over one of the same
// name under `headers`; `cafile` is trusted instead of the system's certificates. Thread rules: pure function.
#pragma once

#include "assistant/source.h"
#include "channels/action_server.h"

namespace greenroom {

OutsideEndpoint MakeEndpoint(const EndpointConfig& config);

}  // namespace greenroom

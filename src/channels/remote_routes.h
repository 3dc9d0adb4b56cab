// Routes of a Rasa server whose environment is remote: the request goes on to that server and its answer comes back.
//
//   std::vector<Route> routes = ForwardRemote(RasaRoutes(services), servers);
//
// Path (without the environment), query, body, Content-Type and Idempotency-Key go along; credentials of the client do
// not, the server gets the token of its environment. Requests of embedded environments reach their handler as before.
// Answers: what the server said when it is a success or about the request (4xx); else 502, 503 or 504 with a reason
// (serving/remote_caller.h). Thread rules: handlers may be called from any thread and never block.
#pragma once

#include <vector>

#include "http/router.h"
#include "serving/remote_servers.h"

namespace greenroom {

// `servers` outlives the routes.
std::vector<Route> ForwardRemote(std::vector<Route> routes, const RemoteServers& servers);

}  // namespace greenroom

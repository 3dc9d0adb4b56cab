// Other addresses of the routes of a Rasa server, as they are where Rasa X stands in front of one.
//
//   routes = WithAliases(std::move(routes));     // after the remote environments were wired
//
// `/core/...` is production's whole API: there a proxy takes the prefix off.
// `/api/conversations/{conversation_id}/predict` and `.../execute` name the environment in the query. An alias has the
// handler of its route, which sees the request as if it had come to the route's own address. Thread rules: a pure
// function; the handlers are as thread-safe as theirs.
#pragma once

#include <vector>

#include "http/router.h"

namespace greenroom {

std::vector<Route> WithAliases(std::vector<Route> routes);

}  // namespace greenroom

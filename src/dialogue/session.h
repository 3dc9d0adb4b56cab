// Sessions: when a conversation begins anew, and what is carried over.
//
// A session is due when nothing counts of the history so far, or when the last user message is older than the domain's
// expiration time (minutes; 0 = never). Both look at applied events: after a restart there is no user message left.
// Thread rules: pure functions.
#pragma once

#include <vector>

#include "assistant/domain.h"
#include "conversation/tracker.h"

namespace greenroom {

// `now` in unix seconds.
bool SessionIsDue(const Domain& domain, const Tracker& tracker, double now);

// What action_session_start does: session_started, every slot event of the old session again if the domain carries
// slots over, and a listen.
std::vector<Event> SessionStartEvents(const Domain& domain, const Tracker& tracker);

}  // namespace greenroom

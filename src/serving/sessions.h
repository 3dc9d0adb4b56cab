// Sessions of a conversation as they are stored: one after the other in one list of events. A session begins with its
// `session_started`, or with the action before it that started it.
// Thread rules: pure functions.
#pragma once

#include <memory>
#include <vector>

#include "conversation/tracker.h"

namespace greenroom {

// The tracker of the latest session: what turns go on from. The same tracker when there is only one.
std::shared_ptr<const Tracker> CurrentSession(std::shared_ptr<const Tracker> tracker,
                                              std::shared_ptr<const SlotTable> slots);

// A tracker for each session, oldest first, none without events. What stands before the first session that says when it
// began is a session too.
std::vector<Tracker> SessionsOf(const std::vector<Event>& events, std::shared_ptr<const SlotTable> slots,
                                const std::string& conversation);

}  // namespace greenroom

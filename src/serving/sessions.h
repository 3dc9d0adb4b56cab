// Sessions of a conversation as they are stored: one after the other in one list of events. A session begins with its
// `session_started`, or with the action before it that started it.
// Thread rules: pure functions.
#pragma once

#include <memory>
#include <vector>

#include "conversation/tracker.h"
#include "conversation/turn_store.h"
#include "dialogue/turn.h"

namespace greenroom {

// The tracker of the latest session: what turns go on from. The same tracker when there is only one.
std::shared_ptr<const Tracker> CurrentSession(std::shared_ptr<const Tracker> tracker,
                                              std::shared_ptr<const SlotTable> slots);

// A tracker for each session, oldest first, none without events. What stands before the first session that says when it
// began is a session too.
std::vector<Tracker> SessionsOf(const std::vector<Event>& events, std::shared_ptr<const SlotTable> slots,
                                const std::string& conversation);

// The events that a new session begins with, as the default action_session_start leaves them; stamped from `now` on.
std::vector<Event> SessionBeginning(const LiveModel& model, double now);

// The event with the marks that every event of a Rasa server has in its metadata: model_id and assistant_id. Turns keep
// them at what was said alone; the store knows the model of all.
Event WithModel(StoredEvent stored, const std::string& assistant_id);

}  // namespace greenroom

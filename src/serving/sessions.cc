#include "serving/sessions.h"

#include "dialogue/session.h"

namespace greenroom {
namespace {

// The session start action counts where it stands right before the session event.
template <typename Events>
bool BeginsAt(const Events& events, size_t i) {
  const auto starts = [&](size_t at) {
    const ActionExecuted* action = events[at].template As<ActionExecuted>();
    return action != nullptr && action->name == "action_session_start";
  };
  const auto started = [&](size_t at) { return events[at].template As<SessionStarted>() != nullptr; };
  if (started(i)) return i == 0 || !starts(i - 1);
  return starts(i) && i + 1 < events.size() && started(i + 1);
}

}  // namespace

std::shared_ptr<const Tracker> CurrentSession(std::shared_ptr<const Tracker> tracker,
                                              std::shared_ptr<const SlotTable> slots) {
  const EventList& events = tracker->events();
  size_t begin = events.size();
  while (begin > 0 && !BeginsAt(events, begin - 1)) --begin;
  if (begin <= 1) return tracker;
  auto session = std::make_shared<Tracker>(std::move(slots), tracker->conversation_id());
  for (size_t i = begin - 1; i < events.size(); ++i) session->Apply(events[i]);
  return session;
}

std::vector<Tracker> SessionsOf(const std::vector<Event>& events, std::shared_ptr<const SlotTable> slots,
                                const std::string& conversation) {
  std::vector<Tracker> sessions;
  for (size_t i = 0; i < events.size(); ++i) {
    if (i == 0 || BeginsAt(events, i)) sessions.emplace_back(slots, conversation);
    sessions.back().Apply(events[i]);
  }
  return sessions;
}

Event WithModel(StoredEvent stored, const std::string& assistant_id) {
  Json& metadata = stored.event.metadata;
  if (stored.model.empty() || metadata.Find("model_id") != nullptr) return std::move(stored.event);
  if (!metadata.is_object()) metadata = Json::Object();
  metadata.Set("model_id", stored.model).Set("assistant_id", assistant_id);
  return std::move(stored.event);
}

std::vector<Event> SessionBeginning(const LiveModel& model, double now) {
  constexpr double kTick = 1e-6;
  std::vector<Event> events = {{.body = ActionExecuted{.name = "action_session_start", .confidence = 1.0}}};
  for (Event& event : SessionStartEvents(model.domain, Tracker(model.slot_table, "")))
    events.push_back(std::move(event));
  for (size_t i = 0; i < events.size(); ++i) {
    events[i].timestamp = now + kTick * static_cast<double>(i);
    events[i] = WithModel({.model = model.digest, .event = std::move(events[i])}, model.assistant_id);
  }
  return events;
}

}  // namespace greenroom

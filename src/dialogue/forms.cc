#include "dialogue/forms.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "dialogue/slot_extraction.h"

namespace greenroom {
namespace {

constexpr const char* kRequestedSlot = "requested_slot";
constexpr const char* kListen = "action_listen";

Event SlotEvent(std::string name, Json value) {
  return {.body = SlotSet{.name = std::move(name), .value = std::move(value)}};
}

bool HasRejection(const std::vector<Event>& events) {
  return std::any_of(events.begin(), events.end(),
                     [](const Event& event) { return event.As<ActionRejected>() != nullptr; });
}

// Whether the events end the form: the last word about requested_slot or about the loop is null.
bool EndsForm(const std::vector<Event>& events) {
  std::optional<bool> slot_ends, loop_ends;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    const SlotSet* slot = event->As<SlotSet>();
    if (slot != nullptr && slot->name == kRequestedSlot && !slot_ends) slot_ends = slot->value.is_null();
    const ActiveLoop* loop = event->As<ActiveLoop>();
    if (loop != nullptr && !loop_ends) loop_ends = !loop->name.has_value();
  }
  return slot_ends.value_or(false) || loop_ends.value_or(false);
}

void MoveInto(std::vector<Event> from, std::vector<Event>& to) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

// One run. Every step may fail, be rejected or have to wait; `stopped()` says so and the rest is skipped.
class FormRun {
 public:
  FormRun(const FormDef& form, TurnContext& turn, const Tracker& seen) : form_(form), turn_(turn), seen_(seen) {}

  ActionOutcome Run() {
    if (seen_.loop().name != form_.name) Open();
    if (!stopped() && !EndsForm(events_)) Proceed();
    if (!stopped() && EndsForm(events_)) events_.push_back({.body = ActiveLoop{}});
    if (stopped()) return std::move(problem_);
    return {.events = std::move(events_)};
  }

 private:
  bool stopped() const { return turn_.waits() || problem_.rejected || !problem_.failure.empty(); }

  // Extraction runs again, because trigger mappings only see an open form; of it only slots count.
  void Open() {
    events_.push_back({.body = ActiveLoop{.name = form_.name}});
    Tracker opened = seen_;
    opened.Apply(events_.back());
    std::vector<Event> extracted;
    for (Event& event : ExtractSlots(turn_, opened)) {
      if (event.As<SlotSet>() == nullptr) continue;
      opened.Apply(event);
      extracted.push_back(std::move(event));
    }
    if (turn_.waits()) return;
    std::vector<Event> validated = ValidateFilled(opened);
    if (stopped()) return;
    std::set<std::string> decided;
    for (const Event& event : validated) {
      if (const SlotSet* slot = event.As<SlotSet>()) decided.insert(slot->name);
    }
    MoveInto(std::move(validated), events_);
    for (Event& event : extracted) {
      if (!decided.contains(event.As<SlotSet>()->name)) events_.push_back(std::move(event));
    }
  }

  std::vector<Event> ValidateFilled(const Tracker& opened) {
    std::vector<std::pair<std::string, Json>> filled;
    for (const std::string& slot : form_.required_slots) {
      if (!opened.Slot(slot).is_null()) filled.emplace_back(slot, opened.Slot(slot));
    }
    return Validate(filled, opened);
  }

  void Proceed() {
    std::vector<Event> validated;
    // An opening that ended in slot events has validated already.
    if (events_.empty() || events_.back().As<ActiveLoop>() != nullptr) validated = ValidateAnswer();
    if (stopped()) return;
    const bool rejected = HasRejection(validated);
    MoveInto(std::move(validated), events_);
    if (!rejected) RequestNext();
  }

  std::vector<Event> ValidateAnswer() {
    const ActionExecuted* action = seen_.latest_action();
    const bool answers = action != nullptr && action->name == kListen && !seen_.loop().is_interrupted;
    if (!seen_.loop().name.empty() && !answers) return Validate({}, seen_);
    const auto answered = SlotsOfThisTurn();
    std::vector<Event> validated = Validate(answered, seen_);
    if (stopped()) return {};
    const bool some_validated = std::any_of(validated.begin(), validated.end(), [](const Event& event) {
      const SlotSet* slot = event.As<SlotSet>();
      return slot != nullptr && slot->name != kRequestedSlot;
    });
    const bool was_asked = !RequestedIn(seen_).is_falsy();
    if (was_asked && answered.empty() && !some_validated && !HasRejection(validated)) problem_.rejected = true;
    return validated;
  }

  // A slot that another form asked for is none of ours.
  Json RequestedIn(const Tracker& state) const {
    return state.loop().name == form_.name ? state.Slot(kRequestedSlot) : Json();
  }

  // Required slots, and the requested one, that events since the last user message have set.
  std::vector<std::pair<std::string, Json>> SlotsOfThisTurn() const {
    std::set<std::string> wanted(form_.required_slots.begin(), form_.required_slots.end());
    wanted.insert(RequestedIn(seen_).AsString());
    const EventList& events = seen_.events();
    size_t start = events.size();
    while (start > 0 && events[start - 1].As<UserUttered>() == nullptr) --start;
    std::vector<std::pair<std::string, Json>> slots;
    for (size_t i = start; i < events.size(); ++i) {
      const SlotSet* slot = events[i].As<SlotSet>();
      if (slot == nullptr || !wanted.contains(slot->name)) continue;
      auto at = std::find_if(slots.begin(), slots.end(), [&](const auto& entry) { return entry.first == slot->name; });
      if (at == slots.end())
        slots.emplace_back(slot->name, slot->value);
      else
        at->second = slot->value;
    }
    return slots;
  }

  // The state that validators and questions see: the new events stand after a run of the form.
  Tracker Ahead(const Tracker& base, const std::vector<Event>& events) const {
    Tracker ahead = base;
    ahead.Apply(SlotEvent(kRequestedSlot, RequestedIn(base)));
    ahead.Apply({.body = ActionExecuted{.name = form_.name}});
    for (const Event& event : events) ahead.Apply(event);
    return ahead;
  }

  std::vector<Event> Validate(const std::vector<std::pair<std::string, Json>>& candidates, const Tracker& base) {
    const std::string validator = "validate_" + form_.name;
    if (!turn_.domain().IsListedAction(validator)) return {};
    std::vector<Event> proposed;
    for (const auto& [name, value] : candidates) proposed.push_back(SlotEvent(name, value));
    return Perform(validator, Ahead(base, proposed));
  }

  std::vector<Event> Perform(const std::string& action, const Tracker& seen) {
    ActionOutcome outcome = PerformAction(action, turn_, seen);
    if (turn_.waits()) return {};
    if (outcome.rejected || !outcome.failure.empty()) {
      problem_ = std::move(outcome);
      problem_.events.clear();
      return {};
    }
    return std::move(outcome.events);
  }

  void RequestNext() {
    if (EndsForm(events_)) {
      events_.push_back(SlotEvent(kRequestedSlot, {}));
      return;
    }
    const Tracker ahead = Ahead(seen_, events_);
    std::string next = RequestedByValidator();
    if (next.empty()) {
      next = FirstMissing(ahead);
      events_.push_back(SlotEvent(kRequestedSlot, next.empty() ? Json() : Json(next)));
    }
    const std::string question = next.empty() ? "" : QuestionFor(turn_.domain(), form_.name, next);
    if (!question.empty()) MoveInto(Perform(question, ahead), events_);
  }

  std::string RequestedByValidator() const {
    for (const Event& event : events_) {
      const SlotSet* slot = event.As<SlotSet>();
      if (slot != nullptr && slot->name == kRequestedSlot) return slot->value.AsString();
    }
    return "";
  }

  std::string FirstMissing(const Tracker& ahead) const {
    for (const std::string& slot : form_.required_slots) {
      if (ahead.Slot(slot).is_null()) return slot;
    }
    return "";
  }

  const FormDef& form_;
  TurnContext& turn_;
  const Tracker& seen_;
  std::vector<Event> events_;
  ActionOutcome problem_;
};

}  // namespace

ActionOutcome RunForm(const FormDef& form, TurnContext& turn, const Tracker& seen) {
  return FormRun(form, turn, seen).Run();
}

std::string QuestionFor(const Domain& domain, const std::string& form, const std::string& slot) {
  for (const std::string& name : {form + "_" + slot, slot}) {
    if (domain.IsListedAction("action_ask_" + name)) return "action_ask_" + name;
    if (ActionExists(domain, "utter_ask_" + name)) return "utter_ask_" + name;
  }
  return "";
}

}  // namespace greenroom

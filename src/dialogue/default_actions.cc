#include "dialogue/default_actions.h"

#include <map>
#include <utility>

#include "dialogue/session.h"
#include "dialogue/slot_extraction.h"
#include "dialogue/two_stage_fallback.h"

namespace greenroom {
namespace {

ActionOutcome DoNothing(TurnContext&, const Tracker&) { return {}; }

// Says a response and then adds `events`; a response that fails takes the events with it, as any failed action does.
ActionOutcome SayThen(const std::string& response, std::vector<Event> events, TurnContext& turn, const Tracker& seen) {
  ActionOutcome outcome = SayResponse(response, turn, seen);
  if (turn.waits() || !outcome.failure.empty()) return outcome;
  std::move(events.begin(), events.end(), std::back_inserter(outcome.events));
  return outcome;
}

ActionOutcome Restart(TurnContext& turn, const Tracker& seen) {
  return SayThen("utter_restart", {{.body = Restarted{}}}, turn, seen);
}

ActionOutcome StartSession(TurnContext& turn, const Tracker& seen) {
  return {.events = SessionStartEvents(turn.domain(), seen)};
}

ActionOutcome Fallback(TurnContext& turn, const Tracker& seen) {
  return SayThen("utter_default", {{.body = UserUtteranceReverted{}}}, turn, seen);
}

ActionOutcome DeactivateLoop(TurnContext&, const Tracker&) {
  return {.events = {{.body = ActiveLoop{}}, {.body = SlotSet{.name = "requested_slot"}}}};
}

std::string IntentToAffirm(const Parse& parse) {
  const bool is_fallback = parse.intent.name == "nlu_fallback" && parse.ranking.size() > 1;
  return is_fallback ? parse.ranking[1].name : parse.intent.name;
}

ActionOutcome AskAffirmation(TurnContext&, const Tracker& seen) {
  const UserUttered* user = seen.latest_message();
  if (user == nullptr) return {.failure = "no_user_message", .message = "there is no message to ask about"};
  const std::string intent = IntentToAffirm(user->parse);
  Json buttons = Json::List({Json::Object({{"title", "Yes"}, {"payload", "/" + intent}}),
                             Json::Object({{"title", "No"}, {"payload", "/out_of_scope"}})});
  BotMessage message{.text = "Did you mean '" + intent + "'?",
                     .data = Json::Object({{"buttons", std::move(buttons)}}),
                     .metadata = Json::Object({{"utter_action", "action_default_ask_affirmation"}})};
  return {.events = {BotEvent(std::move(message))}};
}

ActionOutcome AskRephrase(TurnContext& turn, const Tracker& seen) {
  return SayResponse("utter_ask_rephrase", turn, seen);
}

ActionOutcome Back(TurnContext& turn, const Tracker& seen) {
  return SayThen("utter_back", {{.body = UserUtteranceReverted{}}, {.body = UserUtteranceReverted{}}}, turn, seen);
}

ActionOutcome ExtractAgain(TurnContext& turn, const Tracker& seen) { return {.events = ExtractSlots(turn, seen)}; }

// Says the text that stands in the entities of the last message.
ActionOutcome SendText(TurnContext&, const Tracker& seen) {
  const UserUttered* user = seen.latest_message();
  if (user == nullptr) return {};
  for (const Entity& entity : user->parse.entities) {
    if (entity.entity == "text")
      return {.events = {BotEvent({.text = entity.value.AsString(), .data = Json::Object()})}};
  }
  return {};
}

}  // namespace

const DefaultAction* FindDefaultAction(std::string_view name) {
  static const std::map<std::string_view, DefaultAction> actions = {
      {"action_listen", DoNothing},
      {"action_restart", Restart},
      {"action_session_start", StartSession},
      {"action_default_fallback", Fallback},
      {"action_deactivate_loop", DeactivateLoop},
      {"action_revert_fallback_events", RevertFallbackEvents},
      {"action_default_ask_affirmation", AskAffirmation},
      {"action_default_ask_rephrase", AskRephrase},
      {"action_two_stage_fallback", RunTwoStageFallback},
      {"action_unlikely_intent", DoNothing},
      {"action_back", Back},
      {"action_extract_slots", ExtractAgain},
      {"action_send_text", SendText}};
  auto at = actions.find(name);
  return at == actions.end() ? nullptr : &at->second;
}

}  // namespace greenroom

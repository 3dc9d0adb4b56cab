#include "dialogue/turn.h"

#include <algorithm>
#include <utility>

#include "dialogue/actions.h"
#include "dialogue/session.h"
#include "dialogue/slot_extraction.h"
#include "dialogue/states.h"
#include "dialogue/turn_context.h"

namespace greenroom {
namespace {

constexpr const char* kListen = "action_listen";
constexpr const char* kSessionStart = "action_session_start";

Event ActionEvent(const std::string& name, double confidence, const Prediction& prediction, const Domain& domain) {
  // The ensemble names a followup so in its answer; the history shows it in the same way.
  ActionExecuted action{
      .name = name, .policy = prediction.policy, .confidence = confidence, .hide_rule_turn = prediction.hide_rule_turn};
  if (std::find(domain.e2e_actions.begin(), domain.e2e_actions.end(), name) != domain.e2e_actions.end()) {
    action.name.clear();
    action.action_text = name;
  }
  Event event{.body = std::move(action)};
  // Why an intent was not expected is for whoever reviews the conversation, and for whoever answers the action. A
  // policy that remembers the action from a story has no reason to tell.
  if (name == kActionUnlikelyIntent && prediction.diagnostics.Find("query_intent") != nullptr)
    event.metadata = prediction.diagnostics;
  return event;
}

bool HasRejection(const std::vector<Event>& events) {
  return std::any_of(events.begin(), events.end(),
                     [](const Event& event) { return event.As<ActionRejected>() != nullptr; });
}

bool HasUserMessage(const std::vector<Event>& events) {
  return std::any_of(events.begin(), events.end(),
                     [](const Event& event) { return event.As<UserUttered>() != nullptr; });
}

// Copies the state only when an action would notice the events of the policies: featurization changes nothing.
ActionOutcome PerformWith(const std::vector<Event>& policy_events, const std::string& name, TurnContext& turn) {
  const bool noticeable = std::any_of(policy_events.begin(), policy_events.end(),
                                      [](const Event& event) { return event.As<UserFeaturization>() == nullptr; });
  if (!noticeable) return PerformAction(name, turn, turn.tracker());
  Tracker ahead = turn.tracker();
  for (const Event& event : policy_events) ahead.Apply(event);
  return PerformAction(name, turn, ahead);
}

void AppendFailure(const std::string& name, ActionOutcome& outcome, TurnContext& turn) {
  turn.Warn("action `" + name + "` failed: " + outcome.message);
  turn.Append({.body = ActionFailed{.name = name, .reason = outcome.failure, .message = std::move(outcome.message)}});
}

// Runs one predicted action and writes what happened: events of the policies, the action, the action's events.
void RunPredicted(const std::string& name, double confidence, Prediction prediction, TurnContext& turn) {
  ActionOutcome outcome = PerformWith(prediction.events, name, turn);
  if (turn.waits()) return;
  if (outcome.rejected) {
    turn.Append({.body = ActionRejected{.name = name, .policy = prediction.policy, .confidence = confidence}});
    return;
  }
  if (!HasRejection(outcome.events)) {
    turn.AppendAll(std::move(prediction.events));
    turn.Append(ActionEvent(name, confidence, prediction, turn.domain()));
  }
  const bool injects_message = HasUserMessage(outcome.events);
  turn.AppendAll(std::move(outcome.events));
  if (!outcome.failure.empty()) AppendFailure(name, outcome, turn);
  if (injects_message) AppendExtractedSlots(turn);
}

void StartSessionIfDue(TurnContext& turn) {
  if (!SessionIsDue(turn.domain(), turn.tracker(), turn.input().now)) return;
  const Json& metadata = turn.input().message.metadata;
  if (metadata.size() > 0 && !turn.input().message.external)
    turn.Append({.body = SlotSet{.name = "session_started_metadata", .value = metadata}});
  RunPredicted(kSessionStart, 1.0, Prediction{}, turn);
}

void AppendUserMessage(TurnContext& turn) {
  const UserMessage& message = turn.input().message;
  Event event{.body = UserUttered{.text = message.text,
                                  .parse = message.parse.value_or(Parse{.text = message.text}),
                                  .input_channel = turn.channel(),
                                  .message_id = message.message_id},
              .metadata = message.metadata};
  if (message.external) {
    if (!event.metadata.is_object()) event.metadata = Json::Object();
    event.metadata.Set("is_external", true);
  }
  turn.Append(std::move(event));
}

// Actions since the assistant listened last; made-up ones count, rejections do not.
int ActionsSinceListen(const Tracker& tracker) {
  int count = 0;
  for (auto event = tracker.events().rbegin(); event != tracker.events().rend(); ++event) {
    const ActionExecuted* action = event->As<ActionExecuted>();
    if (action == nullptr) continue;
    if (action->name == kListen || action->name == kSessionStart) break;
    ++count;
  }
  return count;
}

// Without this listen the conversation would be mute for ever, because the next turn would count the same actions
// again.
void BreakCircuit(TurnContext& turn) {
  turn.Warn(
      "the turn was ended after too many actions without a listen; check rules and stories for endless sequences");
  turn.Append({.body = ActionExecuted{.name = kListen}});
}

bool MayAct(const Tracker& tracker) {
  const UserUttered* user = tracker.latest_message();
  return !tracker.paused() || (user != nullptr && user->parse.intent.name == "restart");
}

void PredictUntilListen(TurnContext& turn) {
  const int limit = turn.input().settings.max_actions;
  // Rejections, undos and listens made up by actions leave the count as it is; the steps bound them too.
  for (int step = 0; MayAct(turn.tracker()); ++step) {
    if (ActionsSinceListen(turn.tracker()) >= limit || step >= 5 * limit) return BreakCircuit(turn);
    Prediction prediction = turn.Predict();
    const auto [index, confidence] = prediction.Best();
    const std::string name = index < 0 ? kListen : turn.model().ensemble->actions().Name(index);
    if (prediction.is_end_to_end) AppendExtractedSlots(turn);
    if (turn.waits()) return;
    RunPredicted(name, confidence, std::move(prediction), turn);
    if (turn.waits() || name == kListen || name == kSessionStart) return;
  }
}

void RunOrdered(const ActionOrder& order, TurnContext& turn) {
  Prediction prediction;
  prediction.policy = order.policy;
  RunPredicted(order.name, order.confidence, std::move(prediction), turn);
}

}  // namespace

TurnProgress RunTurn(const LiveModel& model, const TurnInput& input, const std::vector<CallAnswer>& answers) {
  TurnContext turn(model, input, answers);
  StartSessionIfDue(turn);
  if (input.message.action) {
    if (!turn.waits()) RunOrdered(*input.message.action, turn);
    return std::move(turn).Finish();
  }
  if (!turn.waits()) AppendUserMessage(turn);
  if (!turn.waits()) AppendExtractedSlots(turn);
  if (!turn.waits() && !input.message.log_only) PredictUntilListen(turn);
  return std::move(turn).Finish();
}

}  // namespace greenroom

#include "dialogue/actions.h"

#include <algorithm>
#include <utility>

#include "dialogue/default_actions.h"
#include "dialogue/forms.h"
#include "dialogue/remote_action.h"

namespace greenroom {
namespace {

constexpr std::string_view kUtterPrefix = "utter_";

ActionOutcome Failed(std::string reason, std::string message) {
  return {.failure = std::move(reason), .message = std::move(message)};
}

bool IsRetrievalAction(const Domain& domain, const std::string& name) {
  if (!name.starts_with(kUtterPrefix)) return false;
  const IntentDef* intent = domain.FindIntent(name.substr(kUtterPrefix.size()));
  return intent != nullptr && intent->is_retrieval;
}

// The full response name that the selector chose for the last message; "" when none did.
std::string SelectedResponse(const std::string& name, const Tracker& seen) {
  const UserUttered* user = seen.latest_message();
  if (user == nullptr) return "";
  const Json& selectors = user->parse.response_selector;
  const Json* chosen = selectors.Find(name.substr(kUtterPrefix.size()));
  if (chosen == nullptr) chosen = selectors.Find("default");
  return chosen == nullptr ? "" : (*chosen)["response"]["utter_action"].AsString();
}

ActionOutcome SaySelectedResponse(const std::string& name, TurnContext& turn, const Tracker& seen) {
  const std::string selected = SelectedResponse(name, seen);
  if (!selected.empty()) return SayResponse(selected, turn, seen);
  turn.Warn("`" + name + "` says nothing: no response selector chose an answer");
  return {};
}

// One response of the domain or of the NLG server, ready to be said.
Result<std::optional<BotMessage>> Generate(const std::string& name, Json arguments, TurnContext& turn,
                                           const Tracker& seen) {
  const ResponseChoice choice = turn.Choice(seen, std::move(arguments));
  std::optional<BotMessage> message;
  if (turn.input().settings.has_nlg_endpoint) {
    const CallAnswer* answer = turn.Call(TurnCall::Kind::kNlg, name, [&] {
      return MakeNlgRequest(name, ResponseIdForNlg(name, choice), seen, turn.channel());
    });
    if (answer == nullptr) return std::optional<BotMessage>{};
    GR_ASSIGN(message, ReadNlgReply(*answer));
  } else {
    GR_ASSIGN(message, RenderResponse(name, choice));
  }
  if (message) {
    if (!message->metadata.is_object()) message->metadata = Json::Object();
    message->metadata.Set("utter_action", name);
  }
  return message;
}

// The message of one entry of `responses`; nullopt when its named response says nothing.
Result<std::optional<BotMessage>> MessageOfReply(Json fields, TurnContext& turn, const Tracker& seen) {
  const std::string named = fields["response"].AsString();
  fields.Erase("response");
  BotMessage message;
  if (!named.empty()) {
    GR_ASSIGN(std::optional<BotMessage> generated, Generate(named, fields, turn, seen));
    if (!generated) return generated;
    message = std::move(*generated);
  }
  return std::optional<BotMessage>(OverlayReply(std::move(message), fields));
}

ActionOutcome OutcomeOfReply(ActionReply reply, TurnContext& turn, const Tracker& seen) {
  if (reply.rejected) return {.rejected = true};
  if (!reply.failure.empty()) return Failed(std::move(reply.failure), std::move(reply.message));
  ActionOutcome outcome;
  for (Json& fields : reply.responses) {
    auto message = MessageOfReply(std::move(fields), turn, seen);
    if (turn.waits()) return {};
    if (!message.ok()) return Failed(message.error().reason, message.error().message);
    if (*message) outcome.events.push_back(BotEvent(std::move(**message)));
  }
  std::move(reply.events.begin(), reply.events.end(), std::back_inserter(outcome.events));
  return outcome;
}

bool SendsDomain(const TurnContext& turn, const std::string& name) {
  if (!turn.input().settings.selective_domain || name.starts_with("validate_")) return true;
  for (const ActionDef& action : turn.domain().actions) {
    if (action.name == name) return action.send_domain;
  }
  return true;
}

bool IsEndToEndText(const Domain& domain, const std::string& name) {
  return std::find(domain.e2e_actions.begin(), domain.e2e_actions.end(), name) != domain.e2e_actions.end();
}

}  // namespace

ActionOutcome SayResponse(const std::string& name, TurnContext& turn, const Tracker& seen) {
  auto message = Generate(name, Json::Object(), turn, seen);
  if (turn.waits()) return {};
  if (!message.ok()) return Failed(message.error().reason, message.error().message);
  ActionOutcome outcome;
  if (*message) outcome.events.push_back(BotEvent(std::move(**message)));
  return outcome;
}

ActionOutcome CallCustomAction(const std::string& name, TurnContext& turn, const Tracker& seen) {
  if (!turn.input().settings.has_action_endpoint) {
    return Failed("no_action_endpoint", "`" + name + "` is a custom action, and no action_endpoint is configured");
  }
  const CallAnswer* answer = turn.Call(
      TurnCall::Kind::kAction, name, [&] { return MakeActionRequest(name, seen); },
      SendsDomain(turn, name) ? turn.model().domain_text : nullptr);
  return answer == nullptr ? ActionOutcome{} : OutcomeOfReply(ReadActionReply(*answer), turn, seen);
}

bool ActionExists(const Domain& domain, const std::string& name) {
  return domain.IsListedAction(name) || domain.responses.contains(name) || FindDefaultAction(name) != nullptr ||
         domain.FindForm(name) != nullptr;
}

ActionOutcome PerformAction(const std::string& name, TurnContext& turn, const Tracker& seen) {
  const Domain& domain = turn.domain();
  const DefaultAction* own = FindDefaultAction(name);
  if (own != nullptr && !domain.IsListedAction(name)) return (*own)(turn, seen);
  if (IsRetrievalAction(domain, name)) return SaySelectedResponse(name, turn, seen);
  if (IsEndToEndText(domain, name)) return {.events = {BotEvent({.text = name, .data = Json::Object()})}};
  if (name.starts_with(kUtterPrefix)) return SayResponse(name, turn, seen);
  // A project may bring its own action in place of a form.
  if (domain.IsListedAction(name)) return CallCustomAction(name, turn, seen);
  if (const FormDef* form = domain.FindForm(name)) return RunForm(*form, turn, seen);
  return Failed("action_unknown", "the domain has no action `" + name + "`");
}

}  // namespace greenroom

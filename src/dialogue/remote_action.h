// The action-server protocol: what is sent for a custom action, and what an answer means.
// Thread rules: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conversation/message.h"
#include "conversation/tracker.h"
#include "dialogue/turn.h"

namespace greenroom {

// {next_action, sender_id, tracker (all events), version}; the domain comes behind them (see TurnCall).
Json MakeActionRequest(const std::string& action, const Tracker& tracker);

// What an action server answered. `rejected`: status 400, the action declares that it cannot run now.
struct ActionReply {
  bool rejected = false;
  std::string failure = {};  // reason id when the answer is unusable; events and responses are then empty
  std::string message = {};
  std::vector<Event> events = {};
  std::vector<Json> responses = {};  // {text, response, buttons, image, ...} as received
};
ActionReply ReadActionReply(const CallAnswer& answer);

// {response, id, arguments, tracker, channel} and its answer: one message, nullopt = says nothing.
Json MakeNlgRequest(const std::string& response, const std::optional<std::string>& id, const Tracker& tracker,
                    const std::string& channel);
Result<std::optional<BotMessage>> ReadNlgReply(const CallAnswer& answer);

}  // namespace greenroom

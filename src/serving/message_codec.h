// The stored form of an accepted message: everything that a turn needs to be taken again after a restart.
#pragma once

#include "base/json.h"
#include "conversation/message.h"

namespace greenroom {

// A message with the moment at which it was accepted (unix seconds), which is the time of its turn.
struct AcceptedMessage {
  UserMessage message;
  double accepted_at = 0;
};

Json AcceptedMessageToJson(const AcceptedMessage& accepted);
AcceptedMessage AcceptedMessageFromJson(const Json& json);

}  // namespace greenroom

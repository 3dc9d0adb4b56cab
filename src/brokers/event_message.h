// Events as messages of a broker: pure translation in both directions.
//
//   BrokerMessage out = MakeMessage(event, server_id);
//   // id "default/production/anna/7", body {"sender_id": "anna", "event": "user", ...} as Rasa publishes it
//   auto in = ReadMessage(message);   // -> sender, event, an id that a redelivery has again
//
// A user event whose intent is a retrieval intent carries the full name in
// parse_data.intent.full_retrieval_intent_name. What identifies an incoming event: for ours the server, the message's
// id and the event's timestamp (after an erasure a conversation counts from 1 again); for others the digest of the
// whole body, which holds sender, name and timestamp. Errors of ReadMessage: message_too_large, those of the JSON
// reader, sender_missing, those of EventFromJson. Thread rules: pure functions.
#pragma once

#include "brokers/broker.h"
#include "conversation/outbox.h"
#include "serving/event_intake.h"

namespace greenroom {

inline constexpr size_t kMaxIncomingBytes = 4u << 20;

BrokerMessage MakeMessage(const OutboxEvent& event, const std::string& server);
Result<ForeignEvent> ReadMessage(const IncomingMessage& message);

}  // namespace greenroom

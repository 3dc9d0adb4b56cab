#include "brokers/event_message.h"

#include <algorithm>

#include "base/digest.h"

namespace greenroom {
namespace {

constexpr size_t kMaxId = 255;  // of a short text of AMQP, and of a conversation
constexpr size_t kIdDigits = 32;

// As Rasa's processor does before it publishes.
void AddRetrievalIntent(Json& event) {
  Json* parse = event.Find("parse_data");
  Json* intent = parse ? parse->Find("intent") : nullptr;
  if (!intent || !intent->is_object() || !(*intent)["full_retrieval_intent_name"].is_null()) return;
  const Json& selector = (*parse)["response_selector"];
  const std::string& name = (*intent)["name"].AsString();
  for (const std::string& key : {name, std::string("default")}) {
    const std::string& full = selector[key]["response"]["intent_response_key"].AsString();
    if (!full.starts_with(name + "/")) continue;
    intent->Set("full_retrieval_intent_name", full);
    return;
  }
}

std::string IdOf(const OutboxEvent& event) {
  std::string id = event.key.assistant + "/" + event.key.environment + "/" + event.key.conversation + "/" +
                   std::to_string(event.stored.seq);
  return id.size() <= kMaxId ? id : "sha256/" + Sha256Hex(id);
}

std::string IdentityOf(const IncomingMessage& message, const Json& body) {
  std::string named = message.server.empty() || message.id.empty()
                          ? message.body
                          : message.server + "\n" + message.id + "\n" + body["timestamp"].Dump();
  return Sha256Hex(named).substr(0, kIdDigits);
}

}  // namespace

BrokerMessage MakeMessage(const OutboxEvent& event, const std::string& server) {
  Json body = Json::Object({{"sender_id", event.key.conversation}});
  Json json = EventToJson(event.stored.event);
  AddRetrievalIntent(json);
  for (auto& [name, value] : json.MutableMembers()) body.Set(name, std::move(value));
  return {.id = IdOf(event),
          .key = event.key.conversation,
          .environment = event.key.environment,
          .server = server,
          .body = body.Dump()};
}

Result<ForeignEvent> ReadMessage(const IncomingMessage& message) {
  if (message.body.size() > kMaxIncomingBytes) {
    return Error{ErrorCode::kExhausted, "message_too_large",
                 "the message has " + std::to_string(message.body.size()) + " bytes; at most " +
                     std::to_string(kMaxIncomingBytes) + " are taken"};
  }
  GR_ASSIGN(Json body, ParseJson(message.body, {.bytes = kMaxIncomingBytes, .depth = 64, .nodes = 500'000}));
  const std::string& sender = body["sender_id"].AsString();
  if (sender.empty() || sender.size() > kMaxId) {
    return Error{ErrorCode::kInvalidArgument, "sender_missing",
                 "`sender_id` of an event must be a text of 1 to 255 bytes"};
  }
  ForeignEvent foreign{.conversation = sender, .id = IdentityOf(message, body)};
  GR_ASSIGN(foreign.event, EventFromJson(body));
  foreign.model = body["metadata"]["model_id"].AsString().substr(0, kMaxId);
  return foreign;
}

}  // namespace greenroom

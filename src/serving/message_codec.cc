#include "serving/message_codec.h"

namespace greenroom {

Json AcceptedMessageToJson(const AcceptedMessage& accepted) {
  const UserMessage& message = accepted.message;
  Json json = Json::Object({{"text", message.text},
                            {"channel", message.channel},
                            {"message_id", message.message_id},
                            {"accepted_at", accepted.accepted_at}});
  if (!message.metadata.is_null()) json.Set("metadata", message.metadata);
  if (message.parse) json.Set("parse", ParseToJson(*message.parse));
  if (message.external) json.Set("external", true);
  if (message.log_only) json.Set("log_only", true);
  if (message.action) {
    json.Set("action", Json::Object({{"name", message.action->name},
                                     {"policy", message.action->policy},
                                     {"confidence", message.action->confidence}}));
  }
  return json;
}

AcceptedMessage AcceptedMessageFromJson(const Json& json) {
  AcceptedMessage accepted;
  accepted.accepted_at = json["accepted_at"].AsDouble();
  accepted.message.text = json["text"].AsString();
  accepted.message.channel = json["channel"].AsString();
  accepted.message.message_id = json["message_id"].AsString();
  accepted.message.metadata = json["metadata"];
  accepted.message.external = json["external"].AsBool();
  accepted.message.log_only = json["log_only"].AsBool();
  if (const Json* parse = json.Find("parse")) accepted.message.parse = ParseFromJson(*parse);
  if (const Json* action = json.Find("action")) {
    accepted.message.action = ActionOrder{.name = (*action)["name"].AsString(),
                                          .policy = (*action)["policy"].AsString(),
                                          .confidence = (*action)["confidence"].AsDouble()};
  }
  return accepted;
}

}  // namespace greenroom

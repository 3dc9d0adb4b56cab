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
  if (const Json* parse = json.Find("parse")) accepted.message.parse = ParseFromJson(*parse);
  return accepted;
}

}  // namespace greenroom

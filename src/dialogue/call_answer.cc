#include "base/text.h"
#include "dialogue/turn.h"

namespace greenroom {

Json CallAnswer::ToJson() const {
  Json json = Json::Object({{"status", status}, {"body", body}});
  if (!failure.empty()) json.Set("failure", failure);
  return json;
}

CallAnswer CallAnswer::FromJson(const Json& json) {
  return {
      .status = static_cast<int>(json["status"].AsInt()), .body = json["body"], .failure = json["failure"].AsString()};
}

Parse ParseForTurn(const LiveModel& model, const UserMessage& message) {
  if (message.parse) return *message.parse;
  // Blanks around a message are no part of it, neither for NLU nor in the conversation.
  const std::string_view text = Trim(message.text);
  if (model.nlu == nullptr) return Parse{.text = std::string(text)};
  return model.nlu->ParseMessage(text);
}

}  // namespace greenroom

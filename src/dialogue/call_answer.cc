#include <algorithm>

#include "base/text.h"
#include "dialogue/turn.h"

namespace greenroom {
namespace {

// The intent of a selector's answer in full ("faq/opening_hours"): null when the selector has no key of that intent.
void NameFullRetrievalIntent(Parse& parse) {
  const Json::Array& retrieval = parse.response_selector["all_retrieval_intents"].array();
  const Json name = parse.intent.name;
  if (std::find(retrieval.begin(), retrieval.end(), name) == retrieval.end()) return;
  parse.intent_extra.Set("full_retrieval_intent_name",
                         parse.response_selector[parse.intent.name]["response"]["intent_response_key"]);
}

}  // namespace

std::string TurnCall::Body() const {
  std::string body = request.Dump();
  if (domain == nullptr) return body;
  body.pop_back();
  if (request.size() > 0) body += ',';
  body.reserve(body.size() + domain->size() + 16);
  return body.append("\"domain\":").append(*domain).append("}");
}

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
  Parse parse = model.nlu->ParseMessage(text);
  NameFullRetrievalIntent(parse);
  return parse;
}

}  // namespace greenroom

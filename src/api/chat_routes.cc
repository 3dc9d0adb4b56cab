// Chat of people who are logged in, and of guests, with an environment: the channel `rasa` of a Rasa server, and the
// address that Rasa X puts in front of it.
//
// Who may talk for others (clientEvents:create) names the conversation; everybody else has the one that is named like
// them. What is left is a message to a conversation, which the route for messages takes, wherever it goes from there.
#include "api/routes.h"

namespace greenroom {
namespace {

// 401 and not 403, as Rasa's channel answers.
Error NotYours() {
  return {ErrorCode::kUnauthenticated, "conversation_not_yours", "this conversation is not yours",
          "leave `conversation_id` out"};
}

Result<std::string> SenderOf(const Principal& who, const Json& given) {
  if (!given.is_null() && !given.is_string())
    return Error{ErrorCode::kInvalidArgument, "bad_request", "`conversation_id` must be a text"};
  bool person = !who.user.empty() || who.guest;
  bool own = person && (given.is_null() || given.AsString() == who.name);
  if (own) return who.name;
  if (!Allows(who.grants, "clientEvents:create")) return NotYours();
  if (!given.AsString().empty()) return given.AsString();
  return Error{ErrorCode::kInvalidArgument, "bad_request", "`conversation_id` is needed: you have none of your own"};
}

// Turns the request into one to the route for messages.
Result<void> Readdress(HttpRequest& request) {
  GR_ASSIGN(Json body, ReadObject(request, {"message", "messages", "text", "conversation_id", "sender", "metadata"}));
  const Json& named = body.Find("conversation_id") ? body["conversation_id"] : body["sender"];
  GR_ASSIGN(request.params["conversation_id"], SenderOf(PrincipalOf(request), named));
  const Json* text = nullptr;
  for (const char* name : {"text", "messages", "message"})
    if (const Json* member = body.Find(name)) text = member;
  if (text && text->is_array() && text->size() == 1) text = &text->array().front();
  if (!text || !text->is_string())
    return Error{ErrorCode::kInvalidArgument, "bad_request", "`message` is needed: a text"};
  Json message = Json::Object({{"message", *text}});
  if (body["metadata"].is_object()) message.Set("metadata", body["metadata"]);
  request.body = message.Dump();
  return {};
}

}  // namespace

std::vector<Route> ChatRoutes(HttpHandler send_message) {
  auto chat = [send = std::move(send_message)](std::shared_ptr<HttpRequest> request, Responder respond) {
    if (auto ready = Readdress(*request); !ready) return respond(ApiFailure(ready.error(), *request));
    send(std::move(request), std::move(respond));
  };
  Json text = TypeOf("string");
  Route route{
      .method = "POST",
      .policy = "conversation.own",
      .request_schema = SchemaOf({{"message", text}, {"conversation_id", text}, {"metadata", TypeOf("object")}}),
      .response_schema = TypeOf("array"),
      .query = {{"environment", "Whom to talk to; production when left out"}},
      .handler = chat};
  Route api = route, channel = route;
  api.pattern = "/api/chat";
  api.name = "chat";
  api.summary = "Talk to an environment in the caller's own conversation";
  channel.pattern = "/webhooks/rasa/webhook";
  channel.name = "rasa_channel";
  // Under this address it is production's, whatever else is asked for: callers bound to it have no right elsewhere.
  channel.query = {};
  channel.handler = [chat](std::shared_ptr<HttpRequest> request, Responder respond) {
    std::erase_if(request->query, [](const auto& parameter) { return parameter.first == "environment"; });
    chat(std::move(request), std::move(respond));
  };
  channel.summary = "The same with production, under the address that a Rasa server has for it";
  Route core = channel;
  core.pattern = "/core/webhooks/rasa/webhook";
  core.name = "rasa_channel_of_core";
  return {std::move(api), std::move(channel), std::move(core)};
}

}  // namespace greenroom

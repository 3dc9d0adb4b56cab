#include <charconv>

#include "api/routes.h"

namespace greenroom {
namespace {

Json ShowFailed(const FailedMessage& failed) {
  const InboxEntry& entry = failed.entry;
  Result<Json> why = ParseJson(entry.reply);
  Json shown = Json::Object({{"id", entry.id},
                             {"environment", entry.key.environment},
                             {"conversation", entry.key.conversation},
                             {"channel", entry.channel},
                             {"text", entry.message["text"]},
                             {"received_at", failed.received_at},
                             {"attempts", entry.attempts}});
  shown.Set("reason", why ? (*why)["reason"] : Json());
  shown.Set("message", why ? (*why)["message"] : Json());
  return shown;
}

Result<HttpResponse> ListFailed(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(PageBounds page, ReadPageBounds(request, {.fallback = 50, .low = 1, .high = 1000}));
  const std::string* environment = request.Query("environment");
  GR_ASSIGN(FailedMessages failed, services.turns.Failed(environment ? *environment : "", page.limit, page.offset));
  Json list = Json::List();
  for (const FailedMessage& one : failed.messages) list.Append(ShowFailed(one));
  return PageOf(list, failed.total);
}

Result<int64_t> NumberOf(const HttpRequest& request) {
  const std::string& text = request.Param("message_id");
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number > 0) return number;
  return Error{ErrorCode::kNotFound, "message_not_found", "there is no message `" + text + "`",
               "list the messages that failed with `greenroom message list`"};
}

HttpHandler Requeue(const ApiServices& services) {
  return [services](std::shared_ptr<HttpRequest> request, Responder respond) {
    Result<int64_t> number = NumberOf(*request);
    if (!number) return respond(ApiFailure(number.error(), *request));
    const ChangedBy by = ByOf(*request);
    services.turn_service.Requeue(
        {.inbox_id = *number, .actor = by.actor, .address = by.address},
        [request, respond, id = *number](Result<TurnReply> reply) {
          if (!reply) return respond(ApiFailure(reply.error(), *request));
          Result<Json> said = ParseJson(reply->body);
          respond(HttpResponse::Json(200, Json::Object({{"id", id}, {"replies", said ? *said : Json::List()}})));
        });
  };
}

}  // namespace

std::vector<Route> MessageRoutes(const ApiServices& services) {
  Json text = TypeOf("string"), number = TypeOf("number"), list = TypeOf("array");
  Json failed = SchemaOf({{"id", number},
                          {"environment", text},
                          {"conversation", text},
                          {"channel", text},
                          {"text", text},
                          {"received_at", number},
                          {"attempts", number},
                          {"reason", text},
                          {"message", text}});
  return {{.method = "GET",
           .pattern = "/api/messages/failed",
           .name = "list_failed_messages",
           .policy = "conversations.view",
           .summary = "Messages that were set aside because their turn failed again and again, latest first",
           .response_schema = Json::Object({{"type", "array"}, {"items", failed}}),
           .query = PagingWith({{"environment", "Only of this environment", "string"}}),
           .handler = Bind(services, ListFailed)},
          {.method = "POST",
           .pattern = "/api/messages/{message_id}/requeue",
           .name = "requeue_message",
           .policy = "conversations.modify",
           .summary = "Give a message that was set aside another turn; answers with what the bot said",
           .response_schema = SchemaOf({{"id", number}, {"replies", list}}),
           .handler = Requeue(services)}};
}

}  // namespace greenroom

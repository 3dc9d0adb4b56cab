#include <algorithm>

#include "base/digest.h"
#include "channels/rasa_requests.h"
#include "channels/rasa_surface.h"

namespace greenroom {
namespace {

Result<std::string> ReadKey(const HttpRequest& request) {
  const std::string_view key = request.headers.Get("Idempotency-Key");
  if (key.size() <= kMaxIdBytes && std::none_of(key.begin(), key.end(), IsControl)) return std::string(key);
  return Error{ErrorCode::kInvalidArgument, "bad_key",
               "Idempotency-Key must have at most 255 bytes and no control characters"};
}

// As there: a sender may be a number, and without one it is `default`.
Result<std::string> ReadSender(const Json& body) {
  const Json& sender = body["sender"];
  if (sender.is_int()) return sender.Dump();
  GR_ASSIGN(std::string named, TextMember(body, "sender", "default"));
  return named.empty() ? std::string("default") : named;
}

// The turn request of a REST channel message.
Result<TurnRequest> ReadRestMessage(const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadBody(request));
  TurnRequest turn{.environment = EnvironmentOf(request)};
  GR_ASSIGN(turn.message.conversation_id, ReadSender(body));
  GR_ASSIGN(turn.message.text, ReadMessageText(body, "message"));
  GR_ASSIGN(turn.message.channel, TextMember(body, "input_channel", "rest"));
  GR_TRY(CheckId(turn.message.conversation_id, "sender"));
  turn.message.metadata = body["metadata"];
  if (turn.message.metadata.Dump().size() > kMaxMessageText)
    return TooLarge("metadata_too_large", "`metadata` is larger than 64 KiB");
  GR_ASSIGN(turn.idempotency_key, ReadKey(request));
  if (!turn.idempotency_key.empty()) turn.body_hash = Sha256Hex(request.body);
  return turn;
}

HttpResponse ReplyResponse(const TurnReply& reply, bool stream) {
  if (!stream) {
    HttpResponse response = HttpResponse::Text(reply.status, reply.body, "application/json");
    if (reply.replayed) response.headers.Set("Idempotent-Replayed", "true");
    return response;
  }
  std::string lines;
  if (auto messages = ParseJson(reply.body, {.bytes = 16u << 20, .depth = 64, .nodes = 1'000'000})) {
    for (const Json& message : messages->array()) lines += message.Dump() + "\n";
  }
  return HttpResponse::Text(reply.status, lines, "text/event-stream");
}

}  // namespace

HttpHandler RestWebhook(const ChannelServices& services) {
  return [services](std::shared_ptr<HttpRequest> request, Responder respond) {
    auto turn = ReadRestMessage(*request);
    // Who says nothing is answered nothing.
    if (!turn && turn.error().reason == "missing_field") return respond(HttpResponse::Json(200, Json::List()));
    if (!turn) return respond(RasaFailure(turn.error(), *request));
    const std::string* stream = request->Query("stream");
    bool lines = stream && (*stream == "true" || *stream == "True" || *stream == "1");
    services.turns.Handle(std::move(*turn), [request, respond, lines](Result<TurnReply> reply) {
      respond(reply ? ReplyResponse(*reply, lines) : RasaFailure(reply.error(), *request));
    });
  };
}

}  // namespace greenroom

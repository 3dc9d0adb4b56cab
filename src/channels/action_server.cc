#include "channels/action_server.h"

namespace greenroom {

CallAnswer ReadAnswer(const Result<HttpClientResponse>& answer) {
  if (!answer) return {.failure = answer.error().reason};
  CallAnswer read{.status = answer->status};
  if (answer->body.empty()) return read;
  auto body = ParseJson(answer->body, {.bytes = 5u << 20, .depth = 64, .nodes = 500'000});
  if (!body) return {.failure = "bad_answer"};
  read.body = std::move(*body);
  return read;
}

void ActionServerClient::Call(const OutsideCall& call, std::function<void(CallAnswer)> done) {
  const OutsideEndpoint& endpoint = call.call.kind == TurnCall::Kind::kAction ? options_.action : options_.nlg;
  if (endpoint.url.empty()) return done({.failure = "endpoint_not_configured"});
  HttpClientRequest request{.method = "POST",
                            .url = endpoint.url,
                            .headers = endpoint.headers,
                            .body = call.call.request.Dump(),
                            .connect_timeout = options_.connect_timeout,
                            .total_timeout = options_.total_timeout,
                            .max_response = options_.max_answer};
  request.headers.Set("Content-Type", "application/json");
  request.headers.Set("Idempotency-Key", call.call_key);
  request.headers.Set("X-Attempt", std::to_string(call.attempt));
  request.headers.Set("X-Fence", std::to_string(call.fence));
  OutsideCall again = call;
  again.attempt = call.attempt + 1;
  client_.Async(std::move(request), [this, again, done = std::move(done)](Result<HttpClientResponse> answer) {
    // A connection that was never made did nothing over there: one more try is safe whatever the action does.
    bool never_sent = !answer && answer.error().reason == "connect_failed";
    if (never_sent && again.attempt <= 2) return Call(again, done);
    done(ReadAnswer(answer));
  });
}

}  // namespace greenroom

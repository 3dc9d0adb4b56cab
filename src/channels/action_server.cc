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

Result<ActionServerClient::Target> ActionServerClient::MakeTarget(HttpClient& shared, OutsideEndpoint endpoint) {
  Target target{.endpoint = std::move(endpoint), .client = &shared};
  if (target.endpoint.ca_file.empty()) return target;
  auto own = HttpClient::Create({.ca_file = target.endpoint.ca_file});
  if (!own) return std::move(own).error().With("while reading the `cafile` of " + target.endpoint.url);
  target.own = std::move(own).value();
  target.client = target.own.get();
  return target;
}

Result<std::unique_ptr<ActionServerClient>> ActionServerClient::Create(HttpClient& shared,
                                                                       ActionServerOptions options) {
  GR_ASSIGN(Target action, MakeTarget(shared, options.action));
  GR_ASSIGN(Target nlg, MakeTarget(shared, options.nlg));
  return std::unique_ptr<ActionServerClient>(
      new ActionServerClient(std::move(options), std::move(action), std::move(nlg)));
}

void ActionServerClient::Call(const OutsideCall& call, std::function<void(CallAnswer)> done) {
  const Target& target = call.call.kind == TurnCall::Kind::kAction ? action_ : nlg_;
  const OutsideEndpoint& endpoint = target.endpoint;
  if (endpoint.url.empty()) return done({.failure = "endpoint_not_configured"});
  HttpClientRequest request{.method = "POST",
                            .url = endpoint.url,
                            .headers = endpoint.headers,
                            .body = call.call.Body(),
                            .connect_timeout = options_.connect_timeout,
                            .total_timeout = options_.total_timeout,
                            .max_response = options_.max_answer};
  request.headers.Set("Content-Type", "application/json");
  request.headers.Set("Idempotency-Key", call.call_key);
  request.headers.Set("X-Attempt", std::to_string(call.attempt));
  request.headers.Set("X-Fence", std::to_string(call.fence));
  OutsideCall again = call;
  again.attempt = call.attempt + 1;
  target.client->Async(std::move(request), [this, again, done = std::move(done)](Result<HttpClientResponse> answer) {
    // A connection that was never made did nothing over there: one more try is safe whatever the action does.
    bool never_sent = !answer && answer.error().reason == "connect_failed";
    if (never_sent && again.attempt <= 2) return Call(again, done);
    done(ReadAnswer(answer));
  });
}

}  // namespace greenroom

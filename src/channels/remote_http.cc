#include "channels/remote_http.h"

#include <chrono>

#include "http/percent.h"

namespace greenroom {
namespace {

std::string AddressOf(const RemoteCall& call) {
  std::string address = call.url + call.target;
  if (call.token.empty()) return address;
  address += call.target.find('?') == std::string::npos ? "?token=" : "&token=";
  return address + PercentEncode(call.token);
}

RemoteAnswer Read(Result<HttpClientResponse> answer) {
  if (!answer) return {.failure = answer.error().reason};
  return {.status = answer->status,
          .content_type = std::string(answer->headers.Get("Content-Type")),
          .body = std::move(answer->body)};
}

}  // namespace

void RemoteHttp::Call(RemoteCall call, std::function<void(RemoteAnswer)> done) { Attempt(call, 1, std::move(done)); }

void RemoteHttp::Attempt(const RemoteCall& call, int number, std::function<void(RemoteAnswer)> done) {
  HttpClientRequest request{.method = call.method,
                            .url = AddressOf(call),
                            .body = call.body,
                            .total_timeout = call.deadline,
                            .max_response = call.max_answer,
                            .repeat = false,
                            .refuse_link_local = true};
  for (const auto& [name, value] : call.headers) request.headers.Set(name, value);
  auto begun = std::chrono::steady_clock::now();
  client_.Async(std::move(request), [this, call, number, begun,
                                     done = std::move(done)](Result<HttpClientResponse> answer) mutable {
    auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    bool never_sent = !answer && answer.error().reason == "connect_failed";
    if (!never_sent || number > 1 || spent >= call.deadline) return done(Read(std::move(answer)));
    RemoteCall again = call;
    again.deadline -= spent;
    Attempt(again, number + 1, std::move(done));
  });
}

}  // namespace greenroom

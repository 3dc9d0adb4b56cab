// ActionServerClient: performs the outside calls of turns over HTTP: custom actions and external NLG, in Rasa's
// protocol.
//
// Every call has a deadline and a size cap; redirects are not followed; connection failures are tried once more,
// answers never. The call key goes along as Idempotency-Key with X-Attempt and X-Fence, so that a server can tell a
// retry. Thread rules: Call from any thread; answers arrive on the HTTP client's thread.
#pragma once

#include <chrono>
#include <string>

#include "http/client.h"
#include "serving/action_caller.h"

namespace greenroom {

// Where calls go. `url` "" = none of this kind.
struct OutsideEndpoint {
  std::string url = {};  // with query parameters and token already added
  HttpHeaders headers = {};
};

struct ActionServerOptions {
  OutsideEndpoint action;
  OutsideEndpoint nlg;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(2);
  std::chrono::milliseconds total_timeout = std::chrono::seconds(10);
  size_t max_answer = 5u << 20;  // bytes
};

class ActionServerClient final : public ActionCaller {
 public:
  ActionServerClient(HttpClient& client, ActionServerOptions options) : client_(client), options_(std::move(options)) {}
  void Call(const OutsideCall& call, std::function<void(CallAnswer)> done) override;

 private:
  HttpClient& client_;
  ActionServerOptions options_;
};

// Reads an HTTP answer into what a turn understands; a body that is no JSON is the failure bad_answer.
CallAnswer ReadAnswer(const Result<HttpClientResponse>& answer);

}  // namespace greenroom

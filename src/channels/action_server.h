// ActionServerClient: performs the outside calls of turns over HTTP: custom actions and external NLG, in Rasa's
// protocol.
//
// Every call has a deadline and a size cap; redirects are not followed; connection failures are tried once more,
// answers never. The call key goes along as Idempotency-Key with X-Attempt and X-Fence, so that a server can tell a
// retry. Thread rules: Call from any thread; answers arrive on the HTTP client's thread. Destroying it ends calls under
// way over its own certificates.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "http/client.h"
#include "serving/action_caller.h"

namespace greenroom {

// Where calls go. `url` "" = none of this kind.
struct OutsideEndpoint {
  std::string url = {};  // with query parameters and token already added
  HttpHeaders headers = {};
  std::string ca_file = {};  // trusted instead of the system's certificates; "" = those
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
  // `shared` makes the calls of endpoints without certificates of their own. Errors: bad_ca_file.
  static Result<std::unique_ptr<ActionServerClient>> Create(HttpClient& shared, ActionServerOptions options);
  void Call(const OutsideCall& call, std::function<void(CallAnswer)> done) override;

 private:
  struct Target {
    OutsideEndpoint endpoint;
    std::unique_ptr<HttpClient> own = {};  // where it trusts certificates of its own
    HttpClient* client = nullptr;
  };
  static Result<Target> MakeTarget(HttpClient& shared, OutsideEndpoint endpoint);
  ActionServerClient(ActionServerOptions options, Target action, Target nlg)
      : options_(std::move(options)), action_(std::move(action)), nlg_(std::move(nlg)) {}

  ActionServerOptions options_;
  Target action_, nlg_;
};

// Reads an HTTP answer into what a turn understands; a body that is no JSON is the failure bad_answer.
CallAnswer ReadAnswer(const Result<HttpClientResponse>& answer);

}  // namespace greenroom

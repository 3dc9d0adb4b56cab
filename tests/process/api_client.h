// ApiClient: calls to a server under test, as an admin or as anybody else.
//
//   ApiClient api(port);
//   EXPECT_EQ(api.Call("PUT", "/api/environments/staging", "{}").status, 200);
//   Json jobs = api.Get("/api/projects/default/models/jobs");
//
// A call that gets no answer fails the test. Thread rules: safe from any thread.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <string>

#include "base/json.h"
#include "http/client.h"
#include "tests/process/program.h"

namespace greenroom {

inline constexpr char kAdminToken[] = "a-long-admin-token-for-tests-0123456789";

// The JSON of a body; null when it is none.
inline Json JsonOf(const std::string& body) {
  auto json = ParseJson(body, {.bytes = 64u << 20, .depth = 200, .nodes = 1'000'000});
  return json ? *json : Json();
}

// Our stable reason in an error body: Rasa's own routes keep it below `details`.
inline std::string ReasonOf(const Json& body) {
  const std::string& inner = body["details"]["reason"].AsString();
  return inner.empty() ? body["reason"].AsString() : inner;
}

class ApiClient {
 public:
  explicit ApiClient(uint16_t port, std::string token = kAdminToken)
      : base_("http://127.0.0.1:" + std::to_string(port)),
        token_(std::move(token)),
        client_(std::move(HttpClient::Create({})).value()) {}

  HttpClientRequest Request(const std::string& method, const std::string& path, std::string body = "",
                            const std::string& key = "") const {
    HttpClientRequest request{.method = method, .url = base_ + path, .body = std::move(body)};
    request.total_timeout = kPatience;
    if (!token_.empty()) request.headers.Set("Authorization", "Bearer " + token_);
    if (!key.empty()) request.headers.Set("Idempotency-Key", key);
    return request;
  }

  HttpClientResponse Call(const std::string& method, const std::string& path, std::string body = "",
                          const std::string& key = "") const {
    return Send(Request(method, path, std::move(body), key));
  }

  HttpClientResponse Send(const HttpClientRequest& request) const {
    auto answer = client_->Send(request);
    if (!answer) ADD_FAILURE() << request.method << " " << request.url << ": " << answer.error().message;
    return answer ? *answer : HttpClientResponse{};
  }

  // The JSON of an answer with status 200.
  Json Get(const std::string& path) const {
    const HttpClientResponse answer = Call("GET", path);
    EXPECT_EQ(answer.status, 200) << path << ": " << answer.body;
    return JsonOf(answer.body);
  }

  // Sends without waiting; the future gets the answer, or status 0 when the connection ended without one.
  std::future<HttpClientResponse> Begin(const std::string& method, const std::string& path, std::string body,
                                        const std::string& key = "") const {
    auto promise = std::make_shared<std::promise<HttpClientResponse>>();
    client_->Async(Request(method, path, std::move(body), key), [promise](Result<HttpClientResponse> answer) {
      promise->set_value(answer ? std::move(*answer) : HttpClientResponse{});
    });
    return promise->get_future();
  }

  std::string Say(const std::string& sender, const std::string& text, const std::string& environment = "") const {
    const std::string prefix = environment.empty() ? "" : "/environments/" + environment;
    const Json body = Json::Object({{"sender", sender}, {"message", text}});
    return Call("POST", prefix + "/webhooks/rest/webhook", body.Dump()).body;
  }

  // Asks again until the answer pleases; false when it does not within the deadline.
  bool WaitFor(const std::string& path, const std::function<bool(const Json&)>& pleases) const {
    const auto limit = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < limit) {
      if (pleases(Get(path))) return true;
    }
    return false;
  }

  HttpClient& client() const { return *client_; }

 private:
  std::string base_;
  std::string token_;
  std::unique_ptr<HttpClient> client_;
};

inline bool Holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// How many events of a type a list of events holds.
inline int CountEvents(const Json& events, const std::string& type) {
  int count = 0;
  for (const Json& event : events.array()) count += event["event"].AsString() == type ? 1 : 0;
  return count;
}

}  // namespace greenroom

#include "channels/action_server.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

// Answers each request with the next of the given answers, at once.
class ScriptedHttp final : public HttpClient {
 public:
  void Async(HttpClientRequest request, Callback done) override {
    requests.push_back(std::move(request));
    Result<HttpClientResponse> answer = answers.front();
    answers.erase(answers.begin());
    done(std::move(answer));
  }
  std::vector<HttpClientRequest> requests;
  std::vector<Result<HttpClientResponse>> answers;
};

Error ConnectFailed() { return {ErrorCode::kUnavailable, "connect_failed", "nobody listens"}; }

class ActionServerTest : public testing::Test {
 protected:
  // Makes the call and returns its answer.
  CallAnswer Ask(OutsideCall call,
                 ActionServerOptions options = {.action = {.url = "http://actions/webhook?token=t"}}) {
    auto client = ActionServerClient::Create(http_, std::move(options));
    EXPECT_TRUE(client.ok());
    CallAnswer answer;
    (*client)->Call(call, [&](CallAnswer given) { answer = std::move(given); });
    return answer;
  }

  static OutsideCall Call() {
    return {.call = {.action = "action_buy", .request = Json::Object({{"next_action", "action_buy"}})},
            .call_key = "k1",
            .fence = 7};
  }

  ScriptedHttp http_;
};

TEST_F(ActionServerTest, ACallCarriesItsKeyAttemptFenceAndDomain) {
  http_.answers = {HttpClientResponse{.status = 200, .body = R"({"events": []})"}};
  OutsideCall call = Call();
  call.call.domain = std::make_shared<const std::string>(R"({"intents":[]})");
  EXPECT_EQ(Ask(call).body.Dump(), R"({"events":[]})");
  ASSERT_EQ(http_.requests.size(), 1u);
  const HttpClientRequest& sent = http_.requests[0];
  EXPECT_EQ(sent.url, "http://actions/webhook?token=t");
  EXPECT_EQ(sent.body, R"({"next_action":"action_buy","domain":{"intents":[]}})");
  EXPECT_EQ(sent.headers.Get("Idempotency-Key"), "k1");
  EXPECT_EQ(sent.headers.Get("X-Attempt"), "1");
  EXPECT_EQ(sent.headers.Get("X-Fence"), "7");
}

TEST_F(ActionServerTest, AConnectionThatWasNeverMadeIsTriedOnceMore) {
  http_.answers = {ConnectFailed(), HttpClientResponse{.status = 200, .body = "{}"}};
  EXPECT_EQ(Ask(Call()).status, 200);
  ASSERT_EQ(http_.requests.size(), 2u);
  EXPECT_EQ(http_.requests[1].headers.Get("X-Attempt"), "2");
  http_.answers = {ConnectFailed(), ConnectFailed()};
  EXPECT_EQ(Ask(Call()).failure, "connect_failed");
}

TEST_F(ActionServerTest, AnswersThatAreNoJsonAreFailures) {
  http_.answers = {HttpClientResponse{.status = 200, .body = "<html>"}};
  EXPECT_EQ(Ask(Call()).failure, "bad_answer");
  http_.answers = {HttpClientResponse{.status = 204}};
  EXPECT_EQ(Ask(Call()).status, 204);
}

TEST_F(ActionServerTest, WithoutAnEndpointNobodyIsAsked) {
  EXPECT_EQ(Ask(Call(), {}).failure, "endpoint_not_configured");
  EXPECT_TRUE(http_.requests.empty());
}

TEST_F(ActionServerTest, CertificatesThatCannotBeReadRefuseTheStart) {
  auto client = ActionServerClient::Create(http_, {.nlg = {.url = "https://nlg/", .ca_file = "/does/not/exist.pem"}});
  ASSERT_FALSE(client.ok());
  EXPECT_EQ(client.error().reason, "bad_ca_file");
}

}  // namespace
}  // namespace greenroom

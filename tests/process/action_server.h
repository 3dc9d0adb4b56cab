// TestActionServer: an action server that notes each call and answers when the test says so.
//
//   TestActionServer actions;                        // actions.url() goes into endpoints.yml
//   ASSERT_TRUE(actions.WaitForCalls(1));            // the call is pending now
//   actions.Answer(0, R"({"events": [], "responses": [{"text": "done"}]})");
//
// Thread rules: safe from any thread.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/json.h"
#include "http/server.h"
#include "tests/process/program.h"

namespace greenroom {

class TestActionServer {
 public:
  struct Call {
    Json body;
    std::string key, attempt;  // the headers Idempotency-Key and X-Attempt
  };

  TestActionServer() {
    server_ = std::move(HttpServer::Start({}, [this](std::shared_ptr<HttpRequest> request, Responder respond) {
                std::lock_guard<std::mutex> lock(mutex_);
                auto body = ParseJson(request->body, {.bytes = 4u << 20, .depth = 64, .nodes = 100'000});
                calls_.push_back({.body = body ? *body : Json(),
                                  .key = std::string(request->headers.Get("Idempotency-Key")),
                                  .attempt = std::string(request->headers.Get("X-Attempt"))});
                pending_.push_back(std::move(respond));
                changed_.notify_all();
              })).value();
  }
  // The server goes first: it takes no call while the rest is torn down.
  ~TestActionServer() { server_->Stop(); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()) + "/webhook"; }
  // The text of an endpoints.yml that names it.
  std::string Endpoints() const { return "action_endpoint:\n  url: " + url() + "\n"; }

  // Until so many calls were made in all. False when they were not within the deadline.
  bool WaitForCalls(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return calls_.size() >= count; });
  }
  std::vector<Call> calls() {
    std::lock_guard<std::mutex> lock(mutex_);
    return calls_;
  }
  // Answers the call of that number; who asked may be gone.
  void Answer(size_t number, const std::string& body, int status = 200) {
    Responder respond;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      respond = std::move(pending_.at(number));
    }
    respond(HttpResponse::Text(status, body, "application/json"));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Call> calls_;
  std::vector<Responder> pending_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace greenroom

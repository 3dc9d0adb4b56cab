#include "api/held_requests.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

TEST(HeldRequests, LookAgainWhenSomethingChanged) {
  HeldRequests held;
  std::vector<bool> looked;
  held.Hold({held.Number(), steady_clock::now() + seconds(60)}, [&](bool last) { looked.push_back(last); });
  EXPECT_TRUE(looked.empty());
  held.Wake();
  EXPECT_EQ(looked, std::vector<bool>({false}));
  held.Wake();
  EXPECT_EQ(looked.size(), 1u) << "once";
}

TEST(HeldRequests, AChangeWhileLookingIsNotLost) {
  HeldRequests held;
  uint64_t number = held.Number();
  held.Wake();
  bool again = false;
  held.Hold({number, steady_clock::now() + seconds(60)}, [&](bool) { again = true; });
  EXPECT_TRUE(again);
  EXPECT_EQ(held.size(), 0u);
}

TEST(HeldRequests, LookForTheLastTimeWhenTheirTimeIsOver) {
  HeldRequests held;
  auto now = steady_clock::now();
  std::vector<int> over;
  held.Hold({0, now + seconds(5)}, [&](bool last) { over.push_back(last ? 5 : -5); });
  held.Hold({0, now + seconds(9)}, [&](bool last) { over.push_back(last ? 9 : -9); });
  held.Expire(now + seconds(6));
  EXPECT_EQ(over, std::vector<int>({5}));
  held.Close();
  EXPECT_EQ(over, std::vector<int>({5, 9}));
  held.Hold({0, now + seconds(60)}, [&](bool last) { over.push_back(last ? 1 : -1); });
  EXPECT_EQ(over.back(), 1) << "nothing is held by a server that ends";
}

struct PullTest : ::testing::Test {
  PullTest() {
    Route route{.method = "GET", .pattern = "/api/models/tags/{tag}", .name = "pull", .policy = "public"};
    route.handler = [this](std::shared_ptr<HttpRequest>, Responder respond) {
      ++asked;
      respond(changed ? HttpResponse::Text(200, "model") : HttpResponse::Empty(204));
    };
    handler = HoldPulls({route}, held).front().handler;
  }
  void Ask(const std::string& wait) {
    auto request = std::make_shared<HttpRequest>();
    if (!wait.empty()) request->query.emplace_back("wait", wait);
    handler(request, [this](HttpResponse response) { answers.push_back(response.status); });
  }

  HeldRequests held;
  HttpHandler handler;
  bool changed = false;
  int asked = 0;
  std::vector<int> answers;
};

TEST_F(PullTest, AServerThatWaitsIsToldOfTheNewModelAtOnce) {
  Ask("25");
  EXPECT_TRUE(answers.empty());
  held.Wake();
  EXPECT_TRUE(answers.empty()) << "another tag moved";
  changed = true;
  held.Wake();
  EXPECT_EQ(answers, std::vector<int>({200}));
}

TEST_F(PullTest, WithoutWaitingTheAnswerComesAtOnce) {
  for (const char* wait : {"", "0", "-3", "soon"}) Ask(wait);
  EXPECT_EQ(answers, std::vector<int>({204, 204, 204, 204}));
  changed = true;
  Ask("25");
  EXPECT_EQ(answers.back(), 200) << "what is new is not held";
}

TEST_F(PullTest, AfterItsTimeAServerIsToldThatNothingIsNew) {
  Ask("25");
  held.Expire(steady_clock::now() + seconds(61));
  EXPECT_EQ(answers, std::vector<int>({204}));
}

}  // namespace
}  // namespace greenroom

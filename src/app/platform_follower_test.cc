#include "app/platform_follower.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <thread>

#include "base/digest.h"
#include "base/files.h"
#include "base/log.h"
#include "http/server.h"

namespace greenroom {
namespace {

// A platform that answers every pull with what the test put there.
class PlatformFollowerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SetLogLevel(LogLevel::kOff);
    char name[] = "/tmp/greenroom-follower-test-XXXXXX";
    folder_ = ::mkdtemp(name);
    auto server = HttpServer::Start({}, [this](std::shared_ptr<HttpRequest> request, Responder respond) {
      seen_.With([&](auto& all) { all.push_back(*request); });
      respond(answer_.With([](auto& answer) { return answer; }));
    });
    ASSERT_TRUE(server.ok());
    server_ = std::move(*server);
    auto follower = PlatformFollower::Create({.platform = "http://127.0.0.1:" + std::to_string(server_->port()) + "/",
                                              .token = "s3cret&=",
                                              .environment = "staging",
                                              .directory = folder_},
                                             [this](const FetchedModel& model) { return Take(model); });
    ASSERT_TRUE(follower.ok()) << follower.error().message;
    follower_ = std::move(*follower);
  }
  void TearDown() override {
    follower_.reset();
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  Result<void> Take(const FetchedModel& model) {
    taken_.push_back(model);
    body_ = ReadFile(model.path).value();
    if (unusable_) return Error{ErrorCode::kDataLoss, "package_truncated", "the package is cut off"};
    return {};
  }
  void Give(HttpResponse response) {
    answer_.With([&](auto& answer) { answer = std::move(response); });
  }
  static HttpResponse Model(const std::string& etag, const std::string& body, const std::string& file) {
    HttpResponse response = HttpResponse::Text(200, body, "application/octet-stream");
    if (!etag.empty()) response.headers.Set("ETag", etag);
    if (!file.empty()) response.headers.Set("filename", file);
    return response;
  }
  std::string Pull() {
    auto outcome = follower_->PullOnce(std::chrono::seconds(0));
    if (!outcome) return outcome.error().reason;
    return *outcome == PullOutcome::kTaken ? "taken" : *outcome == PullOutcome::kNoModel ? "no_model" : "nothing_new";
  }
  HttpRequest LastRequest() {
    return seen_.With([](auto& all) { return all.back(); });
  }

  std::string folder_, body_;
  Guarded<std::vector<HttpRequest>> seen_;
  Guarded<HttpResponse> answer_;
  std::vector<FetchedModel> taken_;
  bool unusable_ = false;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<PlatformFollower> follower_;
};

TEST_F(PlatformFollowerTest, FetchesTheModelOfItsTagAndAsksWithItsEtagFromThenOn) {
  Give(Model("\"abc\"", "bytes of a model", "spring.grm"));
  EXPECT_EQ(Pull(), "taken");
  EXPECT_EQ(LastRequest().path, "/api/models/tags/staging");
  EXPECT_EQ(*LastRequest().Query("token"), "s3cret&=");
  EXPECT_TRUE(LastRequest().headers.Get("If-None-Match").empty());
  ASSERT_EQ(taken_.size(), 1u);
  EXPECT_EQ(taken_[0].name, "spring");
  EXPECT_EQ(taken_[0].etag, "abc");
  EXPECT_EQ(taken_[0].bytes, 16u);
  EXPECT_EQ(taken_[0].sha256, Sha256Hex("bytes of a model"));
  EXPECT_EQ(body_, "bytes of a model");
  Give(HttpResponse::Empty(204));
  EXPECT_EQ(Pull(), "nothing_new");
  EXPECT_EQ(LastRequest().headers.Get("If-None-Match"), "\"abc\"");
  Give(HttpResponse::Empty(304));
  EXPECT_EQ(Pull(), "nothing_new");
  EXPECT_EQ(taken_.size(), 1u);
  EXPECT_TRUE(ListFiles(folder_)->empty()) << "nothing stays of what was not moved away";
}

TEST_F(PlatformFollowerTest, NamesWhatIsWrong) {
  const std::pair<HttpResponse, const char*> rows[] = {
      {HttpResponse::Empty(404), "no_model"},        {HttpResponse::Empty(401), "token_refused"},
      {HttpResponse::Empty(403), "token_refused"},   {HttpResponse::Empty(500), "platform_failed"},
      {HttpResponse::Empty(302), "platform_failed"}, {Model("", "bytes", "a.grm"), "no_etag"},
  };
  for (const auto& [response, outcome] : rows) {
    Give(response);
    EXPECT_EQ(Pull(), outcome);
  }
  EXPECT_TRUE(taken_.empty());
  server_->Stop();
  EXPECT_EQ(Pull(), "platform_unreachable");
}

TEST_F(PlatformFollowerTest, ANameNeverBecomesAPath) {
  const std::pair<const char*, const char*> rows[] = {
      {"../../etc/cron.d/x.tar.gz", "x"}, {"/abs/olute.grm", "olute"}, {"..\\windows", "windows"}, {"", ""}};
  int number = 0;
  for (const auto& [file, name] : rows) {
    Give(Model(std::to_string(++number), "bytes", file));
    EXPECT_EQ(Pull(), "taken") << file;
    EXPECT_EQ(taken_.back().name, name) << file;
    EXPECT_EQ(std::filesystem::path(taken_.back().path).parent_path(), folder_);
  }
}

TEST_F(PlatformFollowerTest, AnArchiveThatCannotBeUsedIsNotFetchedAgain) {
  unusable_ = true;
  Give(Model("bad", "half", "a.grm"));
  EXPECT_EQ(Pull(), "package_truncated");
  Give(HttpResponse::Empty(204));
  EXPECT_EQ(Pull(), "nothing_new");
  EXPECT_EQ(LastRequest().headers.Get("If-None-Match"), "bad");
}

TEST_F(PlatformFollowerTest, WhatIsSentAgainIsNotTakenAgain) {
  Give(Model("abc", "bytes", "a.grm"));
  EXPECT_EQ(Pull(), "taken");
  EXPECT_EQ(Pull(), "nothing_new");
  EXPECT_EQ(taken_.size(), 1u);
}

TEST_F(PlatformFollowerTest, StopEndsAPullThatWaits) {
  Guarded<std::vector<Responder>> held;
  auto silent = HttpServer::Start(
      {}, [&](auto, Responder respond) { held.With([&](auto& all) { all.push_back(std::move(respond)); }); });
  ASSERT_TRUE(silent.ok());
  auto follower = PlatformFollower::Create({.platform = "http://127.0.0.1:" + std::to_string((*silent)->port()),
                                            .environment = "staging",
                                            .directory = folder_},
                                           [](const FetchedModel&) { return Result<void>(); });
  ASSERT_TRUE(follower.ok());
  std::thread running([&] { (*follower)->Run(); });
  while (held.With([](auto& all) { return all.empty(); })) std::this_thread::yield();
  (*follower)->Stop();
  running.join();
  held.With([](auto& all) { return std::exchange(all, {}); });
  (*silent)->Stop();
}

TEST(PlatformFollowerAddress, AnAddressThatIsNoServerIsRefusedAtTheStart) {
  for (const char* url : {"", "greenroom:5005", "ftp://a", "http://u:p@a", "http://169.254.169.254"}) {
    EXPECT_FALSE(PlatformFollower::Create({.platform = url, .directory = "/tmp"}, {}).ok()) << url;
  }
}

}  // namespace
}  // namespace greenroom

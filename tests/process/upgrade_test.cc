// A data directory written by the first release, opened by this program: everything is still there and answered.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <set>

#include "app/model_files.h"
#include "app/server.h"
#include "base/files.h"
#include "base/log.h"
#include "http/client.h"
#include "storage/backup.h"

namespace greenroom {
namespace {

constexpr char kOldToken[] = "fixture-admin-token-of-the-first-store";
constexpr char kFixture[] = GREENROOM_SOURCE_DIR "/tests/fixtures/store-of-schema-1.tar.gz";

class UpgradeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SetLogLevel(LogLevel::kOff);
    char name[] = "/tmp/greenroom-upgrade-XXXXXX";
    folder_ = ::mkdtemp(name);
    home_ = folder_ + "/home";
    std::filesystem::create_directories(home_);
    ASSERT_EQ(std::system(("tar xzf " + std::string(kFixture) + " -C " + home_).c_str()), 0);
    client_ = std::move(HttpClient::Create({})).value();
    Start();
  }
  void TearDown() override {
    server_.reset();
    client_.reset();
    std::filesystem::remove_all(folder_);
  }

  // No admin token is handed in: the old one must be enough, and no new one may be made.
  void Start() {
    auto server = Server::Start({.home = home_, .port = 0, .program = GREENROOM_BINARY});
    ASSERT_TRUE(server.ok()) << server.error().message;
    server_ = std::move(*server);
    server_->WaitSettled();
  }

  HttpClientResponse Call(const std::string& method, const std::string& path, const std::string& body = "",
                          const std::string& token = kOldToken) {
    HttpClientRequest request{
        .method = method, .url = "http://127.0.0.1:" + std::to_string(server_->port()) + path, .body = body};
    if (!token.empty()) request.headers.Set("Authorization", "Bearer " + token);
    auto answer = client_->Send(std::move(request));
    if (!answer) ADD_FAILURE() << method << " " << path << ": " << answer.error().message;
    return answer ? *answer : HttpClientResponse{};
  }

  Json Get(const std::string& path) {
    HttpClientResponse answer = Call("GET", path);
    EXPECT_EQ(answer.status, 200) << path << ": " << answer.body;
    auto json = ParseJson(answer.body, {.bytes = 16u << 20, .depth = 64, .nodes = 1'000'000});
    return json ? *json : Json();
  }

  std::string folder_, home_;
  std::unique_ptr<HttpClient> client_;
  std::unique_ptr<Server> server_;
};

TEST_F(UpgradeTest, TheOldAdminTokenStillWorksAndNoNewOneIsMade) {
  EXPECT_FALSE(server_->new_admin_token().has_value());
  EXPECT_EQ(Call("GET", "/api/environments").status, 200);
  EXPECT_EQ(Call("PUT", "/api/environments/fresh", "{}").status, 200);
  EXPECT_EQ(Call("GET", "/api/environments", "", "another-token-of-the-same-length-000").status, 401);
}

TEST_F(UpgradeTest, EveryEnvironmentIsThereWithTheModelItServed) {
  std::map<std::string, std::string> wanted;
  std::map<std::string, int64_t> epochs;
  Json rows = Get("/api/environments");
  for (const Json& row : rows.array()) {
    wanted[row["name"].AsString()] = row["wanted"].AsString();
    epochs[row["name"].AsString()] = row["epoch"].AsInt();
    if (row["wanted"].AsString().empty()) continue;
    EXPECT_EQ(row["serving"].AsString(), row["wanted"].AsString()) << row.Dump();
  }
  ASSERT_EQ(wanted.size(), 4u);
  EXPECT_EQ(wanted["production"], "20261125-001304-lucid-comet");
  EXPECT_EQ(wanted["experimental"], "20261125-001304-early-arbor");
  EXPECT_FALSE(wanted["qa"].empty());
  EXPECT_TRUE(wanted.contains("worker"));
  EXPECT_EQ(epochs["qa"], 3);
}

TEST_F(UpgradeTest, BothModelsKeepNumberDigestAndTags) {
  Json rows = Get("/api/projects/default/models");
  ASSERT_EQ(rows.size(), 2u);
  std::set<std::string> tags;
  for (const Json& row : rows.array()) {
    EXPECT_EQ(row["hash"].AsString().size(), 64u);
    for (const Json& tag : row["tags"].array()) tags.insert(tag.AsString());
    std::string package = Call("GET", "/api/projects/default/models/" + row["model"].AsString()).body;
    EXPECT_GT(package.size(), 1000u);
  }
  EXPECT_TRUE(tags.contains("production") && tags.contains("experimental") && tags.contains("qa"));
}

TEST_F(UpgradeTest, TheDeploymentsOfQaAreThereInTheirOrder) {
  Json rows = Get("/api/environments/qa/deployments");
  ASSERT_EQ(rows.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(rows.array()[i]["epoch"].AsInt(), static_cast<int64_t>(3 - i));
}

TEST_F(UpgradeTest, EveryConversationIsThereAndGoesOn) {
  const std::map<std::string, std::string> places = {
      {"anna", "production"}, {"bert", "production"}, {"cara", "experimental"}, {"dora", "qa"}};
  for (const auto& [sender, environment] : places) {
    std::string path = "/api/conversations/" + sender + "/events?environment=" + environment;
    size_t before = Get(path).size();
    EXPECT_GT(before, 3u) << sender;
    Json body = Json::Object({{"sender", sender}, {"message", "hello"}});
    HttpClientResponse answer =
        Call("POST", "/environments/" + environment + "/webhooks/rest/webhook", body.Dump(), "");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_NE(answer.body, "[]") << sender;
    EXPECT_GT(Get(path).size(), before + 2);
  }
}

TEST_F(UpgradeTest, RollingBackAndPromotingGoOnFromTheOldHistory) {
  std::string before = Get("/api/environments/qa/deployments").array()[0]["model"].AsString();
  EXPECT_EQ(Call("POST", "/api/environments/qa/rollback", "{}").status, 200);
  EXPECT_EQ(Call("POST", "/api/environments/qa/promote", Json::Object({{"model", before}}).Dump()).status, 200);
  EXPECT_EQ(Get("/api/environments/qa/deployments").size(), 5u);
}

TEST_F(UpgradeTest, ASecondStartChangesNothingMore) {
  std::string before = Get("/api/environments").Dump();
  std::string models = Get("/api/projects/default/models").Dump();
  server_.reset();
  Start();
  EXPECT_EQ(Get("/api/projects/default/models").Dump(), models);
  EXPECT_EQ(Get("/api/environments").size(), 4u);
}

TEST_F(UpgradeTest, ABackupMadeOfTheOldStoreRestoresIntoThisProgram) {
  server_.reset();
  std::string old = folder_ + "/old";
  std::filesystem::create_directories(old);
  ASSERT_EQ(std::system(("tar xzf " + std::string(kFixture) + " -C " + old).c_str()), 0);
  auto done = WriteBackup({.home = old, .file = folder_ + "/old.tar", .program = "test"}, CheckModelFile);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->schema, 1);
  std::filesystem::remove_all(home_);
  auto back = RestoreBackup(folder_ + "/old.tar", home_, CheckModelFile);
  ASSERT_TRUE(back.ok()) << back.error().message;
  Start();
  EXPECT_EQ(Get("/api/environments").size(), 4u);
  EXPECT_EQ(Get("/api/projects/default/models").size(), 2u);
}

}  // namespace
}  // namespace greenroom

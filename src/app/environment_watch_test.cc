#include "app/environment_watch.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "base/files.h"
#include "base/log.h"
#include "storage/sqlite_store.h"

namespace greenroom {
namespace {

class EnvironmentWatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SetLogLevel(LogLevel::kOff);
    char name[] = "/tmp/greenroom-watch-test-XXXXXX";
    folder_ = ::mkdtemp(name);
    store_ = std::move(SqliteStore::Open(folder_ + "/store.db", {})).value();
    registry_ = std::make_unique<Registry>(store_->registry(), SystemClock());
    ASSERT_TRUE(registry_->EnsureDefaults().ok());
    watch_ = std::make_unique<EnvironmentWatch>(folder_ + "/environments.yml", *registry_, [this] { ++changes_; });
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Write(const std::string& text) { ASSERT_TRUE(WriteFileDurably(folder_ + "/environments.yml", text).ok()); }
  std::string UrlOf(const std::string& name) {
    auto record = registry_->GetEnvironment("default", name);
    return record ? record->url : "absent";
  }

  std::string folder_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<EnvironmentWatch> watch_;
  int changes_ = 0;
};

TEST_F(EnvironmentWatchTest, TakesOverWhatTheFileNamesAndLeavesTheRest) {
  ASSERT_TRUE(registry_->PutEnvironment({.name = "mine"}).ok());
  Write("rasa:\n  production: {}\n  staging:\n    url: http://staging:5005\n    token: a-token-for-this-test\n");
  ASSERT_TRUE(watch_->Apply().ok());
  EXPECT_EQ(UrlOf("staging"), "http://staging:5005");
  EXPECT_EQ(registry_->GetEnvironment("default", "staging")->token, "a-token-for-this-test");
  EXPECT_EQ(UrlOf("production"), "");
  EXPECT_EQ(UrlOf("mine"), "");
  EXPECT_EQ(changes_, 1);
}

TEST_F(EnvironmentWatchTest, FollowsTheFile) {
  Write("rasa:\n  production:\n    url: http://old:5005\n  staging:\n    url: http://staging:5005\n");
  ASSERT_TRUE(watch_->Apply().ok());
  Write("rasa:\n  canary:\n    url: http://canary:5005\n");
  watch_->Look();
  EXPECT_EQ(UrlOf("canary"), "http://canary:5005");
  EXPECT_EQ(UrlOf("staging"), "absent");
  EXPECT_EQ(UrlOf("production"), "") << "production stays, embedded";
  EXPECT_EQ(changes_, 2);
  watch_->Look();
  EXPECT_EQ(changes_, 2) << "an unchanged file changes nothing";
}

TEST_F(EnvironmentWatchTest, ABrokenFileChangesNothing) {
  Write("rasa:\n  staging:\n    url: http://staging:5005\n");
  ASSERT_TRUE(watch_->Apply().ok());
  for (const char* broken : {"rasa:\n  canary: [", "", "rasa:\n  canary:\n    url: ftp://a\n"}) {
    Write(broken);
    watch_->Look();
    EXPECT_EQ(UrlOf("staging"), "http://staging:5005") << broken;
    EXPECT_EQ(UrlOf("canary"), "absent") << broken;
  }
  std::filesystem::remove(folder_ + "/environments.yml");
  watch_->Look();
  EXPECT_EQ(UrlOf("staging"), "http://staging:5005") << "without a file, what it said last holds";
}

TEST_F(EnvironmentWatchTest, ABrokenFileRefusesToStartAndNamesThePlace) {
  Write("rasa:\n  staging:\n    url: http://staging:5005\n    token: ${GREENROOM_TEST_IS_NOT_SET}\n");
  Result<void> applied = watch_->Apply();
  ASSERT_FALSE(applied.ok());
  EXPECT_NE(applied.error().message.find("environments.yml:4:12"), std::string::npos) << applied.error().message;
  EXPECT_EQ(UrlOf("staging"), "absent");
}

}  // namespace
}  // namespace greenroom

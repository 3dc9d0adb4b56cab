// Tracker stores in a PostgreSQL server that the test starts for itself, where one is installed.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

#include "app/conversation_import.h"
#include "base/files.h"
#include "base/text.h"
#include "storage/sqlite_store.h"

namespace greenroom {
namespace {

constexpr char kPrograms[] = "/usr/lib/postgresql/15/bin";

class PostgresTrackerStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!FileExists(std::string(kPrograms) + "/initdb")) GTEST_SKIP() << "PostgreSQL 15 is not installed";
    char name[] = "/tmp/greenroom-postgres-XXXXXX";
    folder_ = ::mkdtemp(name);
    // The server refuses to run as root.
    if (::geteuid() == 0) {
      prefix_ = "runuser -u postgres -- ";
      ASSERT_EQ(std::system(("chown postgres " + folder_).c_str()), 0);
    }
    ASSERT_TRUE(Do("initdb -D " + folder_ + "/data -A trust -U rasa -E UTF8 --no-sync"));
    ASSERT_TRUE(Do("pg_ctl -D " + folder_ + "/data -w -l " + folder_ +
                   "/log -o \"-c listen_addresses='' -c fsync=off -k " + folder_ + "\" start"));
    runs_ = true;
    ASSERT_TRUE(Do("createdb -h " + folder_ + " -U rasa rasa"));
  }
  void TearDown() override {
    if (runs_) Do("pg_ctl -D " + folder_ + "/data -m immediate -w stop");
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  bool Do(const std::string& command) const {
    return std::system((prefix_ + kPrograms + "/" + command + " >/dev/null 2>&1").c_str()) == 0;
  }
  bool Sql(const std::string& sql) const {
    return Do("psql -h " + folder_ + " -U rasa -v ON_ERROR_STOP=1 -c \"" + ReplaceAll(sql, "\"", "\\\"") + "\" rasa");
  }
  std::string Location(const std::string& database = "rasa") const {
    return "postgresql+psycopg2:///" + database + "?host=" + folder_ + "&user=rasa";
  }

  std::string folder_, prefix_;
  bool runs_ = false;
};

TEST_F(PostgresTrackerStoreTest, ConversationsAreTakenInOrderAndOnlyOnce) {
  ASSERT_TRUE(Sql(
      "CREATE TABLE events (id SERIAL PRIMARY KEY, sender_id VARCHAR(255) NOT NULL, type_name VARCHAR(255) NOT NULL, "
      "timestamp FLOAT, intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT)"));
  // 2,500 events of three conversations that took turns, more than one fetch.
  ASSERT_TRUE(
      Sql("INSERT INTO events (sender_id, type_name, timestamp, data) SELECT 'talk ' || i % 3, 'user', 1700000000 + i, "
          "json_build_object('event', 'user', 'timestamp', 1700000000 + i, 'text', 'grüß ' || i)::text "
          "FROM generate_series(1, 2500) AS i"));
  auto store = SqliteStore::Open(folder_ + "/greenroom.db", {});
  ASSERT_TRUE(store.ok()) << store.error().message;
  for (int64_t expected : {2500, 0}) {
    auto from = OutsideTrackerStore::Open(Location());
    ASSERT_TRUE(from.ok()) << from.error().message;
    auto report = ImportConversations(**from, (*store)->turns(), {});
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(report->events, expected);
    EXPECT_TRUE(report->not_taken.empty());
  }
  auto events = (*store)->turns().Events({.environment = "production", .conversation = "talk 1"});
  ASSERT_TRUE(events.ok());
  ASSERT_EQ(events->size(), 834u);
  EXPECT_EQ(events->front().event.As<UserUttered>()->text, "grüß 1");
  EXPECT_EQ(events->back().event.As<UserUttered>()->text, "grüß 2500");
  EXPECT_TRUE((*store)->turns().Verify().value().empty());
}

TEST_F(PostgresTrackerStoreTest, ADatabaseWithoutEventsOrWithoutServerIsAnErrorThatShowsNoPassword) {
  auto empty = OutsideTrackerStore::Open(Location());
  ASSERT_FALSE(empty.ok());
  EXPECT_EQ(empty.error().reason, "tracker_store_unreadable");
  auto nowhere =
      OutsideTrackerStore::Open("postgresql://rasa:a-password@localhost:1/rasa?host=" + folder_ + "/nowhere");
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.error().message.find("a-password"), std::string::npos);
}

}  // namespace
}  // namespace greenroom

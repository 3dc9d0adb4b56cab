#include <sqlite3.h>

#include <filesystem>
#include <fstream>

#include "storage/contract_fixture.h"
#include "storage/migrations.h"

namespace greenroom {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<SqliteStore> MustOpen(const std::string& path, SqliteStore::Options options = {}) {
  auto opened = SqliteStore::Open(path, options);
  EXPECT_TRUE(opened.ok()) << opened.error().message;
  return opened.ok() ? std::move(*opened) : nullptr;
}

void ChangeBehindTheStore(const std::string& path, const char* sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
}

// Commits one turn of three events for each number; the reasons of the refused ones.
std::vector<std::string> TakeTurns(SqliteStore& store, int from, int to) {
  std::vector<std::string> refused;
  Waiting waiting(store.turns());
  for (int i = from; i < to; ++i) {
    Result<Acceptance> accepted = waiting.Accept(TestMessage("ann", std::to_string(i)));
    Result<void> committed;
    if (!accepted)
      committed = accepted.error();
    else
      committed = waiting.Commit(TestTurn("ann", accepted->entry.id, *store.turns().TakeClaim(TestKey()), 3));
    if (!committed) refused.push_back(committed.error().reason);
  }
  return refused;
}

TEST(StoreFaults, ASecondProcessCannotOpenTheStore) {
  TestFolder folder;
  auto first = MustOpen(folder / "store.db");
  auto second = SqliteStore::Open(folder / "store.db", {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().reason, "store_in_use");
  first.reset();
  EXPECT_TRUE(SqliteStore::Open(folder / "store.db", {}).ok());
}

TEST(StoreFaults, AFullDiskIsAClearErrorAndLosesNothingThatWasAcknowledged) {
  TestFolder folder;
  auto store = MustOpen(folder / "store.db", {.max_pages = 60});
  std::vector<std::string> refused = TakeTurns(*store, 0, 600);
  ASSERT_FALSE(refused.empty());
  for (const std::string& reason : refused) EXPECT_EQ(reason, "no_space");
  EXPECT_TRUE(store->writable());
  size_t kept = store->turns().Events(TestKey())->size();
  EXPECT_GT(kept, 0u);
  store = nullptr;
  store = MustOpen(folder / "store.db");
  EXPECT_EQ(store->turns().Events(TestKey())->size(), kept);
  EXPECT_TRUE(store->turns().Verify()->empty());
  EXPECT_TRUE(TakeTurns(*store, 1000, 1010).empty()) << "the store goes on when there is space again";
}

TEST(StoreFaults, EveryAcknowledgedTurnIsThereAfterACrash) {
  TestFolder folder;
  auto store = MustOpen(folder / "store.db");
  ASSERT_TRUE(TakeTurns(*store, 0, 20).empty());
  // The files as a killed process leaves them: the log is not checkpointed.
  for (const char* suffix : {"", "-wal"})
    fs::copy_file(folder / ("store.db" + std::string(suffix)), folder / ("copy.db" + std::string(suffix)));
  ASSERT_TRUE(TakeTurns(*store, 20, 25).empty());
  auto copy = MustOpen(folder / "copy.db");
  EXPECT_EQ(copy->turns().Events(TestKey())->size(), 60u);
  EXPECT_TRUE(copy->turns().Verify()->empty());
  EXPECT_TRUE(TakeTurns(*copy, 20, 30).empty());
}

TEST(StoreFaults, ATornLogLosesWholeTurnsOnly) {
  TestFolder folder;
  auto store = MustOpen(folder / "store.db");
  ASSERT_TRUE(TakeTurns(*store, 0, 20).empty());
  for (const char* suffix : {"", "-wal"})
    fs::copy_file(folder / ("store.db" + std::string(suffix)), folder / ("copy.db" + std::string(suffix)));
  fs::resize_file(folder / "copy.db-wal", fs::file_size(folder / "copy.db-wal") * 2 / 3 + 17);
  auto copy = MustOpen(folder / "copy.db");
  size_t events = copy->turns().Events(TestKey())->size();
  EXPECT_GT(events, 0u);
  EXPECT_LT(events, 60u);
  EXPECT_EQ(events % 3, 0u);
  EXPECT_TRUE(copy->turns().Verify()->empty());
}

TEST(StoreFaults, AFileThatIsNoDatabaseIsRefused) {
  TestFolder folder;
  std::ofstream(folder / "store.db") << std::string(8192, 'x');
  auto opened = SqliteStore::Open(folder / "store.db", {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().reason, "store_corrupt");
}

TEST(StoreFaults, ADamagedPageIsRefused) {
  TestFolder folder;
  auto store = MustOpen(folder / "store.db");
  ASSERT_TRUE(TakeTurns(*store, 0, 200).empty());
  store = nullptr;
  std::fstream file(folder / "store.db", std::ios::in | std::ios::out | std::ios::binary);
  for (int page = 3; page < 12; ++page) file.seekp(page * 4096).write(std::string(2000, '\xff').data(), 2000);
  file.close();
  auto opened = SqliteStore::Open(folder / "store.db", {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().reason, "store_corrupt");
  EXPECT_EQ(opened.error().code, ErrorCode::kDataLoss);
}

TEST(StoreFaults, TheDatabaseOfAnotherProgramIsRefused) {
  TestFolder folder;
  ChangeBehindTheStore(folder / "store.db", "CREATE TABLE theirs (x)");
  auto opened = SqliteStore::Open(folder / "store.db", {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().reason, "not_a_store");
}

TEST(StoreFaults, ANewerSchemaIsRefusedWithBothVersions) {
  TestFolder folder;
  MustOpen(folder / "store.db").reset();
  ChangeBehindTheStore(folder / "store.db", "INSERT INTO schema_version VALUES (77, 'x', 0)");
  auto opened = SqliteStore::Open(folder / "store.db", {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().reason, "schema_too_new");
  EXPECT_NE(opened.error().message.find("77"), std::string::npos);
  EXPECT_NE(opened.error().message.find("up to " + std::to_string(Migrations().back().number)), std::string::npos);
}

TEST(StoreFaults, AChangedMigrationIsRefused) {
  TestFolder folder;
  MustOpen(folder / "store.db").reset();
  ChangeBehindTheStore(folder / "store.db", "UPDATE schema_version SET checksum = 'x'");
  EXPECT_EQ(SqliteStore::Open(folder / "store.db", {}).error().reason, "schema_mismatch");
}

TEST(StoreFaults, AMissingFolderIsAClearError) {
  TestFolder folder;
  auto opened = SqliteStore::Open(folder / "none/store.db", {});
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message.find("none/store.db"), std::string::npos);
}

TEST(StoreFaults, VerifySeesGapsChangesAndMixedTurns) {
  struct Case {
    const char* sql;
    const char* expected;
  };
  for (const Case& c :
       {Case{"DELETE FROM event WHERE seq = 2", "gap"}, Case{"UPDATE event SET payload = '{}' WHERE seq = 2", "chain"},
        Case{"UPDATE event SET model = 9 WHERE seq = 2", "two models"},
        Case{"UPDATE event SET fence = 0 WHERE seq = 3", "fence decreases"},
        Case{"UPDATE event SET turn = 1 WHERE seq = 5", "not contiguous"},
        Case{"DELETE FROM event WHERE seq = 6", "differs from the last event"},
        Case{"DELETE FROM inbox WHERE id = 2", "not done"}, Case{"DELETE FROM conversation", "without conversation"}}) {
    TestFolder folder;
    auto store = MustOpen(folder / "store.db");
    ASSERT_TRUE(TakeTurns(*store, 0, 2).empty());
    ChangeBehindTheStore(folder / "store.db", c.sql);
    auto violations = store->turns().Verify();
    ASSERT_TRUE(violations.ok()) << violations.error().message;
    bool seen = false;
    for (const std::string& violation : *violations) seen = seen || violation.find(c.expected) != std::string::npos;
    EXPECT_TRUE(seen) << c.sql;
  }
}

TEST(StoreFaults, TheNegativeControlLosesAcknowledgedTurns) {
  TestFolder folder;
  auto store = MustOpen(folder / "store.db", {.durable = false});
  Waiting waiting(store->turns());
  size_t acknowledged = 0;
  for (int i = 0; i < 50; ++i) acknowledged += waiting.Accept(TestMessage("ann", std::to_string(i))).ok() ? 1 : 0;
  EXPECT_EQ(acknowledged, 50u);
  for (const char* suffix : {"", "-wal"})
    fs::copy_file(folder / ("store.db" + std::string(suffix)), folder / ("copy.db" + std::string(suffix)));
  auto copy = MustOpen(folder / "copy.db");
  EXPECT_LT(copy->turns().TakeUnfinished(9)->size(), 50u);
}

TEST(StoreFaults, WhatWasSubmittedIsWrittenBeforeTheStoreCloses) {
  TestFolder folder;
  auto store = MustOpen(folder / "store.db");
  std::atomic<int> done = 0;
  for (int i = 0; i < 100; ++i)
    store->turns().Accept(TestMessage("ann", std::to_string(i)), [&](Result<Acceptance> a) { done += a.ok() ? 1 : 0; });
  store = nullptr;
  EXPECT_EQ(done, 100);
  EXPECT_EQ(MustOpen(folder / "store.db")->turns().TakeUnfinished(9)->size(), 100u);
}

}  // namespace
}  // namespace greenroom

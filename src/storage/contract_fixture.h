// What the contract tests of the stores share: a store of each kind in a folder of its own. For tests only.
//
//   class TurnStoreContract : public StoreContract {};
//   TEST_P(TurnStoreContract, DoesThis) { store().turns()... }
//   INSTANTIATE_TEST_SUITE_P(Sqlite, TurnStoreContract, testing::Values("sqlite"));
//
// Each test has a store in a temporary folder that goes with it, and a clock that stands still. Failures to open are
// test failures. Thread rules: the fixture belongs to the test's thread; Waiting may be used from several.
//
// A further kind of store (PostgreSQL) adds its name to the instances and its opening to Reopen.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>

#include "base/clock.h"
#include "storage/sqlite_store.h"

namespace greenroom {

// A folder of the system's temporary directory that is gone with the object.
// `folder / "name"` is the path of a file in it.
class TestFolder {
 public:
  TestFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "greenroom_store_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// The base of the contract suites; the parameter names the kind of store.
class StoreContract : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { Reopen(); }

  // Closes and opens the same store again.
  void Reopen() {
    store_.reset();
    auto opened = SqliteStore::Open(path(), {.clock = &clock_});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(*opened);
  }
  // The open store and the clock that it reads.
  SqliteStore& store() { return *store_; }
  std::string path() const { return folder_ / "store.db"; }
  FakeClock& clock() { return clock_; }

 private:
  TestFolder folder_;
  FakeClock clock_;
  std::unique_ptr<SqliteStore> store_;
};

// The writing calls of a TurnStore, waiting for their outcome.
class Waiting {
 public:
  explicit Waiting(TurnStore& turns) : turns_(turns) {}

  Result<Acceptance> Accept(InboxEntry entry) {
    return Wait<Acceptance>([&](auto done) { turns_.Accept(std::move(entry), done); });
  }
  Result<void> Commit(TurnCommit turn) {
    return Wait<void>([&](auto done) { turns_.Commit(std::move(turn), done); });
  }
  Result<void> RecordCall(ActionCall call) {
    return Wait<void>([&](auto done) { turns_.RecordCall(std::move(call), done); });
  }
  Result<void> RecordAnswer(ActionCall call) {
    return Wait<void>([&](auto done) { turns_.RecordAnswer(std::move(call), done); });
  }
  Result<void> MarkDead(int64_t id, std::string reply, int status = 500) {
    return Wait<void>([&](auto done) { turns_.MarkDead(id, std::move(reply), status, done); });
  }
  Result<void> CountAttempt(int64_t id) {
    return Wait<void>([&](auto done) { turns_.CountAttempt(id, done); });
  }
  Result<InboxEntry> Requeue(Requeuing requeuing) {
    return Wait<InboxEntry>([&](auto done) { turns_.Requeue(std::move(requeuing), done); });
  }

 private:
  template <typename T, typename Start>
  Result<T> Wait(Start start) {
    auto promise = std::make_shared<std::promise<Result<T>>>();
    start([promise](Result<T> outcome) { promise->set_value(std::move(outcome)); });
    return promise->get_future().get();
  }

  TurnStore& turns_;
};

// A conversation of the default assistant in production.
inline ConversationKey TestKey(const std::string& conversation = "ann") {
  return {.environment = "production", .conversation = conversation};
}

// A message of the channel "rest" with this idempotency key.
inline InboxEntry TestMessage(const std::string& conversation, const std::string& key,
                              const std::string& body = "hash") {
  return {.key = TestKey(conversation),
          .channel = "rest",
          .idempotency_key = key,
          .body_hash = body,
          .message = Json::Object({{"text", "hello"}}),
          .model = "model-a"};
}

// A turn with `count` slot events that follows `claim`.
inline TurnCommit TestTurn(const std::string& conversation, int64_t inbox_id, const Claim& claim, int count) {
  TurnCommit turn{.key = TestKey(conversation),
                  .inbox_id = inbox_id,
                  .fence = claim.fence,
                  .expected_seq = claim.next_seq - 1,
                  .model = "model-a",
                  .reply = "[{\"text\":\"hi\"}]"};
  for (int i = 0; i < count; ++i)
    turn.events.push_back({.body = SlotSet{"n", Json(i)}, .timestamp = 1'700'000'000.0 + i});
  return turn;
}

}  // namespace greenroom

// Events of other servers, taken over into a real store.
#include "serving/event_intake.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <thread>

#include "base/random.h"
#include "storage/sqlite_store.h"

namespace greenroom {
namespace {

class EventIntakeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/greenroom-intake-test-XXXXXX";
    folder_ = ::mkdtemp(name);
    store_ = std::move(SqliteStore::Open(folder_ + "/store.db", {})).value();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  static ForeignEvent Said(const std::string& conversation, int64_t number) {
    return {.conversation = conversation,
            .number = number,
            .model = "digest",
            .event = {.body = UserUttered{.text = "message " + std::to_string(number)}, .timestamp = 100.5}};
  }
  IntakeReport Take(std::vector<ForeignEvent> events, const std::string& origin = "server-1") {
    auto report = EventIntake(store_->turns()).Take({"staging", origin, std::move(events)});
    EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error().message);
    return report.ok() ? *report : IntakeReport{};
  }
  std::vector<int64_t> NumbersOf(const std::string& conversation) {
    std::vector<int64_t> numbers;
    auto events = store_->turns().Events({.environment = "staging", .conversation = conversation}).value();
    for (const StoredEvent& stored : events) numbers.push_back(stored.event.metadata["origin"]["number"].AsInt());
    return numbers;
  }

  std::string folder_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(EventIntakeTest, EventsAreKeptInOrderWithTheirTimeAndModel) {
  IntakeReport report = Take({Said("ada", 1), Said("bob", 1), Said("ada", 2)});
  EXPECT_EQ(report.taken, 3);
  EXPECT_EQ(NumbersOf("ada"), std::vector<int64_t>({1, 2}));
  auto stored = store_->turns().Events({.environment = "staging", .conversation = "ada"}).value();
  EXPECT_EQ(stored[0].event.timestamp, 100.5);
  EXPECT_EQ(stored[0].model, "digest");
  EXPECT_EQ(stored[0].event.As<UserUttered>()->text, "message 1");
  EXPECT_EQ(store_->turns().Conversations("default", "staging", 10, 0)->size(), 2u);
}

TEST_F(EventIntakeTest, WhatComesAgainInOtherPiecesChangesNothing) {
  Take({Said("ada", 1), Said("ada", 2)});
  IntakeReport report = Take({Said("ada", 2), Said("ada", 3)});
  EXPECT_EQ(report.taken, 1);
  EXPECT_EQ(report.known, 1);
  EXPECT_EQ(Take({Said("ada", 1), Said("ada", 2), Said("ada", 3)}).taken, 0);
  EXPECT_EQ(NumbersOf("ada"), std::vector<int64_t>({1, 2, 3}));
}

TEST_F(EventIntakeTest, TwoServersOfOneConversationDoNotHideEachOther) {
  Take({Said("ada", 1), Said("ada", 2)}, "server-1");
  EXPECT_EQ(Take({Said("ada", 1)}, "server-2").taken, 1);
  EXPECT_EQ(NumbersOf("ada"), std::vector<int64_t>({1, 2, 1}));
}

TEST_F(EventIntakeTest, PiecesThatAreSentAtTheSameTimeAndAgainLeaveEachEventOnce) {
  constexpr int kEvents = 60;
  std::vector<std::thread> senders;
  for (int sender = 0; sender < 3; ++sender) {
    senders.emplace_back([&, sender] {
      Random random(static_cast<uint64_t>(sender) + 1);
      // Every sender sends all of it, in pieces of its own that overlap.
      for (int64_t from = 1; from <= kEvents;) {
        auto to = std::min<int64_t>(kEvents, from + static_cast<int64_t>(random.Below(7)));
        std::vector<ForeignEvent> piece;
        for (int64_t number = std::max<int64_t>(1, from - 3); number <= to; ++number)
          piece.push_back(Said("ada", number));
        // Others may write in between again and again; a sender then sends the same piece once more.
        while (!EventIntake(store_->turns()).Take({"staging", "server-1", piece}).ok()) std::this_thread::yield();
        from = to + 1;
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  std::vector<int64_t> expected(kEvents);
  for (int i = 0; i < kEvents; ++i) expected[static_cast<size_t>(i)] = i + 1;
  EXPECT_EQ(NumbersOf("ada"), expected);
  EXPECT_TRUE(store_->turns().Verify()->empty());
}

}  // namespace
}  // namespace greenroom

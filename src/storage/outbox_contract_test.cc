// What every OutboxStore does, whatever it stands on.
#include "conversation/outbox.h"

#include "storage/contract_fixture.h"

namespace greenroom {
namespace {

class OutboxContract : public StoreContract {
 protected:
  // A turn of three events that leave for `sinks`.
  void Turn(const std::string& conversation, const std::string& key, std::vector<std::string> sinks) {
    Waiting waiting(store().turns());
    auto accepted = waiting.Accept(TestMessage(conversation, key));
    ASSERT_TRUE(accepted.ok());
    auto claim = store().turns().TakeClaim(TestKey(conversation));
    ASSERT_TRUE(claim.ok());
    TurnCommit turn = TestTurn(conversation, accepted->entry.id, *claim, 3);
    turn.outbox_sinks = std::move(sinks);
    ASSERT_TRUE(waiting.Commit(std::move(turn)).ok());
  }
  std::vector<OutboxEvent> WaitingFor(const std::string& sink, int64_t limit = 100) {
    return store().outbox().Waiting(sink, limit).value();
  }
};

TEST_P(OutboxContract, EventsWaitInTheOrderOfTheirConversationUntilTheyAreDelivered) {
  Turn("ann", "1", {"platform"});
  Turn("bert", "1", {"platform"});
  Turn("ann", "2", {"platform"});
  std::vector<OutboxEvent> waiting = WaitingFor("platform");
  ASSERT_EQ(waiting.size(), 9u);
  std::vector<int64_t> ann;
  for (const OutboxEvent& event : waiting) {
    if (event.key.conversation == "ann") ann.push_back(event.stored.seq);
  }
  EXPECT_EQ(ann, std::vector<int64_t>({1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(waiting[0].stored.model, "model-a");
  EXPECT_EQ(waiting[0].key, TestKey("ann"));
  std::vector<OutboxEvent> first(waiting.begin(), waiting.begin() + 4);
  ASSERT_TRUE(store().outbox().Delivered("platform", first).ok());
  EXPECT_EQ(WaitingFor("platform").size(), 5u);
  ASSERT_TRUE(store().outbox().Delivered("platform", first).ok()) << "twice is no harm";
  EXPECT_EQ(WaitingFor("platform").size(), 5u);
}

TEST_P(OutboxContract, EachSinkHasItsOwn) {
  Turn("ann", "1", {"platform", "events"});
  ASSERT_TRUE(store().outbox().Delivered("platform", WaitingFor("platform")).ok());
  EXPECT_TRUE(WaitingFor("platform").empty());
  EXPECT_EQ(WaitingFor("events").size(), 3u);
  EXPECT_TRUE(WaitingFor("nobody").empty());
}

TEST_P(OutboxContract, WhatNobodyReadsCanBeCountedAndDropped) {
  Turn("ann", "1", {"platform", "events"});
  Turn("bert", "1", {"events"});
  EXPECT_EQ(store().outbox().Count("events").value(), 6);
  EXPECT_EQ(store().outbox().Drop("events").value(), 6);
  EXPECT_EQ(store().outbox().Count("events").value(), 0);
  EXPECT_EQ(store().outbox().Count("platform").value(), 3) << "that is another's";
  EXPECT_EQ(store().outbox().Drop("events").value(), 0);
}

TEST_P(OutboxContract, AConversationThatBeganAnewIsNotTakenForDelivered) {
  Turn("ann", "1", {"events"});
  std::vector<OutboxEvent> sent = WaitingFor("events");
  ASSERT_EQ(sent.size(), 3u);
  for (OutboxEvent& event : sent) --event.stored.fence;  // they were sent before it was erased
  ASSERT_TRUE(store().outbox().Delivered("events", sent).ok());
  EXPECT_EQ(WaitingFor("events").size(), 3u);
}

TEST_P(OutboxContract, ALimitTakesTheOldestAndARestartLosesNothing) {
  Turn("ann", "1", {"platform"});
  Reopen();
  std::vector<OutboxEvent> two = WaitingFor("platform", 2);
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[1].stored.seq, 2);
  EXPECT_TRUE(store().turns().Verify()->empty());
}

INSTANTIATE_TEST_SUITE_P(Sqlite, OutboxContract, testing::Values("sqlite"));

}  // namespace
}  // namespace greenroom

#include <thread>

#include "storage/contract_fixture.h"
#include "storage/inspection.h"
#include "storage/retention.h"
#include "storage/sqlite.h"

namespace greenroom {
namespace {

class TurnStoreContract : public StoreContract {
 protected:
  TurnStore& turns() { return store().turns(); }
  Waiting waiting() { return Waiting(store().turns()); }

  int64_t Accepted(const std::string& conversation, const std::string& key) {
    Result<Acceptance> acceptance = waiting().Accept(TestMessage(conversation, key));
    EXPECT_TRUE(acceptance.ok() && acceptance->kind == Acceptance::Kind::kAccepted);
    return acceptance.ok() ? acceptance->entry.id : 0;
  }

  // Accepts a message and commits its turn with so many events.
  int64_t TakeTurn(const std::string& conversation, const std::string& key, int count) {
    int64_t id = Accepted(conversation, key);
    Result<Claim> claim = turns().TakeClaim(TestKey(conversation));
    EXPECT_TRUE(claim.ok());
    Result<void> committed = waiting().Commit(TestTurn(conversation, id, *claim, count));
    EXPECT_TRUE(committed.ok()) << committed.error().message;
    return id;
  }

  // The rows of a table of the file, as another process would see them.
  int64_t CountRows(const std::string& table) {
    auto db = Database::Open(path(), Database::Mode::kReadOnly);
    EXPECT_TRUE(db.ok());
    return *(*db)->Number(("SELECT count(*) FROM " + table).c_str());
  }

  void ExpectSound() {
    Result<std::vector<std::string>> violations = turns().Verify();
    ASSERT_TRUE(violations.ok()) << violations.error().message;
    for (const std::string& violation : *violations) ADD_FAILURE() << violation;
  }
};

TEST_P(TurnStoreContract, GivesRisingArrivalNumbers) {
  int64_t first = Accepted("ann", "1");
  EXPECT_GT(first, 0);
  EXPECT_GT(Accepted("bob", "1"), first);
}

TEST_P(TurnStoreContract, ASecondRequestWithARunningKeyIsToldSo) {
  int64_t id = Accepted("ann", "k");
  Result<Acceptance> again = waiting().Accept(TestMessage("ann", "k"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->kind, Acceptance::Kind::kRunning);
  EXPECT_EQ(again->entry.id, id);
}

TEST_P(TurnStoreContract, AFinishedKeyReplaysTheStoredReply) {
  int64_t id = TakeTurn("ann", "k", 2);
  Reopen();
  Result<Acceptance> again = waiting().Accept(TestMessage("ann", "k"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->kind, Acceptance::Kind::kReplay);
  EXPECT_EQ(again->entry.id, id);
  EXPECT_EQ(again->entry.reply, "[{\"text\":\"hi\"}]");
  EXPECT_EQ(again->entry.reply_status, 200);
}

TEST_P(TurnStoreContract, AKeyWithAnotherBodyIsAMismatch) {
  TakeTurn("ann", "k", 1);
  Result<Acceptance> other = waiting().Accept(TestMessage("ann", "k", "other body"));
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->kind, Acceptance::Kind::kMismatch);
}

TEST_P(TurnStoreContract, KeysAreSeparatePerConversationEnvironmentAssistantAndChannel) {
  InboxEntry entry = TestMessage("ann", "k");
  auto accepted = [&] {
    Result<Acceptance> a = waiting().Accept(entry);
    return a.ok() && a->kind == Acceptance::Kind::kAccepted;
  };
  EXPECT_TRUE(accepted());
  entry.channel = "websocket";
  EXPECT_TRUE(accepted());
  entry.key.environment = "worker";
  EXPECT_TRUE(accepted());
  entry.key.assistant = "other";
  EXPECT_TRUE(accepted());
  entry.key.conversation = "bob";
  EXPECT_TRUE(accepted());
  EXPECT_FALSE(accepted());
}

TEST_P(TurnStoreContract, MessagesWithoutKeyAreAlwaysNew) {
  int64_t first = Accepted("ann", "");
  EXPECT_NE(Accepted("ann", ""), first);
}

TEST_P(TurnStoreContract, FencesRiseAndSequenceNumbersFollowTheCommits) {
  Result<Claim> first = turns().TakeClaim(TestKey());
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->next_seq, 1);
  TakeTurn("ann", "1", 3);
  Result<Claim> later = turns().TakeClaim(TestKey());
  ASSERT_TRUE(later.ok());
  EXPECT_GT(later->fence, first->fence);
  EXPECT_EQ(later->next_seq, 4);
  Reopen();
  Result<Claim> reopened = turns().TakeClaim(TestKey());
  ASSERT_TRUE(reopened.ok());
  EXPECT_EQ(reopened->next_seq, 4);
  EXPECT_GE(reopened->fence, later->fence);
}

TEST_P(TurnStoreContract, AStaleFenceCannotCommit) {
  int64_t id = Accepted("ann", "1");
  Result<Claim> old = turns().TakeClaim(TestKey());
  Result<Claim> newer = turns().TakeClaim(TestKey());
  Result<void> committed = waiting().Commit(TestTurn("ann", id, *old, 2));
  ASSERT_FALSE(committed.ok());
  EXPECT_EQ(committed.error().reason, "stale_fence");
  EXPECT_EQ(committed.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(waiting().Commit(TestTurn("ann", id, *newer, 2)).ok());
  EXPECT_EQ(turns().Events(TestKey())->size(), 2u);
  ExpectSound();
}

TEST_P(TurnStoreContract, AWrongSequenceNumberCannotCommit) {
  TakeTurn("ann", "1", 2);
  int64_t id = Accepted("ann", "2");
  Claim claim = *turns().TakeClaim(TestKey());
  claim.next_seq = 2;
  Result<void> committed = waiting().Commit(TestTurn("ann", id, claim, 2));
  ASSERT_FALSE(committed.ok());
  EXPECT_EQ(committed.error().reason, "sequence_conflict");
  EXPECT_EQ(turns().Events(TestKey())->size(), 2u);
  ExpectSound();
}

TEST_P(TurnStoreContract, AMessageHasOneTurnOnly) {
  int64_t id = TakeTurn("ann", "1", 2);
  Claim claim = *turns().TakeClaim(TestKey());
  Result<void> again = waiting().Commit(TestTurn("ann", id, claim, 2));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().reason, "turn_finished");
  EXPECT_EQ(turns().Events(TestKey())->size(), 2u);
  ExpectSound();
}

TEST_P(TurnStoreContract, AMessageCannotHaveItsTurnInAnotherConversation) {
  int64_t id = Accepted("ann", "1");
  TakeTurn("bob", "1", 1);
  for (const char* name : {"bob", "nobody"}) {
    Claim claim = *turns().TakeClaim(TestKey(name));
    EXPECT_EQ(waiting().Commit(TestTurn(name, id, claim, 2)).error().reason, "inbox_not_found") << name;
  }
  ExpectSound();
}

TEST_P(TurnStoreContract, EventsComeBackInOrderWithTurnModelAndFence) {
  int64_t id = TakeTurn("ann", "1", 3);
  Reopen();
  Result<std::vector<StoredEvent>> events = turns().Events(TestKey());
  ASSERT_TRUE(events.ok()) << events.error().message;
  ASSERT_EQ(events->size(), 3u);
  for (int i = 0; i < 3; ++i) {
    const StoredEvent& stored = (*events)[static_cast<size_t>(i)];
    EXPECT_EQ(stored.seq, i + 1);
    EXPECT_EQ(stored.turn, id);
    EXPECT_EQ(stored.model, "model-a");
    EXPECT_EQ(stored.fence, 1);
    ASSERT_NE(stored.event.As<SlotSet>(), nullptr);
    EXPECT_EQ(stored.event.As<SlotSet>()->value.AsInt(), i);
  }
  EXPECT_EQ(turns().Events(TestKey(), 2)->size(), 1u);
  EXPECT_TRUE(turns().Events(TestKey("nobody"))->empty());
}

TEST_P(TurnStoreContract, EventsFromOutsideNeedNoMessage) {
  Claim claim = *turns().TakeClaim(TestKey());
  EXPECT_TRUE(waiting().Commit(TestTurn("ann", 0, claim, 2)).ok());
  EXPECT_EQ(turns().Events(TestKey())->front().turn, 0);
  ExpectSound();
}

TEST_P(TurnStoreContract, UnfinishedMessagesAreTakenAgainInOrderAndCounted) {
  int64_t first = Accepted("ann", "1");
  TakeTurn("bob", "1", 1);
  int64_t third = Accepted("ann", "3");
  Reopen();
  Result<std::vector<InboxEntry>> unfinished = turns().TakeUnfinished(9);
  ASSERT_TRUE(unfinished.ok());
  ASSERT_EQ(unfinished->size(), 2u);
  EXPECT_EQ(unfinished->front().id, first);
  EXPECT_EQ(unfinished->back().id, third);
  EXPECT_EQ(unfinished->front().attempts, 1);
  EXPECT_EQ(unfinished->front().message["text"].AsString(), "hello");
  EXPECT_EQ(unfinished->front().model, "model-a");
  EXPECT_EQ(turns().TakeUnfinished(9)->front().attempts, 2);
}

TEST_P(TurnStoreContract, AMessageThatWaitedBehindAnotherIsNotCountedForIt) {
  Accepted("ann", "1");
  Accepted("ann", "2");
  Accepted("bob", "1");
  ASSERT_TRUE(turns().TakeUnfinished(9).ok());
  const Result<std::vector<InboxEntry>> unfinished = turns().TakeUnfinished(9);
  ASSERT_EQ(unfinished->size(), 3u);
  EXPECT_EQ((*unfinished)[0].attempts, 2);
  EXPECT_EQ((*unfinished)[1].attempts, 0);
  EXPECT_EQ((*unfinished)[2].attempts, 2);
}

TEST_P(TurnStoreContract, AttemptsAreCountedForAllUpToABoundAndBeyondItOneByOne) {
  const int64_t ann = Accepted("ann", "1"), bob = Accepted("bob", "1");
  for (int start = 0; start < 5; ++start) ASSERT_TRUE(turns().TakeUnfinished(2).ok());
  ASSERT_TRUE(waiting().CountAttempt(bob).ok());
  const Result<std::vector<InboxEntry>> unfinished = turns().TakeUnfinished(2);
  ASSERT_EQ(unfinished->size(), 2u);
  EXPECT_EQ((*unfinished)[0].id, ann);
  EXPECT_EQ((*unfinished)[0].attempts, 2);
  EXPECT_EQ((*unfinished)[1].attempts, 3);
  EXPECT_EQ(waiting().CountAttempt(99).error().reason, "inbox_not_found");
}

TEST_P(TurnStoreContract, FailedMessagesAreListedLatestFirstByEnvironment) {
  const int64_t first = Accepted("ann", "1");
  const int64_t second = Accepted("bob", "1");
  const int64_t refused = Accepted("bob", "2");
  ASSERT_TRUE(waiting().MarkDead(first, R"({"reason": "x"})").ok());
  ASSERT_TRUE(waiting().MarkDead(second, R"({"reason": "y"})").ok());
  ASSERT_TRUE(waiting().MarkDead(refused, "[]", 429).ok());
  const Result<FailedMessages> all = turns().Failed("", 10, 0);
  ASSERT_TRUE(all.ok()) << all.error().message;
  EXPECT_EQ(all->total, 2) << "what found its queue full did not fail";
  ASSERT_EQ(all->messages.size(), 2u);
  EXPECT_EQ(all->messages[0].entry.id, second);
  EXPECT_EQ(all->messages[1].entry.reply, R"({"reason": "x"})");
  EXPECT_EQ(all->messages[1].received_at, clock().NowSeconds());
  EXPECT_EQ(turns().Failed("", 1, 1)->messages.front().entry.id, first);
  EXPECT_EQ(turns().Failed("staging", 10, 0)->total, 0);
}

TEST_P(TurnStoreContract, AFailedMessageIsAsNewWhenItIsGivenAnotherTurn) {
  const int64_t id = Accepted("ann", "1");
  ASSERT_TRUE(waiting().MarkDead(id, "{}").ok());
  const Result<InboxEntry> again = waiting().Requeue({.inbox_id = id, .actor = "ada"});
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->state, InboxState::kNew);
  EXPECT_EQ(again->message["text"].AsString(), "hello");
  EXPECT_EQ(turns().Failed("", 10, 0)->total, 0);
  EXPECT_EQ(turns().TakeUnfinished(9)->size(), 1u);
  EXPECT_EQ(waiting().Requeue({.inbox_id = id}).error().reason, "message_not_failed");
  EXPECT_EQ(waiting().Requeue({.inbox_id = 99}).error().reason, "message_not_found");
  ExpectSound();
}

TEST_P(TurnStoreContract, ADeadMessageKeepsItsErrorReplyAndIsNotTakenAgain) {
  int64_t id = Accepted("ann", "1");
  ASSERT_TRUE(waiting().MarkDead(id, "sorry").ok());
  EXPECT_TRUE(turns().TakeUnfinished(9)->empty());
  Result<Acceptance> again = waiting().Accept(TestMessage("ann", "1"));
  EXPECT_EQ(again->kind, Acceptance::Kind::kReplay);
  EXPECT_EQ(again->entry.state, InboxState::kDead);
  EXPECT_EQ(again->entry.reply, "sorry");
  EXPECT_EQ(again->entry.reply_status, 500);
}

TEST_P(TurnStoreContract, AnInspectionCountsWhatGrowsAndWhatWasSetAside) {
  const int64_t broken = Accepted("ann", "1");
  ASSERT_TRUE(waiting().MarkDead(broken, "sorry").ok());
  TakeTurn("bob", "1", 3);
  const Result<StoreInspection> seen = InspectStore(path());
  ASSERT_TRUE(seen.ok()) << seen.error().message;
  EXPECT_EQ(seen->rows.messages, 2);
  EXPECT_EQ(seen->rows.set_aside, 1);
  EXPECT_EQ(seen->rows.events, 3);
  EXPECT_EQ(seen->rows.jobs, 0);
}

TEST_P(TurnStoreContract, CallsKeepTheirAnswersOverRestarts) {
  int64_t id = Accepted("ann", "1");
  ASSERT_TRUE(waiting().RecordCall({.inbox_id = id, .step = 0, .call_key = "c0", .request_hash = "r0"}).ok());
  ASSERT_TRUE(waiting().RecordCall({.inbox_id = id, .step = 1, .call_key = "c1", .request_hash = "r1"}).ok());
  ASSERT_TRUE(waiting().RecordAnswer({.inbox_id = id, .step = 0, .answer = Json::Object({{"status", 200}})}).ok());
  Reopen();
  ASSERT_TRUE(waiting().RecordCall({.inbox_id = id, .step = 1, .call_key = "c1", .request_hash = "r1"}).ok());
  Result<std::vector<ActionCall>> calls = turns().CallsOf(id);
  ASSERT_TRUE(calls.ok());
  ASSERT_EQ(calls->size(), 2u);
  EXPECT_EQ(calls->front().call_key, "c0");
  ASSERT_TRUE(calls->front().answer.has_value());
  EXPECT_EQ((*calls->front().answer)["status"].AsInt(), 200);
  EXPECT_FALSE(calls->back().answer.has_value());
}

TEST_P(TurnStoreContract, CallsAndAnswersOfAnEarlierClaimAreDropped) {
  const int64_t id = Accepted("ann", "1");
  const Claim old = *turns().TakeClaim(TestKey());
  ActionCall call{
      .key = TestKey(), .fence = old.fence, .inbox_id = id, .step = 0, .call_key = "c", .request_hash = "r"};
  ASSERT_TRUE(waiting().RecordCall(call).ok());
  const Claim newer = *turns().TakeClaim(TestKey());
  call.answer = Json("late");
  EXPECT_EQ(waiting().RecordAnswer(call).error().reason, "stale_fence");
  call.step = 1;
  EXPECT_EQ(waiting().RecordCall(call).error().reason, "stale_fence");
  ASSERT_EQ(turns().CallsOf(id)->size(), 1u);
  EXPECT_FALSE(turns().CallsOf(id)->front().answer.has_value());
  call = {.key = TestKey(), .fence = newer.fence, .inbox_id = id, .step = 0, .answer = Json("in time")};
  EXPECT_TRUE(waiting().RecordAnswer(call).ok());
}

TEST_P(TurnStoreContract, WhatWasWrittenUnderALaterClaimKeepsEarlierOnesOutAfterARestartToo) {
  const Claim old = *turns().TakeClaim(TestKey());
  ASSERT_TRUE(turns().TakeClaim(TestKey()).ok());
  TakeTurn("ann", "1", 1);
  const int64_t id = Accepted("ann", "2");
  Reopen();
  ActionCall call{
      .key = TestKey(), .fence = old.fence, .inbox_id = id, .step = 0, .call_key = "c", .request_hash = "r"};
  EXPECT_EQ(waiting().RecordCall(call).error().reason, "stale_fence");
  EXPECT_EQ(waiting().RecordAnswer(call).error().reason, "stale_fence");
  EXPECT_TRUE(turns().CallsOf(id)->empty());
  TurnCommit late{.key = TestKey(), .inbox_id = id, .fence = old.fence, .expected_seq = 1, .model = "model-a"};
  EXPECT_EQ(waiting().Commit(late).error().reason, "stale_fence");
}

TEST_P(TurnStoreContract, ACallOfAnUnknownMessageIsAnError) {
  Result<void> recorded = waiting().RecordCall({.inbox_id = 77, .step = 0, .call_key = "c"});
  ASSERT_FALSE(recorded.ok());
  EXPECT_EQ(recorded.error().reason, "inbox_not_found");
  EXPECT_EQ(waiting().RecordAnswer({.inbox_id = 77, .step = 0, .answer = Json(1)}).error().reason, "inbox_not_found");
}

TEST_P(TurnStoreContract, ConversationsAreListedLatestFirstByEnvironment) {
  TakeTurn("ann", "1", 1);
  TakeTurn("bob", "1", 5);
  auto list = turns().Conversations("default", "production", 10, 0);
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ(list->front().key.conversation, "bob");
  EXPECT_EQ(list->front().events, 5);
  EXPECT_EQ(list->front().last_model, "model-a");
  EXPECT_EQ(turns().Conversations("default", "", 10, 1)->front().key.conversation, "ann");
  EXPECT_TRUE(turns().Conversations("default", "worker", 10, 0)->empty());
  EXPECT_TRUE(turns().Conversations("other", "", 10, 0)->empty());
}

TEST_P(TurnStoreContract, OneConflictDoesNotFailTheWritesBesideIt) {
  constexpr int kMessages = 200;
  std::atomic<int> accepted = 0, refused = 0;
  std::promise<void> all;
  auto count = [&](std::atomic<int>& counter) {
    ++counter;
    if (accepted + refused == 2 * kMessages) all.set_value();
  };
  for (int i = 0; i < kMessages; ++i) {
    std::string name = "c" + std::to_string(i);
    turns().Accept(TestMessage(name, "k"), [&](Result<Acceptance> a) { count(a.ok() ? accepted : refused); });
    Claim claim = *turns().TakeClaim(TestKey(name));
    claim.next_seq = 9;
    turns().Commit(TestTurn(name, 0, claim, 1), [&](Result<void> c) { count(c.ok() ? accepted : refused); });
  }
  all.get_future().wait();
  EXPECT_EQ(accepted, kMessages);
  EXPECT_EQ(refused, kMessages);
  ExpectSound();
}

TEST_P(TurnStoreContract, ManyWritersLeaveASoundStore) {
  std::vector<std::thread> writers;
  for (int w = 0; w < 8; ++w) {
    writers.emplace_back([this, w] {
      std::string name = "writer" + std::to_string(w);
      for (int i = 0; i < 25; ++i) TakeTurn(name, std::to_string(i), 1 + i % 5);
    });
  }
  for (std::thread& writer : writers) writer.join();
  Reopen();
  ExpectSound();
  EXPECT_EQ(turns().Conversations("default", "", 100, 0)->size(), 8u);
  EXPECT_EQ(turns().Events(TestKey("writer3"))->back().seq, 75);
}

TEST_P(TurnStoreContract, AKeyIsRememberedForDaysAndThenFree) {
  const int64_t id = TakeTurn("ann", "k", 1);
  clock().Advance(kKeyRetention - 1);
  EXPECT_EQ(waiting().Accept(TestMessage("ann", "k"))->kind, Acceptance::Kind::kReplay);
  clock().Advance(2);
  const Result<Acceptance> later = waiting().Accept(TestMessage("ann", "k", "other body"));
  EXPECT_EQ(later->kind, Acceptance::Kind::kAccepted);
  EXPECT_GT(later->entry.id, id);
}

TEST_P(TurnStoreContract, AnOldMessageWithoutItsTurnKeepsItsKey) {
  Accepted("ann", "k");
  clock().Advance(kKeyRetention + 1);
  EXPECT_EQ(waiting().Accept(TestMessage("ann", "k"))->kind, Acceptance::Kind::kRunning);
}

TEST_P(TurnStoreContract, OldMessagesAreForgottenWhileNewOnesComeAndTheirEventsStay) {
  constexpr int kOld = 100, kNew = 120;
  int64_t last = 0;
  for (int i = 0; i < kOld; ++i) last = TakeTurn("old" + std::to_string(i % 7), std::to_string(i), 2);
  clock().Advance(kKeyRetention + 1);
  for (int i = 0; i < kNew; ++i) {
    const int64_t id = TakeTurn("new", std::to_string(i), 1);
    EXPECT_EQ(id, last + 1);  // numbers are never given twice
    last = id;
  }
  EXPECT_EQ(CountRows("inbox"), kNew);
  EXPECT_EQ(turns().Events(TestKey("old0"))->size(), 30u);
  ExpectSound();
}

TEST_P(TurnStoreContract, ForgettingStopsAtAMessageWithoutItsTurnAndLeavesTheNewest) {
  TakeTurn("ann", "1", 1);
  Accepted("bob", "waits");
  TakeTurn("ann", "2", 1);
  clock().Advance(2 * kKeyRetention);
  for (int i = 0; i < 40; ++i) TakeTurn("cid", std::to_string(i), 1);
  EXPECT_EQ(CountRows("inbox"), 42);  // of the old ones only the first is gone
  const std::vector<InboxEntry> unfinished = *turns().TakeUnfinished(9);
  ASSERT_EQ(unfinished.size(), 1u);
  EXPECT_EQ(unfinished[0].idempotency_key, "waits");
  ExpectSound();
}

INSTANTIATE_TEST_SUITE_P(Sqlite, TurnStoreContract, testing::Values("sqlite"));

}  // namespace
}  // namespace greenroom

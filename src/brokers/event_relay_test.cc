#include "brokers/event_relay.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "brokers/relay_plan.h"

namespace greenroom {
namespace {

OutboxEvent Waits(const std::string& conversation, int64_t seq) {
  return {.key = {.environment = "production", .conversation = conversation},
          .stored = {.seq = seq, .event = {.body = SlotSet{.name = "n", .value = seq}, .timestamp = 1.5}}};
}

std::vector<std::string> Names(const std::vector<OutboxEvent>& events) {
  std::vector<std::string> names;
  for (const OutboxEvent& event : events) names.push_back(event.key.conversation + std::to_string(event.stored.seq));
  return names;
}

class FakeOutbox final : public OutboxStore {
 public:
  Result<std::vector<OutboxEvent>> Waiting(const std::string&, int64_t limit) const override {
    std::vector<OutboxEvent> some;
    for (const auto& [key, event] : rows) {
      if (static_cast<int64_t>(some.size()) < limit) some.push_back(event);
    }
    return some;
  }
  Result<void> Delivered(const std::string&, const std::vector<OutboxEvent>& events) override {
    for (const OutboxEvent& event : events) rows.erase({event.key.conversation, event.stored.seq});
    return {};
  }
  Result<int64_t> Count(const std::string&) const override { return static_cast<int64_t>(rows.size()); }
  Result<int64_t> Drop(const std::string&) override { return int64_t{0}; }
  void Add(const std::string& conversation, int64_t seq) { rows[{conversation, seq}] = Waits(conversation, seq); }

  std::map<std::pair<std::string, int64_t>, OutboxEvent> rows;
};

// Does what the test says and remembers what it was given.
class FakePublisher final : public EventPublisher {
 public:
  Result<std::vector<Delivery>> Publish(const std::vector<BrokerMessage>& messages) override {
    if (away) return Error{ErrorCode::kUnavailable, "broker_unreachable", "away"};
    std::vector<Delivery> outcomes;
    for (const BrokerMessage& message : messages) {
      ids.push_back(message.id);
      outcomes.push_back(fails.contains(message.id)     ? Delivery::kFailed
                         : refuses.contains(message.id) ? Delivery::kRefused
                                                        : Delivery::kConfirmed);
    }
    return outcomes;
  }
  void Interrupt() override { interrupted = true; }

  bool away = false, interrupted = false;
  std::set<std::string> fails, refuses;
  std::vector<std::string> ids;
};

struct Relaying {
  FakeOutbox outbox;
  FakePublisher publisher;
  EventRelay relay{{.server = "s"}, outbox, publisher};
};

TEST(RelayPlan, GivesOneEventOfEachConversationUntilThatIsConfirmed) {
  RelayPlan plan({Waits("a", 1), Waits("a", 2), Waits("b", 7)});
  EXPECT_EQ(Names(plan.Next(10)), (std::vector<std::string>{"a1", "b7"}));
  EXPECT_TRUE(plan.Next(10).empty()) << "both are under way";
  plan.Note({Delivery::kConfirmed, Delivery::kConfirmed});
  EXPECT_EQ(Names(plan.Next(10)), (std::vector<std::string>{"a2"}));
}

TEST(RelayPlan, WhatFailsHoldsUpItsOwnConversationOnly) {
  RelayPlan plan({Waits("a", 1), Waits("a", 2), Waits("b", 1), Waits("b", 2)});
  plan.Next(10);
  plan.Note({Delivery::kFailed, Delivery::kConfirmed});
  EXPECT_EQ(Names(plan.Next(10)), (std::vector<std::string>{"b2"}));
  plan.Note({Delivery::kConfirmed});
  EXPECT_EQ(Names(plan.TakeSettled()), (std::vector<std::string>{"b1", "b2"}));
  EXPECT_TRUE(plan.any_failed());
}

TEST(RelayPlan, ConversationsTakeTurnsWhenNotAllFit) {
  RelayPlan plan({Waits("a", 1), Waits("a", 2), Waits("b", 1)});
  EXPECT_EQ(Names(plan.Next(1)), (std::vector<std::string>{"a1"}));
  plan.Note({Delivery::kConfirmed});
  EXPECT_EQ(Names(plan.Next(1)), (std::vector<std::string>{"b1"}));
}

TEST(EventRelay, EmptiesTheOutboxInTheOrderOfEachConversation) {
  Relaying test;
  for (int64_t seq : {1, 2, 3}) test.outbox.Add("a", seq);
  test.outbox.Add("b", 1);
  EXPECT_EQ(test.relay.SendOnce().value(), 4);
  EXPECT_TRUE(test.outbox.rows.empty());
  EXPECT_EQ(test.publisher.ids, (std::vector<std::string>{"default/production/a/1", "default/production/b/1",
                                                          "default/production/a/2", "default/production/a/3"}));
  EXPECT_EQ(test.relay.figures().sent, 4);
}

TEST(EventRelay, KeepsWhatWasNotConfirmedAndSendsItAgainUnderTheSameId) {
  Relaying test;
  test.outbox.Add("a", 1);
  test.publisher.fails = {"default/production/a/1"};
  EXPECT_EQ(test.relay.SendOnce().error().reason, "delivery_failed");
  EXPECT_EQ(test.outbox.rows.size(), 1u);
  test.publisher.fails.clear();
  ASSERT_TRUE(test.relay.SendOnce().ok());
  EXPECT_TRUE(test.outbox.rows.empty());
  EXPECT_EQ(test.publisher.ids[0], test.publisher.ids[1]);
}

TEST(EventRelay, ABrokerThatIsAwayLosesNothing) {
  Relaying test;
  test.outbox.Add("a", 1);
  test.publisher.away = true;
  EXPECT_EQ(test.relay.SendOnce().error().reason, "broker_unreachable");
  EXPECT_EQ(test.outbox.rows.size(), 1u);
}

TEST(EventRelay, AnEventThatIsRefusedForGoodDoesNotHoldUpTheRest) {
  Relaying test;
  test.outbox.Add("a", 1);
  test.outbox.Add("a", 2);
  test.publisher.refuses = {"default/production/a/1"};
  EXPECT_EQ(test.relay.SendOnce().value(), 2);
  EXPECT_TRUE(test.outbox.rows.empty());
  EXPECT_EQ(test.relay.figures().refused, 1);
}

TEST(EventRelay, StopsAndInterruptsThePublisher) {
  Relaying test;
  test.relay.Stop();
  test.relay.Run();
  EXPECT_TRUE(test.publisher.interrupted);
}

}  // namespace
}  // namespace greenroom

// How conversations are found and noted upon, for every kind of store.
#include "conversation/conversation_index.h"

#include "storage/contract_fixture.h"

namespace greenroom {
namespace {

Event User(double at, const std::string& text, const std::string& intent, const std::string& channel = "rest") {
  Parse parse{.text = text, .intent = {.name = intent, .confidence = 0.9}};
  if (intent == "book") parse.entities.push_back({.entity = "city", .value = "Rome"});
  return {.body = UserUttered{.text = text, .parse = std::move(parse), .input_channel = channel}, .timestamp = at};
}

Event Action(double at, const std::string& name, double confidence, const std::string& policy = "RulePolicy") {
  return {.body = ActionExecuted{.name = name, .policy = policy, .confidence = confidence}, .timestamp = at};
}

Event Bot(double at, const std::string& text) { return {.body = BotUttered{.text = text}, .timestamp = at}; }

class ConversationIndexContract : public StoreContract {
 protected:
  ConversationIndex& index() { return store().conversations(); }
  TurnStore& turns() { return store().turns(); }

  void Add(const std::string& conversation, std::vector<Event> events, const std::string& environment = "production") {
    ConversationKey key{.environment = environment, .conversation = conversation};
    Claim claim = turns().TakeClaim(key).value();
    TurnCommit commit{.key = key, .fence = claim.fence, .expected_seq = claim.next_seq - 1, .model = "model-a"};
    commit.events = std::move(events);
    ASSERT_TRUE(Waiting(turns()).Commit(std::move(commit)).ok());
  }

  // Three conversations that differ in everything a filter looks at.
  void AddThree() {
    Add("ann", {User(100, "Hello 50% off", "greet"), Action(101, "utter_greet", 0.9), Bot(102, "Hi")});
    Add("ben", {User(200, "book Rome", "book", "socketio"),
                Action(201, "action_book", 0.4, "TEDPolicy"),
                {.body = SlotSet{"city", Json("Rome")}, .timestamp = 202},
                {.body = SlotSet{"gone", Json()}, .timestamp = 202},
                User(203, "thanks", "greet", "socketio"),
                Action(204, "utter_greet", 1.0)});
    Add("cora", {User(300, "hello", "greet"), Action(301, "action_listen", 0.2)}, "staging");
    ASSERT_TRUE(index().CatchUp().ok());
  }

  std::string Found(const ConversationFilter& filter) {
    auto page = index().Find(filter);
    if (!page) return page.error().message;
    std::string names;
    for (const ConversationCard& card : page->cards) names += (names.empty() ? "" : " ") + card.key.conversation;
    return names;
  }

  void Erase(const std::string& conversation, std::vector<Event> events, const std::string& expected = "") {
    Erasure erasure{.key = TestKey(conversation), .fence = turns().TakeClaim(TestKey(conversation))->fence};
    erasure.events = std::move(events);
    erasure.actor = "ann";
    std::promise<Result<void>> outcome;
    turns().Erase(std::move(erasure), [&](Result<void> done) { outcome.set_value(std::move(done)); });
    Result<void> done = outcome.get_future().get();
    EXPECT_EQ(done ? "" : done.error().reason, expected);
  }
};

TEST_P(ConversationIndexContract, FindsEachConversationByEachFilterAlone) {
  AddThree();
  EXPECT_EQ(Found({}), "cora ben ann");
  EXPECT_EQ(Found({.environment = "staging"}), "cora");
  EXPECT_EQ(Found({.any_of = {{Facet::kIntent, {"book"}}}}), "ben");
  EXPECT_EQ(Found({.any_of = {{Facet::kEntity, {"city", "x"}}}}), "ben");
  EXPECT_EQ(Found({.any_of = {{Facet::kAction, {"utter_greet"}}}}), "ben ann");
  EXPECT_EQ(Found({.any_of = {{Facet::kAction, {"action_listen"}}}}), "");
  EXPECT_EQ(Found({.any_of = {{Facet::kPolicy, {"TEDPolicy"}}}}), "ben");
  EXPECT_EQ(Found({.any_of = {{Facet::kSlot, {"city"}}}}), "ben");
  EXPECT_EQ(Found({.any_of = {{Facet::kSlot, {"gone"}}}}), "");
  EXPECT_EQ(Found({.any_of = {{Facet::kChannel, {"socketio"}}}}), "ben");
  EXPECT_EQ(Found({.any_of = {{Facet::kIntent, {"book", "greet"}}, {Facet::kChannel, {"rest"}}}}), "cora ann");
  EXPECT_EQ(Found({.text = "hELLO"}), "cora ann");
  EXPECT_EQ(Found({.except = "ben"}), "cora ann");
  EXPECT_EQ(Found({.from = 200}), "cora ben");
  EXPECT_EQ(Found({.until = 203}), "ben ann");
  EXPECT_EQ(Found({.from = 203, .until = 203}), "ben");
  EXPECT_EQ(Found({.maximum_confidence = 0.4}), "cora ben");
  EXPECT_EQ(Found({.minimum_users = 2}), "ben");
  EXPECT_EQ(Found({.maximum_users = 1}), "cora ann");
  EXPECT_EQ(Found({.assistant = "other"}), "");
}

TEST_P(ConversationIndexContract, TextIsTakenAsItIs) {
  AddThree();
  EXPECT_EQ(Found({.text = "50%"}), "ann");
  for (const char* text : {"%", "_", "\\", "' OR 1=1 --", "5%f"})
    EXPECT_EQ(Found({.text = text}), std::string(text) == "%" ? "ann" : "") << text;
}

TEST_P(ConversationIndexContract, OrdersAndPagesWithTheTotalOfAll) {
  AddThree();
  using Order = ConversationFilter::Order;
  EXPECT_EQ(Found({.order = Order::kOldestFirst}), "ann ben cora");
  EXPECT_EQ(Found({.order = Order::kLeastCertainFirst}), "cora ben ann");
  EXPECT_EQ(Found({.limit = 1, .offset = 1}), "ben");
  auto beyond = index().Find({.limit = 1, .offset = 10});
  EXPECT_EQ(beyond->total, 3);
  EXPECT_TRUE(beyond->cards.empty());
  EXPECT_EQ(index().Find({.any_of = {{Facet::kIntent, {"none"}}}})->total, 0);
}

TEST_P(ConversationIndexContract, ACardSaysWhatAConversationHolds) {
  AddThree();
  ConversationCard card = index().Find({.any_of = {{Facet::kIntent, {"book"}}}})->cards.front();
  EXPECT_EQ(card.key, TestKey("ben"));
  EXPECT_EQ(card.events, 6);
  EXPECT_EQ(card.users, 2);
  EXPECT_EQ(card.bots, 0);
  EXPECT_EQ(card.last_event_time, 204);
  EXPECT_EQ(card.last_channel, "socketio");
  EXPECT_EQ(card.last_model, "model-a");
  EXPECT_EQ(card.minimum_confidence, 0.4);
  EXPECT_EQ(card.names[Facet::kIntent], (std::vector<std::string>{"book", "greet"}));
  EXPECT_EQ(card.unflagged, (std::vector<double>{200, 203}));
  EXPECT_EQ(card.review, "unread");
}

TEST_P(ConversationIndexContract, TakesInWhatComesLaterAndOnlyOnce) {
  AddThree();
  Add("ann", {User(400, "book Rome", "book")});
  EXPECT_EQ(Found({.any_of = {{Facet::kIntent, {"book"}}}}), "ben");
  ASSERT_TRUE(index().CatchUp().ok());
  ASSERT_TRUE(index().CatchUp().ok());
  EXPECT_EQ(Found({.any_of = {{Facet::kIntent, {"book"}}}}), "ann ben");
  EXPECT_EQ(index().Totals("default", "production")->users, 4);
  Reopen();
  ASSERT_TRUE(index().CatchUp().ok());
  EXPECT_EQ(index().Totals("default", "")->users, 5);
  EXPECT_EQ(index().Totals("default", "")->top[Facet::kIntent].front(), NameCount("greet", 3));
}

TEST_P(ConversationIndexContract, KnowsSessionsThatAreStories) {
  int64_t story = NextStoryHash(NextStoryHash(0, "intent", "greet"), "action", "utter_greet");
  Event session{.body = SessionStarted{}, .timestamp = 1};
  Add("ann", {User(0.5, "earlier", "book"), session, Action(2, "action_listen", 1), User(3, "hi", "greet"),
              Action(4, "utter_greet", 1), Action(5, "action_listen", 1)});
  Add("ben", {User(3, "hi", "greet"), Action(4, "utter_greet", 1), User(6, "hi", "greet")});
  ASSERT_TRUE(index().CatchUp().ok());
  EXPECT_EQ(Found({.in_stories = true, .stories = {story}}), "ann");
  EXPECT_EQ(Found({.in_stories = false, .stories = {story}}), "ben");
  EXPECT_EQ(Found({.in_stories = true}), "");
}

TEST_P(ConversationIndexContract, FlagsMessagesByTheirTime) {
  AddThree();
  Reviewer by{"ann", "10.0.0.1"};
  ASSERT_TRUE(index().SetFlag(TestKey("ben"), 200, true, by).ok());
  EXPECT_EQ(Found({.flagged_only = true}), "ben");
  EXPECT_EQ(index().Flags(TestKey("ben")).value(), (std::vector<double>{200}));
  EXPECT_EQ(index().Find({.flagged_only = true})->cards.front().unflagged, (std::vector<double>{203}));
  EXPECT_EQ(index().SetFlag(TestKey("ben"), 202, true, by).error().reason, "message_not_found");
  EXPECT_EQ(index().SetFlag(TestKey("nobody"), 200, true, by).error().reason, "conversation_not_found");
  ASSERT_TRUE(index().SetFlag(TestKey("ben"), 200, false, by).ok());
  EXPECT_EQ(Found({.flagged_only = true}), "");
  EXPECT_EQ(store().accounts().Audit({})->front().entry.action, "message.unflag");
}

TEST_P(ConversationIndexContract, LabelsAreKeptPerConversationAndCounted) {
  AddThree();
  ASSERT_TRUE(index().AddLabels(TestKey("ann"), {"good", "first"}, {"ann", ""}).ok());
  ASSERT_TRUE(index().AddLabels(TestKey("ben"), {"good", "good"}, {"ann", ""}).ok());
  EXPECT_EQ(Found({.labels = {"good"}}), "ben ann");
  EXPECT_EQ(Found({.labels = {"first", "none"}}), "ann");
  EXPECT_EQ(index().Labels("default").value(), (std::vector<NameCount>{{"first", 1}, {"good", 2}}));
  ASSERT_TRUE(index().RemoveLabel(TestKey("ann"), "good", {"ann", ""}).ok());
  EXPECT_EQ(index().RemoveLabel(TestKey("ann"), "good", {"ann", ""}).error().reason, "label_not_found");
  EXPECT_EQ(index().LabelsOf(TestKey("ann")).value(), (std::vector<std::string>{"first"}));
}

TEST_P(ConversationIndexContract, AReviewedConversationIsUnreadOnceItGoesOn) {
  AddThree();
  ASSERT_TRUE(index().SetReview(TestKey("ann"), "reviewed", {"ann", ""}).ok());
  ASSERT_TRUE(index().SetReview(TestKey("ben"), "saved_for_later", {"ann", ""}).ok());
  EXPECT_EQ(Found({.review = "reviewed"}), "ann");
  Add("ann", {User(400, "more", "greet")});
  Add("ben", {User(401, "more", "greet")});
  EXPECT_EQ(Found({.review = "reviewed"}), "");
  EXPECT_EQ(Found({.review = "saved_for_later"}), "ben");
  EXPECT_EQ(index().Review(TestKey("ann")).value(), "unread");
}

TEST_P(ConversationIndexContract, AnErasedConversationLeavesNothing) {
  AddThree();
  Acceptance finished = Waiting(turns()).Accept(TestMessage("ann", "k1")).value();
  Claim claim = turns().TakeClaim(TestKey("ann")).value();
  TurnCommit turn = TestTurn("ann", finished.entry.id, claim, 1);
  turn.outbox_sinks = {"events"};
  ASSERT_TRUE(Waiting(turns()).Commit(turn).ok());
  ASSERT_TRUE(index().AddLabels(TestKey("ann"), {"good"}, {"ann", ""}).ok());
  ASSERT_TRUE(index().SetFlag(TestKey("ann"), 100, true, {"ann", ""}).ok());
  Erase("ann", {});
  EXPECT_EQ(Found({}), "cora ben");
  EXPECT_TRUE(turns().Events(TestKey("ann"))->empty());
  EXPECT_TRUE(store().outbox().Waiting("events", 10)->empty());
  EXPECT_TRUE(index().Labels("default")->empty());
  EXPECT_TRUE(index().Flags(TestKey("ann"))->empty());
  EXPECT_EQ(Waiting(turns()).Accept(TestMessage("ann", "k1"))->kind, Acceptance::Kind::kAccepted);
  EXPECT_EQ(store().accounts().Audit({})->front().entry.action, "conversation.erase");
  EXPECT_TRUE(turns().Verify()->empty());
  Erase("nobody", {}, "conversation_not_found");
}

TEST_P(ConversationIndexContract, AMessageThatWaitsSurvivesTheErasureAndBeginsAnew) {
  Add("ann", {User(100, "Hello", "greet")});
  Acceptance waiting = Waiting(turns()).Accept(TestMessage("ann", "k2")).value();
  Erase("ann", {});
  Claim claim = turns().TakeClaim(TestKey("ann")).value();
  EXPECT_EQ(claim.next_seq, 1);
  EXPECT_TRUE(Waiting(turns()).Commit(TestTurn("ann", waiting.entry.id, claim, 2)).ok());
  EXPECT_EQ(turns().Events(TestKey("ann"))->size(), 2u);
  EXPECT_TRUE(turns().Verify()->empty());
}

TEST_P(ConversationIndexContract, ReplacedEventsAreTheWholeConversation) {
  AddThree();
  Erase("ben", {User(500, "only this", "greet")});
  ASSERT_TRUE(index().CatchUp().ok());
  EXPECT_EQ(Found({.any_of = {{Facet::kIntent, {"book"}}}}), "");
  EXPECT_EQ(Found({.text = "only this"}), "ben");
  Claim claim = turns().TakeClaim(TestKey("ben")).value();
  EXPECT_EQ(claim.next_seq, 2);
  EXPECT_TRUE(turns().Verify()->empty());
}

TEST_P(ConversationIndexContract, AnOlderClaimCannotWriteWhatWasErased) {
  Add("ann", {User(100, "Hello", "greet")});
  Claim old = turns().TakeClaim(TestKey("ann")).value();
  Erase("ann", {});
  EXPECT_EQ(Waiting(turns()).Commit(TestTurn("ann", 0, old, 1)).error().reason, "stale_fence");
}

INSTANTIATE_TEST_SUITE_P(Sqlite, ConversationIndexContract, testing::Values("sqlite"));

}  // namespace
}  // namespace greenroom

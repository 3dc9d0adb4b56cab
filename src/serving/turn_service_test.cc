// What becomes of messages whose turn fails: the conversation goes on, a key gets one answer, nothing is taken twice.
#include "serving/turn_service.h"

#include <condition_variable>
#include <future>
#include <mutex>

#include "dialogue/turn_fixture.h"

namespace greenroom {
namespace {

constexpr char kDomain[] = "version: \"3.1\"\nintents: [greet]\nresponses:\n  utter_greet:\n  - text: Hello there\n";
constexpr char kRules[] = "rules:\n- rule: greet\n  steps:\n  - intent: greet\n  - action: utter_greet\n";

// A store in memory that fails as a test tells it to.
class FailingStore final : public TurnStore {
 public:
  void Accept(InboxEntry entry, Callback<Acceptance> done) override {
    Acceptance found{.entry = std::move(entry)};
    {
      std::lock_guard<std::mutex> lock(mutex_);
      auto earlier = std::find_if(inbox_.begin(), inbox_.end(), [&](const InboxEntry& kept) {
        return !kept.idempotency_key.empty() && kept.idempotency_key == found.entry.idempotency_key;
      });
      if (earlier != inbox_.end()) {
        const bool over = earlier->state == InboxState::kDone || earlier->state == InboxState::kDead;
        found.kind = over ? Acceptance::Kind::kReplay : Acceptance::Kind::kRunning;
        found.entry = *earlier;
      } else {
        found.entry.id = static_cast<int64_t>(inbox_.size()) + 1;
        inbox_.push_back(found.entry);
      }
    }
    done(std::move(found));
  }
  Result<Claim> TakeClaim(const ConversationKey&) override {
    std::lock_guard<std::mutex> lock(mutex_);
    return Claim{.fence = ++fence_, .next_seq = static_cast<int64_t>(events_.size()) + 1};
  }
  void RecordCall(ActionCall, Callback<void> done) override { done({}); }
  void RecordAnswer(ActionCall, Callback<void> done) override { done({}); }
  void Commit(TurnCommit turn, Callback<void> done) override { done(CommitNow(std::move(turn))); }
  void Erase(Erasure, Callback<void> done) override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      events_.clear();
    }
    done({});
  }
  void MarkDead(int64_t id, std::string reply, int status, Callback<void> done) override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      inbox_[static_cast<size_t>(id) - 1].state = InboxState::kDead;
      inbox_[static_cast<size_t>(id) - 1].reply = std::move(reply);
      inbox_[static_cast<size_t>(id) - 1].reply_status = status;
    }
    done({});
  }
  Result<std::vector<InboxEntry>> TakeUnfinished(int count_up_to) override {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<InboxEntry> unfinished;
    for (InboxEntry& entry : inbox_) {
      if (entry.state == InboxState::kDone || entry.state == InboxState::kDead) continue;
      if (entry.attempts < count_up_to) ++entry.attempts;
      unfinished.push_back(entry);
    }
    return unfinished;
  }
  void CountAttempt(int64_t id, Callback<void> done) override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ++inbox_[static_cast<size_t>(id) - 1].attempts;
      story_ += "begin " + inbox_[static_cast<size_t>(id) - 1].key.conversation + ", ";
    }
    done({});
  }
  Result<FailedMessages> Failed(const std::string&, int64_t, int64_t) const override { return FailedMessages{}; }
  void Requeue(Requeuing requeuing, Callback<InboxEntry> done) override {
    InboxEntry entry;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      InboxEntry& kept = inbox_[static_cast<size_t>(requeuing.inbox_id) - 1];
      kept.state = InboxState::kNew;
      kept.attempts = 0;
      entry = kept;
    }
    done(std::move(entry));
  }
  Result<std::vector<ActionCall>> CallsOf(int64_t) const override { return std::vector<ActionCall>{}; }
  Result<std::vector<StoredEvent>> Events(const ConversationKey&, int64_t = 0) const override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (unreadable_ == 0) return events_;
    --unreadable_;
    return Error{ErrorCode::kDataLoss, "event_unreadable", "an event cannot be read"};
  }
  Result<std::vector<ConversationSummary>> Conversations(const std::string&, const std::string&, int64_t,
                                                         int64_t) const override {
    return std::vector<ConversationSummary>{};
  }
  Result<std::vector<std::string>> Verify() const override { return std::vector<std::string>{}; }

  // The next `count` readings of events fail for good; the next `count` commits fail because the disk is full.
  void MakeUnreadable(int count) {
    std::lock_guard<std::mutex> lock(mutex_);
    unreadable_ = count;
  }
  void FillDisk(int count) {
    std::lock_guard<std::mutex> lock(mutex_);
    full_ = count;
  }
  // Leaves a message as a process leaves it that ended so often while it was at work on it.
  void LeaveBehind(InboxEntry entry) {
    std::lock_guard<std::mutex> lock(mutex_);
    entry.id = static_cast<int64_t>(inbox_.size()) + 1;
    inbox_.push_back(std::move(entry));
  }
  // What was counted and committed, in order.
  std::string story() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return story_;
  }
  std::vector<InboxEntry> inbox() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return inbox_;
  }
  size_t turns() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return turns_;
  }

 private:
  Result<void> CommitNow(TurnCommit turn) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (full_ > 0) {
      --full_;
      return Error{ErrorCode::kExhausted, "no_space", "the store cannot grow"};
    }
    for (Event& event : turn.events) {
      events_.push_back(
          {.seq = static_cast<int64_t>(events_.size()) + 1, .turn = turn.inbox_id, .event = std::move(event)});
    }
    InboxEntry& entry = inbox_[static_cast<size_t>(turn.inbox_id) - 1];
    entry.state = InboxState::kDone;
    entry.reply = turn.reply;
    entry.reply_status = turn.reply_status;
    story_ += "commit " + turn.key.conversation + ", ";
    ++turns_;
    return {};
  }

  mutable std::mutex mutex_;
  std::vector<InboxEntry> inbox_;
  std::vector<StoredEvent> events_;
  int64_t fence_ = 0;
  size_t turns_ = 0;
  std::string story_;
  mutable int unreadable_ = 0;
  int full_ = 0;
};

class NoActions final : public ActionCaller {
 public:
  void Call(const OutsideCall&, std::function<void(CallAnswer)> done) override { done({.failure = "none"}); }
};

class TurnServiceTest : public ::testing::Test {
 protected:
  TurnServiceTest() : talk_(kDomain, kRules) {
    // The model belongs to the conversation of the fixture, which outlives the service.
    std::shared_ptr<const LiveModel> model(std::shared_ptr<const LiveModel>(), &talk_.model());
    environments_.With([&](Environments::Slots& slots) { slots["production"].serving = model; });
    service_ = std::make_unique<TurnService>(TurnServiceParts{.store = store_,
                                                              .environments = environments_,
                                                              .actions = actions_,
                                                              .executor = executor_,
                                                              .clock = SystemClock()},
                                             TurnServiceOptions{.max_waiting = 2, .cached_conversations = 0});
  }
  ~TurnServiceTest() override { executor_.Stop(); }

  std::future<Result<TurnReply>> Begin(const std::string& key = "", const std::string& conversation = "ada") {
    TurnRequest request{.environment = "production",
                        .message = {.conversation_id = conversation, .text = "/greet", .channel = "rest"},
                        .idempotency_key = key};
    auto answer = std::make_shared<std::promise<Result<TurnReply>>>();
    service_->Handle(std::move(request), [answer](Result<TurnReply> reply) { answer->set_value(std::move(reply)); });
    return answer->get_future();
  }
  // "ok", or the reason.
  std::string Say(const std::string& key = "") {
    Result<TurnReply> reply = Begin(key).get();
    return reply ? (reply->replayed ? "replayed" : "ok") : reply.error().reason;
  }

  Conversation talk_;
  Environments environments_;
  FailingStore store_;
  NoActions actions_;
  Executor executor_{"test", 2};
  std::unique_ptr<TurnService> service_;
};

TEST_F(TurnServiceTest, ATurnThatFailsOnceIsTriedAgainInItsPlace) {
  store_.MakeUnreadable(2);
  EXPECT_EQ(Say("key"), "ok");
  EXPECT_EQ(Say("key"), "replayed");
  EXPECT_EQ(store_.turns(), 1u);
}

TEST_F(TurnServiceTest, ATurnThatKeepsFailingIsSetAsideAndTheConversationGoesOn) {
  store_.MakeUnreadable(3);
  EXPECT_EQ(Say("key"), "event_unreadable");
  EXPECT_EQ(store_.inbox()[0].state, InboxState::kDead);
  EXPECT_EQ(Say("key"), "message_set_aside");
  EXPECT_EQ(Say("key"), "message_set_aside") << "told the same each time";
  EXPECT_EQ(Say(), "ok");
  EXPECT_EQ(store_.turns(), 1u);
}

TEST_F(TurnServiceTest, AMessageThatMetAFullDiskIsTakenUpWhenItIsSentAgain) {
  store_.FillDisk(1);
  EXPECT_EQ(Say("key"), "no_space");
  EXPECT_EQ(store_.inbox()[0].state, InboxState::kNew) << "kept as it is";
  EXPECT_EQ(Say("key"), "ok");
  EXPECT_EQ(Say("key"), "replayed");
  EXPECT_EQ(store_.turns(), 1u);
}

TEST_F(TurnServiceTest, AMessageThatEndedTheProcessTooOftenIsNotBegunAgain) {
  InboxEntry entry{.key = {.environment = "production", .conversation = "ada"},
                   .channel = "rest",
                   .idempotency_key = "poison",
                   .attempts = 3};
  store_.LeaveBehind(entry);
  EXPECT_EQ(service_->ResumeUnfinished().value(), 1u);
  EXPECT_EQ(store_.inbox()[0].state, InboxState::kDead);
  EXPECT_EQ(Say("poison"), "message_set_aside");
  EXPECT_EQ(Say(), "ok");
}

TEST_F(TurnServiceTest, MessagesThatMayEndTheProcessAreTakenOneByOne) {
  for (const char* conversation : {"ada", "bob"}) {
    store_.LeaveBehind({.key = {.environment = "production", .conversation = conversation},
                        .channel = "rest",
                        .idempotency_key = conversation,
                        .attempts = 2});
  }
  EXPECT_EQ(service_->ResumeUnfinished().value(), 2u);
  auto ada = Begin("ada", "ada"), bob = Begin("bob", "bob");
  EXPECT_TRUE(ada.get().ok());
  EXPECT_TRUE(bob.get().ok());
  const std::string story = store_.story();
  EXPECT_TRUE(story == "begin ada, commit ada, begin bob, commit bob, " ||
              story == "begin bob, commit bob, begin ada, commit ada, ")
      << story;
}

TEST_F(TurnServiceTest, AMessageThatWasSetAsideGetsItsTurnWhenItIsAskedFor) {
  store_.MakeUnreadable(3);
  EXPECT_EQ(Say("key"), "event_unreadable");
  EXPECT_EQ(ParseJson(store_.inbox()[0].reply)->Find("reason")->AsString(), "event_unreadable");
  std::promise<Result<TurnReply>> answer;
  service_->Requeue({.inbox_id = 1}, [&](Result<TurnReply> reply) { answer.set_value(std::move(reply)); });
  Result<TurnReply> reply = answer.get_future().get();
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(store_.turns(), 1u);
  EXPECT_EQ(Say("key"), "replayed");
}

TEST_F(TurnServiceTest, MessagesBeyondTheBoundOfAConversationAreNotKept) {
  // The threads are held, so that nothing leaves the queue meanwhile.
  std::promise<void> go;
  std::shared_future<void> gate = go.get_future().share();
  for (size_t i = 0; i < executor_.threads(); ++i) executor_.Submit([gate] { gate.wait(); });
  std::vector<std::future<Result<TurnReply>>> taken;
  for (int i = 0; i < 3; ++i) taken.push_back(Begin());
  EXPECT_EQ(Say("late"), "conversation_queue_full");
  EXPECT_EQ(store_.inbox().size(), 3u);
  auto other = Begin("", "bob");
  go.set_value();
  for (auto& reply : taken) EXPECT_TRUE(reply.get().ok());
  EXPECT_TRUE(other.get().ok()) << "another conversation is not held up";
  EXPECT_EQ(Say("late"), "ok") << "the same key is good later";
}

}  // namespace
}  // namespace greenroom

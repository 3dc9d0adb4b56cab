// Events that come in from brokers and go out to them: the loop over a real store, and the whole program with a real
// RabbitMQ.
#include <deque>

#include "brokers/event_brokers.h"
#include "brokers/open_broker.h"
#include "brokers/rabbit_server.h"
#include "storage/sqlite_store.h"
#include "tests/process/home_fixture.h"

namespace greenroom {
namespace {

class FakeConsumer final : public EventConsumer {
 public:
  Result<std::vector<IncomingMessage>> Receive(size_t, std::chrono::milliseconds) override {
    if (batches.empty()) return std::vector<IncomingMessage>{};
    auto next = std::move(batches.front());
    batches.pop_front();
    return next;
  }
  Result<void> Settle(const std::vector<IncomingMessage>& messages, const std::vector<size_t>& rejected) override {
    if (lost) return Error{ErrorCode::kUnavailable, "broker_unreachable", "the connection was lost"};
    settled += messages.size();
    for (size_t index : rejected) refused.push_back(index);
    return {};
  }
  void Interrupt() override {}

  std::deque<std::vector<IncomingMessage>> batches;
  std::vector<size_t> refused;
  size_t settled = 0;
  bool lost = false;
};

IncomingMessage Slot(const std::string& sender, int value, const std::string& environment = "staging") {
  return {.environment = environment,
          .body = Json::Object({{"sender_id", sender},
                                {"event", "slot"},
                                {"timestamp", 100.5 + value},
                                {"name", "count"},
                                {"value", value}})
                      .Dump()};
}

class IntakeLoopTest : public HomeTest {
 protected:
  void SetUp() override {
    HomeTest::SetUp();
    store_ = std::move(SqliteStore::Open(Path("store.db"), {})).value();
    intake_ = std::make_unique<EventIntake>(store_->turns());
    Begin("");
  }
  void Begin(const std::string& default_environment) {
    loop_ = std::make_unique<IntakeLoop>(consumer_, *intake_,
                                         IntakeOptions{.default_environment = default_environment,
                                                       .own_server = "me",
                                                       .exists = [this](const std::string& name) -> Result<bool> {
                                                         if (store_away_)
                                                           return Error{ErrorCode::kUnavailable, "store_away", "away"};
                                                         return name == "staging";
                                                       }});
  }
  void TearDown() override {
    loop_.reset();
    intake_.reset();
    store_.reset();
    HomeTest::TearDown();
  }
  std::vector<int64_t> Counts(const std::string& conversation, const std::string& environment = "staging") {
    std::vector<int64_t> counts;
    auto events = store_->turns().Events({.environment = environment, .conversation = conversation}).value();
    for (const StoredEvent& one : events) counts.push_back(one.event.As<SlotSet>()->value.AsInt());
    return counts;
  }

  FakeConsumer consumer_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<EventIntake> intake_;
  std::unique_ptr<IntakeLoop> loop_;
  bool store_away_ = false;
};

TEST_F(IntakeLoopTest, EventsAreKeptInTheOrderOfTheirArrivalAndSettled) {
  consumer_.batches.push_back({Slot("ann", 1), Slot("bert", 1), Slot("ann", 2)});
  EXPECT_EQ(loop_->TakeOnce().value(), 3);
  EXPECT_EQ(Counts("ann"), std::vector<int64_t>({1, 2}));
  EXPECT_EQ(consumer_.settled, 3u);
  EXPECT_EQ(loop_->figures().taken, 3);
}

TEST_F(IntakeLoopTest, ARedeliveryIsKnown) {
  consumer_.batches.push_back({Slot("ann", 1), Slot("ann", 2)});
  consumer_.batches.push_back({Slot("ann", 1), Slot("ann", 2), Slot("ann", 3), Slot("ann", 3)});
  consumer_.lost = true;  // the broker never hears of the first
  EXPECT_FALSE(loop_->TakeOnce().ok());
  consumer_.lost = false;
  ASSERT_TRUE(loop_->TakeOnce().ok());
  EXPECT_EQ(Counts("ann"), std::vector<int64_t>({1, 2, 3}));
  EXPECT_EQ(loop_->figures().known, 3);
}

TEST_F(IntakeLoopTest, PoisonIsRejectedAndTheRestTaken) {
  consumer_.batches.push_back({{.environment = "staging", .body = "no json"},
                               Slot("ann", 1),
                               {.environment = "staging", .body = R"({"event":"restart"})"},
                               Slot("ann", 2)});
  ASSERT_TRUE(loop_->TakeOnce().ok());
  EXPECT_EQ(Counts("ann"), std::vector<int64_t>({1, 2}));
  EXPECT_EQ(consumer_.refused, std::vector<size_t>({0, 2}));
  EXPECT_EQ(loop_->figures().rejected, 2);
}

TEST_F(IntakeLoopTest, AnUnknownEnvironmentGoesToTheDefaultOrIsRejected) {
  consumer_.batches.push_back({Slot("ann", 1, "nowhere"), Slot("ann", 2, "")});
  ASSERT_TRUE(loop_->TakeOnce().ok());
  EXPECT_EQ(consumer_.refused, std::vector<size_t>({0, 1}));
  Begin("staging");
  consumer_.batches.push_back({Slot("ann", 1, "nowhere"), Slot("ann", 2, "")});
  ASSERT_TRUE(loop_->TakeOnce().ok());
  EXPECT_EQ(Counts("ann"), std::vector<int64_t>({1, 2}));
}

TEST_F(IntakeLoopTest, OurOwnEventsAreLetPass) {
  IncomingMessage own = Slot("ann", 1);
  own.server = "me";
  consumer_.batches.push_back({own});
  ASSERT_TRUE(loop_->TakeOnce().ok());
  EXPECT_TRUE(Counts("ann").empty());
  EXPECT_EQ(consumer_.settled, 1u);
}

TEST_F(IntakeLoopTest, WhileTheStoreIsAwayNothingIsSettledAndTheBatchIsHeld) {
  consumer_.batches.push_back({Slot("ann", 1)});
  store_away_ = true;
  EXPECT_FALSE(loop_->TakeOnce().ok());
  EXPECT_EQ(consumer_.settled, 0u);
  store_away_ = false;
  ASSERT_TRUE(loop_->TakeOnce().ok());
  EXPECT_EQ(Counts("ann"), std::vector<int64_t>({1}));
  EXPECT_EQ(consumer_.settled, 1u);
}

class BrokersTest : public HomeTest {
 protected:
  Program::Options Up(const std::string& endpoints) const {
    EXPECT_TRUE(WriteFileDurably(Path("endpoints.yml"), endpoints).ok());
    return {.arguments = {"run", "--home", Path("home"), "--port", "0", "--model", Path("bot.grm"), "--endpoints",
                          Path("endpoints.yml")},
            .environment = {std::string("GREENROOM_ADMIN_TOKEN=") + kAdminToken}};
  }
  static std::string RabbitKeys(const BrokerSettings& settings, const std::string& indent) {
    return "type: pika\n" + indent + "url: 127.0.0.1\n" + indent + "port: " + std::to_string(settings.port) + "\n" +
           indent + "username: guest\n" + indent + "password: guest\n" + indent + "queue: " + settings.queues[0] + "\n";
  }
};

TEST_F(BrokersTest, TurnsGoOutAndEventsOfOthersComeIn) {
  if (!RabbitServer::Installed()) GTEST_SKIP() << "rabbitmq-server is not installed: apt-get install rabbitmq-server";
  auto rabbit = RabbitServer::Start();
  ASSERT_TRUE(rabbit);
  BrokerSettings out = rabbit->Settings("out"), in = rabbit->Settings("in");
  in.exchange = "others";
  WriteProject("bot");
  TrainProject("bot", "bot.grm");
  auto other = MakePublisher(in);
  std::string body = R"({"sender_id":"far","event":"user","timestamp":5.5,"text":"from afar","parse_data":{}})";
  ASSERT_TRUE(other->Publish({{.id = "1", .environment = "production", .body = body}}).ok());
  Program program(Up("event_broker:\n  " + RabbitKeys(out, "  ") + "event_intake:\n- " + RabbitKeys(in, "  ") +
                     "  exchange_name: others\n"));
  ApiClient api(program.WaitReady());
  EXPECT_TRUE(Holds(api.Say("ann", "hello"), "Hello there"));
  auto consumer = MakeConsumer(out);
  std::vector<std::string> types;
  for (int i = 0; i < 100 && (types.empty() || types.back() != "bot"); ++i) {
    auto received = consumer->Receive(100, std::chrono::milliseconds(200));
    ASSERT_TRUE(received.ok());
    for (const IncomingMessage& one : *received) {
      Json event = JsonOf(one.body);
      EXPECT_EQ(event["sender_id"].AsString(), "ann");
      EXPECT_EQ(one.environment, "production");
      types.push_back(event["event"].AsString());
      if (types.back() == "bot") break;
    }
  }
  EXPECT_EQ(std::count(types.begin(), types.end(), "user"), 1);
  EXPECT_TRUE(api.WaitFor("/api/conversations/far",
                          [](const Json& conversation) { return Holds(conversation.Dump(), "from afar"); }));
}

TEST_F(BrokersTest, ABrokerThatIsAwayBlocksNoTurn) {
  WriteProject("bot");
  TrainProject("bot", "bot.grm");
  Program program(
      Up("event_broker:\n  type: pika\n  url: 127.0.0.1\n  port: 1\n  username: u\n  password: secret-word\n"));
  ApiClient api(program.WaitReady());
  EXPECT_TRUE(Holds(api.Say("ann", "hello"), "Hello there"));
  program.WaitFor("events_not_published");
  program.Signal(SIGTERM);
  EXPECT_EQ(program.WaitEnd(), 0) << program.output();
  EXPECT_FALSE(Holds(program.output(), "secret-word"));
  auto store = std::move(SqliteStore::Open(Path("home/greenroom.db"), {})).value();
  EXPECT_GT(store->outbox().Count(kBrokerSink).value(), 0) << "they wait on disk";
}

TEST_F(BrokersTest, WithoutABrokerNothingIsWrittenForOneAndWhatWaitedIsDropped) {
  WriteProject("bot");
  TrainProject("bot", "bot.grm");
  {
    Program first(Up("event_broker:\n  type: pika\n  url: 127.0.0.1\n  port: 1\n"));
    ApiClient(first.WaitReady()).Say("ann", "hello");
    first.Signal(SIGTERM);
    ASSERT_EQ(first.WaitEnd(), 0) << first.output();
  }
  Program second(Up("action_endpoint:\n  url: http://127.0.0.1:1/webhook\n"));
  ApiClient(second.WaitReady()).Say("ann", "hello");
  second.Signal(SIGTERM);
  ASSERT_EQ(second.WaitEnd(), 0) << second.output();
  auto store = std::move(SqliteStore::Open(Path("home/greenroom.db"), {})).value();
  EXPECT_EQ(store->outbox().Count(kBrokerSink).value(), 0);
}

TEST_F(BrokersTest, AKeyThatDoesNotExistStopsTheStartWithTheOnesThatDo) {
  WriteProject("bot");
  TrainProject("bot", "bot.grm");
  Program program(Up("event_broker:\n  type: pika\n  url: rabbit\n  pasword: secret-word\n"));
  EXPECT_NE(program.WaitEnd(), 0);
  EXPECT_TRUE(Holds(program.output(), "`pasword`")) << program.output();
  EXPECT_TRUE(Holds(program.output(), "exchange_name")) << program.output();
  EXPECT_FALSE(Holds(program.output(), "secret-word"));
}

}  // namespace
}  // namespace greenroom

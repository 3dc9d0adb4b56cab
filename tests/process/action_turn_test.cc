// Turns with a custom action, over a real action server and a real process that can be killed at any moment.
#include "tests/process/action_server.h"
#include "tests/process/home_fixture.h"

namespace greenroom {
namespace {

constexpr char kWebhook[] = "/webhooks/rest/webhook";
constexpr char kQuestion[] = R"({"sender": "ada", "message": "how much"})";
constexpr char kPrice[] =
    R"({"events": [{"event": "slot", "name": "price", "value": "90", "timestamp": null}],
        "responses": [{"text": "It is 90 a night."}]})";

class ActionTurnTest : public HomeTest {
 protected:
  void SetUp() override {
    HomeTest::SetUp();
    WriteProject("bot", SmallProject({{"domain.yml",
                                       "version: \"3.1\"\nintents: [greet, ask]\nactions: [action_price]\nslots:\n"
                                       "  price:\n    type: text\n    influence_conversation: false\n    mappings:\n"
                                       "    - type: custom\nresponses:\n  utter_greet:\n  - text: Hello there\n"},
                                      {"data/rules.yml",
                                       "rules:\n- rule: greet\n  steps:\n  - intent: greet\n  - action: utter_greet\n"
                                       "- rule: ask\n  steps:\n  - intent: ask\n  - action: action_price\n"},
                                      {"endpoints.yml", actions_.Endpoints()}}));
    TrainProject("bot", "bot.grm");
    Start();
  }

  // Starts the server, or starts it again with the store it had.
  void Start() {
    server_ = std::make_unique<Program>(
        Program::Options{.arguments = {"run", "--model", Path("bot.grm"), "--home", Path("home"), "--port", "0",
                                       "--endpoints", Path("bot/endpoints.yml")},
                         .environment = {std::string("GREENROOM_ADMIN_TOKEN=") + kAdminToken}});
    const uint16_t port = server_->WaitReady();
    ASSERT_NE(port, 0) << server_->output();
    api_ = std::make_unique<ApiClient>(port);
  }
  void KillAndStartAgain() {
    server_->Kill();
    Start();
  }

  Json Events() const { return api_->Get("/api/conversations/ada/events"); }
  void ExpectSoundStore() {
    server_->Kill();
    Program verify({.arguments = {"verify", "--home", Path("home")}});
    EXPECT_EQ(verify.WaitEnd(), 0) << verify.output();
  }

  TestActionServer actions_;
  std::unique_ptr<Program> server_;
  std::unique_ptr<ApiClient> api_;
};

TEST_F(ActionTurnTest, AnActionIsCalledAsRasaDoesItAndItsAnswerBecomesTheTurn) {
  auto reply = api_->Begin("POST", kWebhook, kQuestion);
  ASSERT_TRUE(actions_.WaitForCalls(1));
  EXPECT_EQ(Events().size(), 0u) << "nothing of a turn shows before all of it is there";
  const Json body = actions_.calls()[0].body;
  EXPECT_EQ(body["next_action"].AsString(), "action_price");
  EXPECT_EQ(body["sender_id"].AsString(), "ada");
  EXPECT_EQ(body["tracker"]["sender_id"].AsString(), "ada");
  EXPECT_EQ(body["tracker"]["latest_message"]["text"].AsString(), "how much");
  EXPECT_EQ(body["tracker"]["latest_message"]["intent"]["name"].AsString(), "ask");
  EXPECT_TRUE(body["tracker"]["slots"].Find("price"));
  EXPECT_TRUE(body["domain"]["slots"].Find("price"));
  EXPECT_FALSE(body["version"].AsString().empty());
  EXPECT_EQ(CountEvents(body["tracker"]["events"], "user"), 1);
  EXPECT_FALSE(actions_.calls()[0].key.empty());
  actions_.Answer(0, kPrice);
  EXPECT_TRUE(Holds(reply.get().body, "It is 90 a night."));
  EXPECT_EQ(CountEvents(Events(), "bot"), 1);
  EXPECT_EQ(api_->Get("/conversations/ada/tracker")["slots"]["price"].AsString(), "90");
}

TEST_F(ActionTurnTest, AKillWhileAnActionIsPendingLosesNothingAndDoublesNothing) {
  auto lost = api_->Begin("POST", kWebhook, kQuestion, "key-1");
  ASSERT_TRUE(actions_.WaitForCalls(1));
  KillAndStartAgain();
  EXPECT_EQ(lost.get().status, 0) << "its server is gone";
  EXPECT_TRUE(Holds(server_->output(), "resumed_messages=1")) << "the message was on disk: " << server_->output();
  ASSERT_TRUE(actions_.WaitForCalls(2)) << "the turn goes on without being asked to";
  EXPECT_EQ(actions_.calls()[1].key, actions_.calls()[0].key) << "the action server can tell that it is the same call";
  EXPECT_EQ(actions_.calls()[1].attempt, "2");
  EXPECT_EQ(Events().size(), 0u) << "no half of a turn";

  auto retry = api_->Begin("POST", kWebhook, kQuestion, "key-1");
  auto next = api_->Begin("POST", kWebhook, R"({"sender": "ada", "message": "hello"})");
  actions_.Answer(1, kPrice);
  const HttpClientResponse answer = retry.get();
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(Holds(answer.body, "It is 90 a night."));
  EXPECT_TRUE(Holds(next.get().body, "Hello there")) << "the conversation goes on behind it";
  EXPECT_EQ(api_->Call("POST", kWebhook, kQuestion, "key-1").body, answer.body);
  EXPECT_EQ(CountEvents(Events(), "user"), 2);
  EXPECT_EQ(CountEvents(Events(), "bot"), 2);
  EXPECT_EQ(actions_.calls().size(), 2u);
  ExpectSoundStore();
}

TEST_F(ActionTurnTest, AnAnswerThatCameBeforeTheKillIsNotAskedForAgain) {
  auto first = api_->Begin("POST", kWebhook, kQuestion, "key-1");
  ASSERT_TRUE(actions_.WaitForCalls(1));
  actions_.Answer(0, kPrice);
  const std::string reply = first.get().body;
  KillAndStartAgain();
  EXPECT_EQ(api_->Call("POST", kWebhook, kQuestion, "key-1").body, reply);
  EXPECT_EQ(actions_.calls().size(), 1u);
}

TEST_F(ActionTurnTest, AMessageThatEndsTheProcessEachTimeIsSetAsideAndItsConversationGoesOn) {
  auto lost = api_->Begin("POST", kWebhook, kQuestion, "key-1");
  for (size_t start = 1; start <= 3; ++start) {
    ASSERT_TRUE(actions_.WaitForCalls(start)) << "start " << start;
    KillAndStartAgain();  // as if the turn had killed it
  }
  EXPECT_TRUE(Holds(server_->output(), "message_set_aside")) << server_->output();
  EXPECT_TRUE(api_->WaitFor("/api/health", [](const Json& health) { return health.size() > 0; }));
  const HttpClientResponse refused = api_->Call("POST", kWebhook, kQuestion, "key-1");
  EXPECT_EQ(refused.status, 500) << refused.body;
  EXPECT_EQ(api_->Call("POST", kWebhook, kQuestion, "key-1").status, 500) << "told the same each time";
  EXPECT_TRUE(Holds(api_->Say("ada", "hello"), "Hello there"));
  EXPECT_EQ(CountEvents(Events(), "user"), 1);

  const Json failed = api_->Get("/api/messages/failed?environment=production");
  ASSERT_EQ(failed.size(), 1u) << failed.Dump();
  const Json& message = failed.array().front();
  EXPECT_EQ(message["conversation"].AsString(), "ada");
  EXPECT_EQ(message["text"].AsString(), "how much");
  EXPECT_EQ(message["reason"].AsString(), "process_ended");
  const std::string again = "/api/messages/" + message["id"].Dump() + "/requeue";
  auto requeued = api_->Begin("POST", again, "");
  ASSERT_TRUE(actions_.WaitForCalls(4));
  EXPECT_EQ(actions_.calls()[3].key, actions_.calls()[0].key) << "it is the same call still";
  actions_.Answer(3, kPrice);
  const HttpClientResponse answer = requeued.get();
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(Holds(answer.body, "It is 90 a night."));
  EXPECT_EQ(api_->Get("/api/messages/failed").size(), 0u);
  EXPECT_EQ(api_->Call("POST", again, "").status, 409);
  EXPECT_TRUE(Holds(api_->Call("POST", kWebhook, kQuestion, "key-1").body, "It is 90 a night."));
  EXPECT_TRUE(Holds(api_->Get("/api/audit?subject=production/ada").Dump(), "message.requeue"));
  EXPECT_EQ(actions_.calls().size(), 4u) << "and not called again";
  ExpectSoundStore();
}

TEST_F(ActionTurnTest, AStopWaitsForTheActionAnswersAndThenEnds) {
  auto reply = api_->Begin("POST", kWebhook, kQuestion);
  ASSERT_TRUE(actions_.WaitForCalls(1));
  server_->Signal(SIGTERM);
  ASSERT_TRUE(server_->WaitFor("stopping"));
  actions_.Answer(0, kPrice);
  const HttpClientResponse answer = reply.get();
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(Holds(answer.body, "It is 90 a night."));
  EXPECT_EQ(server_->WaitEnd(), 0) << server_->output();
  Start();
  EXPECT_EQ(CountEvents(Events(), "bot"), 1) << "what was answered is on disk";
}

TEST_F(ActionTurnTest, AFailingActionLosesNoEventAndTheConversationGoesOn) {
  for (const char* answer : {"no json", "{\"events\": [{\"event\": \"nonsense\"}]}", "", "[[[["}) {
    const size_t before = actions_.calls().size();
    auto reply = api_->Begin("POST", kWebhook, kQuestion);
    ASSERT_TRUE(actions_.WaitForCalls(before + 1));
    actions_.Answer(before, answer, 500);
    EXPECT_EQ(reply.get().status, 200) << answer;
  }
  EXPECT_EQ(CountEvents(Events(), "user"), 4);
  EXPECT_TRUE(Holds(api_->Say("ada", "hello"), "Hello there"));
  ExpectSoundStore();
}

}  // namespace
}  // namespace greenroom

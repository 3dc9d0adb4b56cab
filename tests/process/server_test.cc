// A whole server on a free port, spoken to as clients do: the chain from a source to turns on disk.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <thread>

#include "app/example.h"
#include "app/server.h"
#include "base/environment.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "http/client.h"
#include "nlu/register.h"
#include "storage/sqlite_store.h"
#include "tests/process/api_client.h"
#include "training/train_model.h"

namespace greenroom {
namespace {

constexpr char kToken[] = "a-long-admin-token-for-tests-0123456789";
constexpr char kOldGreeting[] = "OLD GREETING", kNewGreeting[] = "NEW GREETING";

void TrainVersion(const std::string& home, const std::string& name, const std::string& greeting) {
  std::string project = home + "/source-" + name;
  ASSERT_TRUE(WriteExample(project).ok());
  std::string domain = ReadFile(project + "/domain.yml").value();
  domain = ReplaceAll(domain, "Good day, this is the hotel desk. How can I help?", greeting);
  domain = ReplaceAll(domain, "Welcome to the hotel. What can I do for you?", greeting);
  ASSERT_TRUE(WriteFileDurably(project + "/domain.yml", domain).ok());
  LoadedSource loaded = LoadSource({.root = project}, ProcessEnvironment());
  ASSERT_FALSE(loaded.diagnostics.has_errors()) << RenderText(loaded.diagnostics, loaded.texts, {});
  ComponentRegistry components;
  RegisterNluComponents(components);
  auto trained = TrainModel(loaded.source, components, {.output = home + "/models/" + name + ".grm", .name = name},
                            loaded.diagnostics);
  ASSERT_TRUE(trained.ok()) << trained.error().message;
}

class ServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    SetLogLevel(LogLevel::kOff);
    char name[] = "/tmp/greenroom-server-test-XXXXXX";
    models_ = new std::string(::mkdtemp(name));
    std::filesystem::create_directories(*models_ + "/models");
    TrainVersion(*models_, "old", kOldGreeting);
    TrainVersion(*models_, "new", kNewGreeting);
  }
  static void TearDownTestSuite() {
    std::filesystem::remove_all(*models_);
    delete models_;
  }

  void SetUp() override {
    char name[] = "/tmp/greenroom-server-test-XXXXXX";
    home_ = ::mkdtemp(name);
    std::filesystem::copy(*models_ + "/models", home_ + "/models");
    client_ = std::move(HttpClient::Create({})).value();
    Start();
    for (const char* model : {"old", "new"})
      ASSERT_TRUE(server_->Register(std::string("models/") + model + ".grm", model, "test").ok());
    ASSERT_EQ(Call("PUT", "/api/environments/experimental", "{}").status, 200);
    ASSERT_EQ(Call("PUT", "/api/projects/default/models/old/tags/production").status, 204);
    ASSERT_EQ(Call("PUT", "/api/projects/default/models/new/tags/experimental").status, 204);
    server_->WaitSettled();
  }
  void TearDown() override {
    server_.reset();
    client_.reset();
    std::filesystem::remove_all(home_);
  }

  void Start() {
    auto server = Server::Start({.home = home_, .port = 0, .program = GREENROOM_BINARY, .admin_token = kToken});
    ASSERT_TRUE(server.ok()) << server.error().message;
    server_ = std::move(*server);
  }

  HttpClientResponse Call(const std::string& method, const std::string& path, const std::string& body = "",
                          const std::string& token = kToken, const std::string& key = "") {
    HttpClientRequest request{
        .method = method, .url = "http://127.0.0.1:" + std::to_string(server_->port()) + path, .body = body};
    if (!token.empty()) request.headers.Set("Authorization", "Bearer " + token);
    if (!key.empty()) request.headers.Set("Idempotency-Key", key);
    auto answer = client_->Send(std::move(request));
    if (!answer) ADD_FAILURE() << method << " " << path << ": " << answer.error().message;
    return answer ? *answer : HttpClientResponse{};
  }

  std::string Say(const std::string& environment, const std::string& sender, const std::string& text) {
    Json body = Json::Object({{"sender", sender}, {"message", text}});
    return Call("POST", "/environments/" + environment + "/webhooks/rest/webhook", body.Dump(), "").body;
  }

  static inline std::string* models_ = nullptr;
  std::string home_;
  std::unique_ptr<HttpClient> client_;
  std::unique_ptr<Server> server_;
};

bool Holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(ServerTest, TwoVersionsAnswerDifferentUsersAtTheSameTime) {
  EXPECT_TRUE(Holds(Say("production", "ada", "hello"), kOldGreeting));
  EXPECT_TRUE(Holds(Say("experimental", "ada", "hello"), kNewGreeting));
  EXPECT_TRUE(
      Holds(Call("POST", "/webhooks/rest/webhook", R"({"sender": "bob", "message": "hello"})", "").body, kOldGreeting));
}

TEST_F(ServerTest, PromotionAndRollBackChangeWhoAnswersAndLeaveDeployments) {
  EXPECT_EQ(Call("POST", "/api/environments/production/promote", R"({"model": "new", "reason": "better"})").status,
            200);
  server_->WaitSettled();
  EXPECT_TRUE(Holds(Say("production", "ada", "hello"), kNewGreeting));
  EXPECT_EQ(Call("POST", "/api/environments/production/rollback", "{}").status, 200);
  server_->WaitSettled();
  EXPECT_TRUE(Holds(Say("production", "bob", "hello"), kOldGreeting));
  Json history = ParseJson(Call("GET", "/api/environments/production/deployments").body).value();
  ASSERT_EQ(history.size(), 3u);
  EXPECT_EQ(history.array()[1]["model"].AsString(), "new");
  EXPECT_EQ(history.array()[1]["previous_model"].AsString(), "old");
  EXPECT_EQ(history.array()[1]["reason"].AsString(), "better");
}

TEST_F(ServerTest, TheTrafficOfAnEnvironmentIsCountedByTheMinute) {
  Say("production", "ada", "hello");
  Say("production", "bob", "hello");
  Json minutes = ParseJson(Call("GET", "/api/environments/production/traffic").body).value();
  ASSERT_EQ(minutes.size(), 60u);
  int64_t turns = 0;
  double slowest = 0;
  for (const Json& minute : minutes.array()) {
    turns += minute["turns"].AsInt();
    slowest = std::max(slowest, minute["p95"].AsDouble());
  }
  EXPECT_EQ(turns, 2);
  EXPECT_GT(slowest, 0);
  EXPECT_EQ(Call("GET", "/api/environments/nowhere/traffic").status, 404);
}

TEST_F(ServerTest, OfTwoPromotionsFromOneEpochOneWins) {
  EXPECT_EQ(Call("POST", "/api/environments/production/promote", R"({"model": "new", "expected_epoch": 1})").status,
            200);
  EXPECT_EQ(Call("POST", "/api/environments/production/promote", R"({"model": "old", "expected_epoch": 1})").status,
            409);
}

TEST_F(ServerTest, AKeyMakesOneTurnHoweverOftenItIsSent) {
  std::string body = R"({"sender": "ada", "message": "when is breakfast?"})";
  HttpClientResponse first = Call("POST", "/webhooks/rest/webhook", body, "", "key-1");
  HttpClientResponse again = Call("POST", "/webhooks/rest/webhook", body, "", "key-1");
  EXPECT_EQ(first.body, again.body);
  EXPECT_EQ(again.headers.Get("Idempotent-Replayed"), "true");
  EXPECT_EQ(Call("POST", "/webhooks/rest/webhook", R"({"sender": "ada", "message": "thanks"})", "", "key-1").status,
            422);
  Json events = ParseJson(Call("GET", "/api/conversations/ada/events").body).value();
  int messages = 0;
  for (const Json& event : events.array()) messages += event["event"].AsString() == "user";
  EXPECT_EQ(messages, 1);
}

TEST_F(ServerTest, AConversationGoesOnAfterARestart) {
  Say("production", "ada", "I would like to book a room");
  std::string before = Call("GET", "/conversations/ada/tracker").body;
  server_.reset();
  Start();
  Json tracker = ParseJson(Call("GET", "/conversations/ada/tracker").body).value();
  EXPECT_EQ(tracker["active_loop"]["name"].AsString(), "booking_form");
  EXPECT_EQ(ParseJson(before).value()["slots"], tracker["slots"]);
  EXPECT_TRUE(Holds(Say("production", "ada", "/inform{\"room_type\": \"suite\"}"), "How many guests"));
}

TEST_F(ServerTest, AFormAsksForWhatIsMissingAndEndsWithTheBooking) {
  Say("production", "ada", "/book_room");
  Say("production", "ada", R"(/inform{"room_type": "double"})");
  Say("production", "ada", R"(/inform{"guests": "2"})");
  EXPECT_TRUE(Holds(Say("production", "ada", R"(/inform{"nights": "3"})"), "A double room for 2 guests, 3 nights."));
}

TEST_F(ServerTest, EveryTurnIsOnDiskAndTheStoreIsSound) {
  for (int i = 0; i < 20; ++i) Say("production", "guest-" + std::to_string(i % 4), "hello");
  server_.reset();
  auto store = std::move(SqliteStore::Open(home_ + "/greenroom.db", {})).value();
  EXPECT_TRUE(store->turns().Verify().value().empty());
  EXPECT_EQ(store->turns().Conversations("default", "production", 100, 0).value().size(), 4u);
}

TEST_F(ServerTest, ATaggedModelCannotBeDeletedAndAnUntaggedOneCan) {
  EXPECT_EQ(Call("DELETE", "/api/projects/default/models/old").status, 409);
  EXPECT_EQ(Call("PUT", "/api/projects/default/models/new/tags/production").status, 204);
  EXPECT_EQ(Call("DELETE", "/api/projects/default/models/old").status, 204);
  EXPECT_EQ(Call("GET", "/api/projects/default/models/old").status, 404);
}

TEST_F(ServerTest, ADownloadedModelCanBeUploadedUnderAnotherName) {
  HttpClientResponse package = Call("GET", "/api/projects/default/models/new");
  ASSERT_EQ(package.status, 200);
  EXPECT_EQ(Call("POST", "/api/projects/default/models?name=copy", package.body).status, 409)
      << "it is a model already";
  EXPECT_EQ(Call("DELETE", "/api/projects/default/models/new/tags/experimental").status, 204);
  EXPECT_EQ(Call("DELETE", "/api/projects/default/models/new").status, 204);
  HttpClientResponse upload = Call("POST", "/api/projects/default/models?name=copy", package.body);
  EXPECT_EQ(upload.status, 201) << upload.body;
  EXPECT_EQ(Call("POST", "/api/projects/default/models?name=broken", package.body.substr(0, 1000)).status, 400);
  EXPECT_EQ(Call("PUT", "/api/projects/default/models/copy/tags/production").status, 204);
  server_->WaitSettled();
  EXPECT_TRUE(Holds(Say("production", "ada", "hello"), kNewGreeting));
}

TEST_F(ServerTest, ABrokenPackageKeepsTheOldModelServingAndShowsItsReason) {
  std::filesystem::resize_file(home_ + "/models/new.grm", 4000);
  Call("DELETE", "/api/environments/experimental");
  server_.reset();
  Start();
  EXPECT_EQ(Call("PUT", "/api/projects/default/models/new/tags/production").status, 204);
  server_->WaitSettled();
  EXPECT_TRUE(Holds(Say("production", "ada", "hello"), kOldGreeting));
  Json environments = ParseJson(Call("GET", "/api/environments").body).value();
  for (const Json& environment : environments.array()) {
    if (environment["name"].AsString() != "production") continue;
    EXPECT_EQ(environment["state"].AsString(), "failed");
    EXPECT_FALSE(environment["failure"].AsString().empty());
  }
}

struct Refusal {
  const char* method;
  const char* path;
  const char* body;
  const char* token;
  int status;
  const char* reason;
};

class RefusalTest : public ServerTest {};

TEST_F(RefusalTest, RequestsWithoutRightOrSenseAreRefusedWithAStableReason) {
  const Refusal rows[] = {
      {"GET", "/api/environments", "", "", 401, "TokenNeeded"},
      {"GET", "/api/environments", "", "wrong", 401, "TokenInvalid"},
      {"POST", "/api/environments/production/promote", R"({"model": "new"})", "", 401, "TokenNeeded"},
      {"PUT", "/api/projects/default/models/new/tags/production", "", "", 401, "TokenNeeded"},
      {"DELETE", "/api/projects/default/models/new", "", "", 401, "TokenNeeded"},
      {"POST", "/api/projects/default/models", "x", "", 401, "TokenNeeded"},
      {"GET", "/api/conversations", "", "", 401, "TokenNeeded"},
      {"POST", "/model/parse", R"({"text": "hi"})", "", 401, "TokenNeeded"},
      {"GET", "/conversations/ada/tracker", "", "", 401, "TokenNeeded"},
      {"POST", "/api/environments/production/promote", R"({"model": "absent"})", kToken, 404, "ModelNotFound"},
      {"POST", "/api/environments/absent/promote", R"({"model": "new"})", kToken, 404, "EnvironmentNotFound"},
      {"POST", "/api/environments/production/promote", R"({"modell": "new"})", kToken, 400, "UnknownField"},
      {"PUT", "/api/environments/Bad%20Name", "{}", kToken, 400, ""},
      {"DELETE", "/api/environments/production", "", kToken, 409, ""},
      {"POST", "/api/conversations/ada/messages?environment=absent", R"({"message": "hi"})", kToken, 404,
       "EnvironmentNotFound"},
      {"GET", "/api/projects/other/models", "", kToken, 404, "ProjectNotFound"},
      {"GET", "/api/nowhere", "", kToken, 404, ""},
      {"DELETE", "/api/health", "", kToken, 405, ""},
      {"POST", "/webhooks/rest/webhook", "[1]", "", 400, ""},
      {"POST", "/webhooks/rest/webhook", R"({"sender": "a", "message": 5})", "", 400, "BadRequest"},
      {"POST", "/webhooks/rest/webhook", R"({"sender": "a", "sender": "b"})", "", 400, ""},
  };
  for (const Refusal& row : rows) {
    HttpClientResponse answer = Call(row.method, row.path, row.body, row.token);
    EXPECT_EQ(answer.status, row.status) << row.method << " " << row.path << ": " << answer.body;
    Json body = ParseJson(answer.body).value();
    EXPECT_FALSE(body["request_id"].AsString().empty()) << row.path;
    if (*row.reason) {
      EXPECT_EQ(ReasonOf(body), row.reason) << row.path;
    }
  }
  Json environments = ParseJson(Call("GET", "/api/environments").body).value();
  for (const Json& environment : environments.array()) {
    if (environment["name"].AsString() != "production") continue;
    EXPECT_EQ(environment["wanted"].AsString(), "old") << "refusals change nothing";
  }
}

TEST_F(ServerTest, EveryRouteIsDescribedAndNamesItsPolicy) {
  Json description = ParseJson(Call("GET", "/api/openapi.json", "", "").body).value();
  ASSERT_GT(description["paths"].size(), 20u);
  for (const auto& [path, operations] : description["paths"].members()) {
    for (const auto& [method, operation] : operations.members())
      EXPECT_FALSE(operation["x-policy"].AsString().empty()) << method << " " << path;
  }
}

}  // namespace
}  // namespace greenroom

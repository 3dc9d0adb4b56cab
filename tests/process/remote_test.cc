// A platform and the servers of its remote environments: ours, and one that speaks like a Rasa server and misbehaves.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "app/example.h"
#include "app/server.h"
#include "base/environment.h"
#include "base/files.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/text.h"
#include "http/client.h"
#include "http/server.h"
#include "nlu/register.h"
#include "training/train_model.h"

namespace greenroom {
namespace {

constexpr char kToken[] = "a-long-admin-token-for-tests-0123456789";
constexpr char kServerToken[] = "the-token-of-the-remote-server-0123456";
constexpr char kOldGreeting[] = "OLD GREETING", kNewGreeting[] = "NEW GREETING";
constexpr auto kPatience = std::chrono::seconds(30);

void TrainVersion(const std::string& home, const std::string& name, const std::string& greeting) {
  std::string project = home + "/source-" + name;
  ASSERT_TRUE(WriteExample(project).ok());
  std::string domain = ReadFile(project + "/domain.yml").value();
  domain = ReplaceAll(domain, "Good day, this is the hotel desk. How can I help?", greeting);
  domain = ReplaceAll(domain, "Welcome to the hotel. What can I do for you?", greeting);
  ASSERT_TRUE(WriteFileDurably(project + "/domain.yml", domain).ok());
  LoadedSource loaded = LoadSource({.root = project}, ProcessEnvironment());
  ComponentRegistry components;
  RegisterNluComponents(components);
  auto trained = TrainModel(loaded.source, components, {.output = home + "/models/" + name + ".grm", .name = name},
                            loaded.diagnostics);
  ASSERT_TRUE(trained.ok()) << trained.error().message;
}

bool Holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Whether it becomes true within the patience of a test.
bool Eventually(const std::function<bool()>& condition) {
  auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return false;
}

class RemoteTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    SetLogLevel(LogLevel::kOff);
    char name[] = "/tmp/greenroom-remote-test-XXXXXX";
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
    char name[] = "/tmp/greenroom-remote-test-XXXXXX";
    home_ = ::mkdtemp(name);
    std::filesystem::create_directories(home_ + "/platform");
    std::filesystem::copy(*models_ + "/models", home_ + "/platform/models");
    client_ = std::move(HttpClient::Create({})).value();
    platform_ = Start({.home = home_ + "/platform", .admin_token = kToken});
    for (const char* model : {"old", "new"})
      ASSERT_TRUE(platform_->Register(std::string("models/") + model + ".grm", model, "test").ok());
  }
  void TearDown() override {
    remote_.reset();
    fake_.reset();
    platform_.reset();
    client_.reset();
    std::filesystem::remove_all(home_);
  }

  std::unique_ptr<Server> Start(ServerOptions options) {
    options.port = 0;
    options.program = GREENROOM_BINARY;
    auto server = Server::Start(std::move(options));
    EXPECT_TRUE(server.ok()) << (server.ok() ? "" : server.error().message);
    return server.ok() ? std::move(*server) : nullptr;
  }
  std::string UrlOf(const Server& server) { return "http://127.0.0.1:" + std::to_string(server.port()); }
  // The server has a token that is good for its environment only.
  void StartRemote() {
    EXPECT_EQ(Call("PUT", "/api/environments/staging", "{}").status, 200);
    HttpClientResponse issued =
        Call("POST", "/api/tokens", R"({"name": "server", "kind": "environment", "environment": "staging"})");
    token_ = ParseJson(issued.body).value()["token"].AsString();
    EXPECT_FALSE(token_.empty()) << issued.body;
    PlatformOptions follow{.url = UrlOf(*platform_), .token = token_, .environment = "staging"};
    remote_ = Start({.home = home_ + "/remote", .platform = follow, .admin_token = kServerToken});
  }
  // A server that answers as the test says.
  void StartFake(HttpHandler handler) {
    auto server = HttpServer::Start({}, std::move(handler));
    ASSERT_TRUE(server.ok());
    fake_ = std::move(*server);
    PutStaging("http://127.0.0.1:" + std::to_string(fake_->port()), kServerToken);
  }
  void PutStaging(const std::string& url, const std::string& token) {
    Json body = Json::Object({{"url", url}, {"token", token}});
    ASSERT_EQ(Call("PUT", "/api/environments/staging", body.Dump()).status, 200);
  }
  void Tag(const std::string& model) {
    ASSERT_EQ(Call("PUT", "/api/projects/default/models/" + model + "/tags/staging").status, 204);
  }

  HttpClientResponse CallAt(const std::string& url, const std::string& method, const std::string& path,
                            const std::string& body, const std::string& token) {
    HttpClientRequest request{.method = method, .url = url + path, .body = body};
    if (!token.empty()) request.headers.Set("Authorization", "Bearer " + token);
    request.total_timeout = kPatience;
    auto answer = client_->Send(std::move(request));
    if (!answer) ADD_FAILURE() << method << " " << path << ": " << answer.error().message;
    return answer ? *answer : HttpClientResponse{};
  }
  HttpClientResponse Call(const std::string& method, const std::string& path, const std::string& body = "") {
    return CallAt(UrlOf(*platform_), method, path, body, kToken);
  }
  HttpClientResponse Say(const std::string& text) {
    Json body = Json::Object({{"sender", "ada"}, {"message", text}});
    return CallAt(UrlOf(*platform_), "POST", "/environments/staging/webhooks/rest/webhook", body.Dump(), "");
  }
  Json Environment(const std::string& name) {
    Json list = ParseJson(Call("GET", "/api/environments").body).value();
    for (const Json& environment : list.array())
      if (environment["name"].AsString() == name) return environment;
    return {};
  }
  std::string StateOf(const std::string& name) { return Environment(name)["state"].AsString(); }

  static inline std::string* models_ = nullptr;
  std::string home_, token_;
  std::unique_ptr<HttpClient> client_;
  std::unique_ptr<Server> platform_, remote_;
  std::unique_ptr<HttpServer> fake_;
};

TEST_F(RemoteTest, AServerOfTheEnvironmentAnswersWithTheModelOfItsTagAndFollowsAPromotion) {
  Tag("old");
  StartRemote();
  PutStaging(UrlOf(*remote_), kServerToken);
  EXPECT_TRUE(Holds(Say("hello").body, kOldGreeting));
  EXPECT_TRUE(Eventually([&] { return StateOf("staging") == "serving"; })) << Environment("staging").Dump();
  auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(Call("POST", "/api/environments/staging/promote", R"({"model": "new"})").status, 200);
  EXPECT_TRUE(Eventually([&] { return Holds(Say("hello").body, kNewGreeting); }));
  auto took = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
  RecordProperty("promotion_ms", static_cast<int>(took));
  EXPECT_LT(took, 5000) << "held requests tell the server at once";
  EXPECT_TRUE(Eventually([&] { return StateOf("staging") == "serving"; })) << Environment("staging").Dump();
  Json staging = Environment("staging");
  EXPECT_EQ(staging["serving"].AsString(), "new");
  EXPECT_EQ(staging["as_wanted"], Json(true));
  EXPECT_EQ(staging["version"].AsString(), "3.6.21");
}

TEST_F(RemoteTest, ItsConversationsAreReadFromThePlatform) {
  Tag("old");
  StartRemote();
  PutStaging(UrlOf(*remote_), kServerToken);
  HttpClientResponse reply =
      Call("POST", "/api/conversations/ada/messages?environment=staging", R"({"message": "hello"})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(Holds(reply.body, kOldGreeting)) << reply.body;
  Json events = ParseJson(Call("GET", "/api/conversations/ada/events?environment=staging").body).value();
  std::vector<std::string> users;
  for (const Json& event : events.array()) {
    EXPECT_EQ(event["environment"].AsString(), "staging");
    if (event["event"].AsString() == "user") users.push_back(event["text"].AsString());
  }
  EXPECT_EQ(users, std::vector<std::string>({"hello"}));
  Json tracker = ParseJson(Call("GET", "/api/conversations/ada?environment=staging").body).value();
  EXPECT_EQ(tracker["sender_id"].AsString(), "ada");
  EXPECT_EQ(Call("GET", "/environments/staging/conversations/ada/tracker").status, 200);
}

TEST_F(RemoteTest, ItsEventsComeBackOnceAlsoWhenThePlatformWasAway) {
  Tag("old");
  StartRemote();
  PutStaging(UrlOf(*remote_), kServerToken);
  auto stored = [&] { return ParseJson(Call("GET", "/api/conversations?environment=staging").body).value().array(); };
  EXPECT_TRUE(Holds(Say("hello").body, kOldGreeting));
  ASSERT_TRUE(Eventually([&] { return stored().size() == 1; }));
  EXPECT_EQ(stored()[0]["sender_id"].AsString(), "ada");
  std::string address = UrlOf(*remote_);
  Json remote_events =
      ParseJson(CallAt(address, "GET", "/api/conversations/ada/events", "", kServerToken).body).value();
  EXPECT_TRUE(
      Eventually([&] { return stored()[0]["n_events"].AsInt() == static_cast<int64_t>(remote_events.size()); }));
  remote_.reset();
  HttpClientResponse kept = Call("GET", "/api/conversations/ada/events?environment=staging");
  EXPECT_EQ(kept.status, 200) << "while the server is away, what it had sent is shown";
  EXPECT_EQ(ParseJson(kept.body)->size(), remote_events.size());
}

TEST_F(RemoteTest, AServerMaySendEventsOfItsOwnEnvironmentOnlyAndNoneOfAnEmbeddedOne) {
  StartRemote();
  PutStaging(UrlOf(*remote_), kServerToken);
  const std::string body = R"({"server": "s", "events": [{"conversation": "eve", "number": 1, "model": "m",
                               "event": {"event": "user", "text": "hi", "timestamp": 5.5}}]})";
  auto send = [&](const std::string& environment, const std::string& token) {
    return CallAt(UrlOf(*platform_), "POST", "/api/environments/" + environment + "/events", body, token).status;
  };
  EXPECT_EQ(send("staging", ""), 401);
  EXPECT_EQ(send("production", token_), 403);
  EXPECT_EQ(send("production", kToken), 409) << "its conversations are made here";
  EXPECT_EQ(send("staging", token_), 200);
  EXPECT_EQ(send("staging", token_), 200);
  Json stored = ParseJson(Call("GET", "/api/conversations?environment=staging").body).value();
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(stored.array()[0]["n_events"].AsInt(), 1) << "once";
}

TEST_F(RemoteTest, AModelThatCannotBeUsedLeavesTheOldOneAnswering) {
  Tag("old");
  StartRemote();
  PutStaging(UrlOf(*remote_), kServerToken);
  std::filesystem::resize_file(home_ + "/platform/models/new.grm", 4000);
  Tag("new");
  EXPECT_TRUE(Eventually([&] { return StateOf("staging") == "following"; })) << Environment("staging").Dump();
  EXPECT_TRUE(Holds(Say("hello").body, kOldGreeting));
}

TEST_F(RemoteTest, AServerStartsAgainWithTheModelItHadWhileThePlatformIsAway) {
  Tag("old");
  StartRemote();
  std::string address = UrlOf(*platform_);
  remote_.reset();
  platform_.reset();
  PlatformOptions follow{.url = address, .token = token_, .environment = "staging"};
  remote_ = Start({.home = home_ + "/remote", .platform = follow, .admin_token = kServerToken});
  Json body = Json::Object({{"sender", "ada"}, {"message", "hello"}});
  EXPECT_TRUE(Holds(CallAt(UrlOf(*remote_), "POST", "/webhooks/rest/webhook", body.Dump(), "").body, kOldGreeting));
}

TEST_F(RemoteTest, AWrongTokenIsAClearStateAndNotTheFaultOfTheClient) {
  Tag("old");
  StartRemote();
  PutStaging(UrlOf(*remote_), "another-token-0123456789");
  EXPECT_TRUE(Eventually([&] { return StateOf("staging") == "token_refused"; })) << Environment("staging").Dump();
  HttpClientResponse tracker = Call("GET", "/environments/staging/conversations/ada/tracker");
  EXPECT_EQ(tracker.status, 502);
  EXPECT_EQ(ParseJson(tracker.body).value()["reason"].AsString(), "RemoteTokenRefused");
}

TEST_F(RemoteTest, AServerThatIsAwayIsA503AndSeenInTheHealth) {
  // A port that was free a moment ago.
  StartFake([](auto, Responder respond) { respond(HttpResponse::Empty(200)); });
  std::string url = "http://127.0.0.1:" + std::to_string(fake_->port());
  fake_.reset();
  Json body = Json::Object({{"url", url}});
  ASSERT_EQ(Call("PUT", "/api/environments/worker", body.Dump()).status, 200);
  HttpClientResponse answer = Say("hello");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(ParseJson(answer.body).value()["reason"].AsString(), "RemoteUnreachable");
  EXPECT_TRUE(Eventually([&] { return StateOf("worker") == "unreachable"; }));
  HttpClientResponse health = Call("GET", "/api/health");
  EXPECT_EQ(health.status, 502);
  Json parts = ParseJson(health.body).value();
  EXPECT_EQ(parts["worker"]["status"].AsInt(), 503);
  EXPECT_EQ(parts["production"]["status"].AsInt(), 200);
  EXPECT_EQ(parts["database_migration"]["status"].AsString(), "completed");
  EXPECT_EQ(parts["database_migration"]["progress_in_percent"].AsDouble(), 100.0);
}

TEST_F(RemoteTest, AMessageGoesOutOnceWithTheTokenOfTheServerOnly) {
  Guarded<std::vector<HttpRequest>> seen;
  StartFake([&](std::shared_ptr<HttpRequest> request, Responder respond) {
    if (request->path.starts_with("/webhooks")) {
      seen.With([&](auto& all) { all.push_back(*request); });
      return respond(HttpResponse::Empty(500));
    }
    respond(HttpResponse::Text(200, R"({"model_file": "a.tar.gz", "model_id": "1", "version": "3.6.21"})",
                               "application/json"));
  });
  HttpClientResponse answer = CallAt(
      UrlOf(*platform_), "POST", "/environments/staging/webhooks/rest/webhook?stream=true&token=" + std::string(kToken),
      R"({"sender": "ada", "message": "hello"})", "");
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(ParseJson(answer.body).value()["reason"].AsString(), "RemoteFailed");
  std::vector<HttpRequest> requests = seen.With([](auto& all) { return all; });
  ASSERT_EQ(requests.size(), 1u) << "never twice";
  EXPECT_EQ(requests[0].path, "/webhooks/rest/webhook");
  EXPECT_EQ(*requests[0].Query("token"), kServerToken);
  EXPECT_EQ(requests[0].QueryCount("token"), 1u);
  EXPECT_EQ(*requests[0].Query("stream"), "true");
  EXPECT_TRUE(requests[0].headers.Get("Authorization").empty()) << "the credentials of the client stay here";
}

TEST_F(RemoteTest, RedirectsAreNotFollowedAndNoScriptComesBack) {
  std::atomic<int> elsewhere = 0;
  StartFake([&](std::shared_ptr<HttpRequest> request, Responder respond) {
    if (request->path == "/elsewhere") ++elsewhere;
    if (request->path.starts_with("/webhooks")) {
      HttpResponse response = HttpResponse::Empty(302);
      response.headers.Set("Location", "/elsewhere");
      return respond(std::move(response));
    }
    respond(HttpResponse::Text(404, "<script>alert(1)</script>", "text/html"));
  });
  HttpClientResponse answer = Say("hello");
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(ParseJson(answer.body).value()["reason"].AsString(), "RemoteRedirected");
  EXPECT_EQ(elsewhere, 0);
  HttpClientResponse tracker = Call("GET", "/environments/staging/conversations/ada/tracker");
  EXPECT_EQ(tracker.status, 404);
  EXPECT_TRUE(tracker.headers.Get("Content-Type").starts_with("text/plain"));
}

TEST_F(RemoteTest, AnAnswerThatIsTooLargeIsRefused) {
  StartFake([&](std::shared_ptr<HttpRequest>, Responder respond) {
    respond(HttpResponse::Text(200, std::string(6u << 20, 'x'), "application/json"));
  });
  HttpClientResponse answer = Say("hello");
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(ParseJson(answer.body).value()["reason"].AsString(), "RemoteAnswerTooLarge");
}

TEST_F(RemoteTest, TheSetOfEnvironmentsIsReplacedInBothShapes) {
  HttpClientResponse put = Call("PUT", "/api/environments", R"([
      {"name": "production", "url": "http://127.0.0.1:1", "token": "secret-of-production"},
      {"name": "canary", "url": "http://127.0.0.1:2", "token": "secret-of-canary"}])");
  EXPECT_EQ(put.status, 201) << put.body;
  EXPECT_EQ(Environment("production")["kind"].AsString(), "remote");
  EXPECT_TRUE(Environment("worker").is_null()) << "the whole set is replaced";
  HttpClientResponse text = Call("GET", "/api/environments?format=yaml");
  EXPECT_FALSE(Holds(text.body, "secret")) << text.body;
  EXPECT_TRUE(Holds(text.body, "http://127.0.0.1:2"));
  HttpClientResponse same = Call("PUT", "/api/environments", text.body);
  EXPECT_EQ(same.status, 200) << same.body;
  EXPECT_EQ(same.body, text.body) << "what was read can be sent back";
  EXPECT_EQ(platform_->registry().GetEnvironment("default", "canary")->token, "secret-of-canary");
  Json moved = ParseJson(text.body).value();
  moved.Set("environments", ReplaceAll(moved["environments"].AsString(), "127.0.0.1:2", "127.0.0.1:3"));
  HttpClientResponse stolen = Call("PUT", "/api/environments", moved.Dump());
  EXPECT_EQ(stolen.status, 400) << "a kept token goes to no other address";
  HttpClientResponse variable =
      Call("PUT", "/api/environments", R"({"environments": "rasa:\n  a:\n    url: http://a\n    token: ${HOME}\n"})");
  EXPECT_EQ(variable.status, 400);
  EXPECT_TRUE(Holds(variable.body, "E021")) << variable.body;
}

TEST_F(RemoteTest, AServerFetchesItsConfigurationWithVariablesInIt) {
  HttpClientResponse answer = CallAt(UrlOf(*platform_), "GET", "/api/config?token=" + std::string(kToken), "", "");
  ASSERT_EQ(answer.status, 200) << answer.body;
  Json config = ParseJson(answer.body).value();
  EXPECT_TRUE(Holds(config["endpoints"].AsString(), "url: ${RASA_MODEL_SERVER}"));
  EXPECT_TRUE(Holds(config["credentials"].AsString(), "url: ${RASA_X_HOST}/api"));
  EXPECT_EQ(CallAt(UrlOf(*platform_), "GET", "/api/config?token=wrong", "", "").status, 401);
}

}  // namespace
}  // namespace greenroom

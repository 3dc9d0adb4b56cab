// A real server of Rasa 3.6 beside a platform: it pulls its model by tag, answers through the platform, and follows a
// promotion. Needs GREENROOM_RASA, the path of its `rasa` program (pip install rasa==3.6.21 in Python 3.10); without
// the variable the test says that it is skipped.
#include <cstdlib>

#include "app/server.h"
#include "base/text.h"
#include "http/server.h"
#include "tests/process/home_fixture.h"

namespace greenroom {
namespace {

constexpr char kModels[] = "/api/projects/default/models";

class RasaServer : public HomeTest {
 protected:
  void SetUp() override {
    HomeTest::SetUp();
    const char* rasa = std::getenv("GREENROOM_RASA");
    if (!rasa) GTEST_SKIP() << "GREENROOM_RASA names no program";
    rasa_ = rasa;
    auto started =
        Server::Start({.home = Path("home"), .port = 0, .program = GREENROOM_BINARY, .admin_token = kAdminToken});
    ASSERT_TRUE(started.ok()) << started.error().message;
    server_ = std::move(*started);
    api_ = std::make_unique<ApiClient>(server_->port());
  }
  void TearDown() override {
    server_.reset();
    HomeTest::TearDown();
  }

  static Program::Options Quietly(std::vector<std::string> arguments, std::string folder, std::string binary) {
    return {.arguments = std::move(arguments),
            .folder = std::move(folder),
            .environment = {"RASA_TELEMETRY_ENABLED=false", "TF_CPP_MIN_LOG_LEVEL=3", "CUDA_VISIBLE_DEVICES="},
            .binary = std::move(binary)};
  }

  // Trains an assistant with this greeting with Rasa, and uploads what it wrote.
  void TrainAndUpload(const std::string& name, const std::string& greeting) {
    auto files = SmallProject();
    files["domain.yml"] = ReplaceAll(files["domain.yml"], "Hello there", greeting);
    files["data/nlu.yml"] = "version: \"3.1\"\n" + files["data/nlu.yml"];
    files["data/rules.yml"] = "version: \"3.1\"\n" + files["data/rules.yml"];
    files["config.yml"] = "assistant_id: desk\n" + files["config.yml"];
    WriteProject(name, files);
    Program training(Quietly({"train", "--fixed-model-name", name, "--out", Path("trained")}, Path(name), rasa_));
    ASSERT_EQ(training.WaitEnd(), 0) << training.output();
    auto archive = ReadFile(Path("trained/" + name + ".tar.gz"));
    ASSERT_TRUE(archive.ok()) << archive.error().message;
    const HttpClientResponse answer = api_->Call("POST", std::string(kModels) + "?name=" + name, *archive);
    ASSERT_EQ(answer.status, 201) << answer.body;
    EXPECT_TRUE(JsonOf(answer.body)["version"].AsString().starts_with("3.6."));
  }

  void Promote(const std::string& name) {
    EXPECT_EQ(api_->Call("PUT", std::string(kModels) + "/" + name + "/tags/theirs").status, 204);
  }

  std::string Say(const std::string& text) {
    return api_
        ->Call("POST", "/environments/theirs/webhooks/rest/webhook",
               Json::Object({{"sender", "ada"}, {"message", text}}).Dump())
        .body;
  }

  // Says hello until the answer holds this text, or has not held it a thousand times.
  std::string SayUntil(const std::string& text) {
    std::string reply;
    for (int i = 0; i < 1000 && reply.find(text) == std::string::npos; ++i) reply = Say("hello");
    return reply;
  }

  std::string rasa_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<ApiClient> api_;
};

uint16_t FreePort() {
  auto server = std::move(HttpServer::Start({}, [](std::shared_ptr<HttpRequest>, Responder respond) {
                  respond(HttpResponse::Empty(204));
                })).value();
  return server->port();
}

TEST_F(RasaServer, PullsByTagAnswersThroughThePlatformAndFollowsAPromotion) {
  const std::string port = std::to_string(FreePort());
  const Json environment = Json::Object({{"url", "http://127.0.0.1:" + port}});
  ASSERT_EQ(api_->Call("PUT", "/api/environments/theirs", environment.Dump()).status, 200);
  TrainAndUpload("first", "Hello one");
  TrainAndUpload("second", "Hello two");
  Promote("first");
  ASSERT_TRUE(
      WriteFileDurably(Path("endpoints.yml"), "models:\n  url: http://127.0.0.1:" + std::to_string(server_->port()) +
                                                  "/api/models/tags/theirs\n  token: " + kAdminToken +
                                                  "\n  wait_time_between_pulls: 1\n")
          .ok());
  Program server(Quietly({"run", "--enable-api", "--port", port, "--endpoints", Path("endpoints.yml")}, home_, rasa_));
  ASSERT_TRUE(server.WaitFor("Rasa server is up and running")) << server.output();
  // It says so a moment before it listens.
  const std::string first = SayUntil("Hello one");
  EXPECT_NE(first.find("Hello one"), std::string::npos) << first;
  Promote("second");
  ASSERT_TRUE(server.WaitFor("second.tar.gz")) << server.output();
  const std::string reply = SayUntil("Hello two");
  EXPECT_NE(reply.find("Hello two"), std::string::npos) << reply;
  EXPECT_NE(api_->Call("GET", "/api/conversations/ada/events?environment=theirs").body.find("Hello two"),
            std::string::npos);
}

}  // namespace
}  // namespace greenroom

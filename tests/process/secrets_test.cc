// Secrets given in every way that there is leave no trace: not in the log, not in an answer, not readable on the disk.
#include <filesystem>

#include "tests/process/home_fixture.h"

namespace greenroom {
namespace {

// Recognized wherever it turns up; long enough for any rule about passwords and keys.
std::string Canary(const std::string& name) { return "canary-" + name + "-5f3b9d1c7e2a4086b1d3"; }

constexpr char kMark[] = "5f3b9d1c7e2a4086b1d3";
constexpr char kQuery[] = "canary-query-5f3b9d1c7e2a4086b1d3";

class SecretsTest : public HomeTest {
 protected:
  void SetUp() override {
    HomeTest::SetUp();
    WriteProject("bot");
    TrainProject("bot", "bot.grm");
    server_ = std::make_unique<Program>(Program::Options{
        .arguments = {"run", "--model", Path("bot.grm"), "--home", Path("home"), "--port", "0"},
        .environment = {"GREENROOM_ADMIN_TOKEN=" + Canary("admin"), "GREENROOM_ADMIN_USER=ann",
                        "GREENROOM_ADMIN_PASSWORD=" + Canary("password"), "RASA_X_TOKEN=" + Canary("service"),
                        "JWT_SECRET=" + Canary("secret-of-tokens")}});
    port_ = server_->WaitReady();
    ASSERT_NE(port_, 0) << server_->output();
  }

  // What an answer holds, with its headers.
  std::string Answer(const HttpClientResponse& response) {
    std::string text = response.body + "\n";
    for (const auto& [name, value] : response.headers) text += name + ": " + value + "\n";
    return text;
  }

  HttpClientResponse Try(ApiClient& api, const std::string& method, const std::string& path, const std::string& body,
                         const std::string& header = "", const std::string& value = "") {
    HttpClientRequest request = api.Request(method, path, body);
    if (!body.empty()) request.headers.Set("Content-Type", "application/json");
    if (!header.empty()) request.headers.Set(header, value);
    const HttpClientResponse response = api.Send(request);
    answers_ += Answer(response);
    return response;
  }

  std::unique_ptr<Program> server_;
  uint16_t port_ = 0;
  std::string answers_;
};

TEST_F(SecretsTest, LeaveNoTraceInLogsAnswersAndFiles) {
  ApiClient admin(port_, Canary("admin")), nobody(port_, "");
  const std::string login = Json::Object({{"username", "ann"}, {"password", Canary("password")}}).Dump();
  EXPECT_EQ(Try(nobody, "POST", "/api/auth", login).status, 200);
  const std::string wrong = Json::Object({{"username", "ann"}, {"password", Canary("guess")}}).Dump();
  EXPECT_EQ(Try(nobody, "POST", "/api/auth", wrong).status, 401);
  EXPECT_EQ(Try(nobody, "POST", "/api/sessions", wrong).status, 401);
  EXPECT_EQ(Try(nobody, "POST", "/api/auth", Canary("no-json")).status, 400);
  EXPECT_EQ(Try(nobody, "GET", std::string("/api/users?api_token=") + kQuery, "").status, 401);
  EXPECT_EQ(Try(nobody, "GET", std::string("/api/models/tags/production?token=") + kQuery, "").status, 401);
  EXPECT_EQ(Try(nobody, "GET", std::string("/status?token=") + kQuery, "").status, 401);
  EXPECT_EQ(Try(nobody, "GET", "/api/users", "", "Authorization", "Bearer " + Canary("bearer")).status, 401);
  EXPECT_EQ(Try(nobody, "GET", "/api/users", "", "Authorization", "Basic " + Canary("basic")).status, 401);
  EXPECT_EQ(Try(nobody, "GET", "/api/users", "", "Cookie", "greenroom_session=" + Canary("cookie")).status, 401);

  const std::string bob =
      Json::Object({{"username", "bob"}, {"password", Canary("bob")}, {"roles", Json::List()}}).Dump();
  EXPECT_EQ(Try(admin, "POST", "/api/users", bob).status, 201);
  // A server that is not there: its address and the failure are logged, its token is not.
  const std::string remote = Json::Object({{"url", "http://127.0.0.1:1"}, {"token", Canary("remote")}}).Dump();
  EXPECT_EQ(Try(admin, "PUT", "/api/environments/staging", remote).status, 200);
  Try(admin, "POST", "/api/conversations/ann/messages?environment=staging", R"({"message": "hello"})");
  EXPECT_EQ(Try(admin, "GET", "/api/environments", "").status, 200);
  EXPECT_EQ(Try(admin, "GET", "/api/environments?format=yaml", "").status, 200);
  EXPECT_EQ(Try(admin, "GET", "/api/audit?limit=100", "").status, 200);
  EXPECT_EQ(Try(admin, "GET", "/api/tokens", "").status, 200);
  EXPECT_EQ(Try(admin, "GET", "/api/users", "").status, 200);

  server_->Signal(SIGTERM);
  EXPECT_EQ(server_->WaitEnd(), 0);
  EXPECT_EQ(server_->output().find(kMark), std::string::npos) << server_->output();
  EXPECT_EQ(answers_.find(kMark), std::string::npos) << answers_;
  size_t files = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(Path("home"))) {
    if (!file.is_regular_file()) continue;
    const auto text = ReadFile(file.path().string());
    ASSERT_TRUE(text.ok()) << file.path();
    EXPECT_EQ(text->find(kMark), std::string::npos) << file.path();
    ++files;
  }
  EXPECT_GT(files, 0u);
}

TEST_F(SecretsTest, TheSearchWouldFindOne) {
  ApiClient admin(port_, Canary("admin"));
  // A conversation is no secret: what is said is found again, in the answers and on the disk.
  const std::string said = Json::Object({{"sender", "ann"}, {"message", Canary("said")}}).Dump();
  EXPECT_EQ(Try(admin, "POST", "/webhooks/rest/webhook", said).status, 200);
  Try(admin, "GET", "/api/conversations/ann/events", "");
  server_->Signal(SIGTERM);
  EXPECT_EQ(server_->WaitEnd(), 0);
  EXPECT_NE(answers_.find(kMark), std::string::npos);
  bool found = false;
  for (const auto& file : std::filesystem::recursive_directory_iterator(Path("home")))
    found |= file.is_regular_file() && ReadFile(file.path().string())->find(kMark) != std::string::npos;
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace greenroom

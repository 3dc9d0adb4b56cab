// Bad requests to a whole server: the rows `request` and `auth` of tests/bad-inputs.tsv, and what needs more than one
// request.
#include "archive/archive_fixture.h"
#include "http/internal/test_socket.h"
#include "tests/process/action_server.h"
#include "tests/process/bad_input.h"
#include "tests/process/home_fixture.h"

namespace greenroom {
namespace {

// One server for all tests of this file: none of them may harm it.
class OneServer {
 public:
  OneServer() {
    char name[] = "/tmp/greenroom-requests-XXXXXX";
    home_ = ::mkdtemp(name);
    for (const auto& [file, text] : SmallProject()) {
      const std::filesystem::path path = std::filesystem::path(home_) / "bot" / file;
      std::filesystem::create_directories(path.parent_path());
      EXPECT_TRUE(WriteFileDurably(path.string(), text).ok());
    }
    Program training({.arguments = {"train", "--project", home_ + "/bot", "--output", home_ + "/bot.grm"}});
    EXPECT_EQ(training.WaitEnd(), 0) << training.output();
    server_ = std::make_unique<Program>(
        Program::Options{.arguments = {"run", "--model", home_ + "/bot.grm", "--home", home_ + "/home", "--port", "0"},
                         .environment = {std::string("GREENROOM_ADMIN_TOKEN=") + kAdminToken}});
    port_ = server_->WaitReady();
    EXPECT_NE(port_, 0) << server_->output();
    api_ = std::make_unique<ApiClient>(port_);
  }
  ~OneServer() {
    server_->Signal(SIGTERM);
    EXPECT_EQ(server_->WaitEnd(), 0) << server_->output();
    EXPECT_FALSE(Holds(server_->output(), "Sanitizer"));
    std::filesystem::remove_all(home_);
  }

  const ApiClient& api() const { return *api_; }
  uint16_t port() const { return port_; }
  std::string Package() const { return ReadFile(home_ + "/bot.grm").value(); }
  // How many files lie where packages are kept.
  size_t PackageFiles() const {
    const std::filesystem::directory_iterator models(home_ + "/home/models");
    return static_cast<size_t>(std::distance(begin(models), end(models)));
  }

 private:
  std::string home_;
  std::unique_ptr<Program> server_;
  uint16_t port_ = 0;
  std::unique_ptr<ApiClient> api_;
};

template <typename Test>
class WithOneServer : public Test {
 protected:
  static void SetUpTestSuite() { server_ = new OneServer; }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  void TearDown() override {
    EXPECT_TRUE(Holds(api().Say("after-" + std::to_string(++talks_), "hello"), "Hello there")) << "it still answers";
  }
  static const ApiClient& api() { return server_->api(); }

  static inline OneServer* server_ = nullptr;
  static inline int talks_ = 0;
};

class BadRequest : public WithOneServer<testing::TestWithParam<BadInput>> {};

// Target: method and path. Expected: the status, the reason if there is one, and behind a bar a part of the body.
TEST_P(BadRequest, IsAnsweredWithItsStatusAndReason) {
  const size_t blank = GetParam().target.find(' ');
  const std::string path = GetParam().target.substr(blank + 1);
  HttpClientRequest request = api().Request(GetParam().target.substr(0, blank), path, MakeInput(GetParam().input));
  // Where models go, the type of a body says what it is.
  if (!path.starts_with("/api/projects")) request.headers.Set("Content-Type", "application/json");
  const HttpClientResponse answer = api().Send(request);
  const Result<Json> body = ParseJson(answer.body, {.bytes = 4u << 20, .depth = 200, .nodes = 1'000'000});
  std::string seen = std::to_string(answer.status);
  if (answer.status >= 400) {
    ASSERT_TRUE(body.ok()) << answer.body;
    seen += " " + ReasonOf(*body);
    EXPECT_FALSE((*body)["request_id"].AsString().empty()) << answer.body;
  }
  const std::vector<std::string> expected = SplitAt(GetParam().expected, " | ");
  EXPECT_EQ(seen, expected[0]) << answer.body.substr(0, 300);
  if (expected.size() > 1) {
    EXPECT_TRUE(Holds(answer.body, expected[1])) << answer.body.substr(0, 300);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, BadRequest, testing::ValuesIn(ReadBadInputs("request")), RowName);

class BadCredential : public WithOneServer<testing::TestWithParam<BadInput>> {};

// Input: header lines, and behind a blank line the body. Nothing else is sent, above all no token.
TEST_P(BadCredential, OpensNothing) {
  const std::string input = MakeInput(GetParam().input);
  const size_t blank = std::min(input.find("\r\n\r\n"), input.size());
  const std::string body = blank < input.size() ? input.substr(blank + 4) : "";
  std::string head = input.substr(0, blank);
  if (!head.empty() && !head.ends_with("\r\n")) head += "\r\n";
  TestSocket client(server_->port());
  client.Send(GetParam().target + " HTTP/1.1\r\nHost: a\r\n" + head + "Content-Length: " + std::to_string(body.size()) +
              "\r\nConnection: close\r\n\r\n" + body);
  const std::string answer = client.ReadAnswer();
  ASSERT_GT(answer.size(), 12u);
  const Json told = JsonOf(answer.substr(answer.find("\r\n\r\n") + 4));
  EXPECT_EQ(answer.substr(9, 3) + " " + ReasonOf(told), GetParam().expected) << answer.substr(0, 600);
  if (GetParam().expected.starts_with("401 Token")) {
    EXPECT_TRUE(Holds(answer, "WWW-Authenticate: ")) << answer.substr(0, 600);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, BadCredential, testing::ValuesIn(ReadBadInputs("auth")), RowName);

class BadUpload : public WithOneServer<testing::Test> {
 protected:
  void SetUp() override { files_ = server_->PackageFiles(); }
  void TearDown() override {
    WaitForFiles();
    EXPECT_EQ(server_->PackageFiles(), files_) << "nothing stays of what was refused";
    EXPECT_EQ(api().Get("/api/projects/default/models").size(), 1u);
    WithOneServer::TearDown();
  }
  // What a connection held goes when it ends, which may be a moment after its answer.
  void WaitForFiles() const {
    const auto limit = std::chrono::steady_clock::now() + kPatience;
    while (server_->PackageFiles() != files_ && std::chrono::steady_clock::now() < limit)
      api().Call("GET", "/api/health");
  }
  static std::string Upload(const std::string& bytes, const std::string& name = "other") {
    const HttpClientResponse answer = api().Call("POST", "/api/projects/default/models?name=" + name, bytes);
    return std::to_string(answer.status) + " " + JsonOf(answer.body)["reason"].AsString();
  }
  size_t files_ = 0;
};

TEST_F(BadUpload, APackageCutOrChangedAnywhereIsRefused) {
  const std::string sound = server_->Package();
  for (size_t i = 1; i < 25; ++i) {
    const size_t place = sound.size() * i / 25;
    EXPECT_TRUE(Upload(sound.substr(0, place)).starts_with("400 Package")) << "cut at " << place;
    std::string flipped = sound;
    flipped[place] = static_cast<char>(flipped[place] ^ (1 << (i % 8)));
    EXPECT_TRUE(Upload(flipped).starts_with("400 Package")) << "flipped at " << place;
  }
}

TEST_F(BadUpload, APackageThatIsAModelAlreadyIsAConflict) {
  EXPECT_TRUE(Upload(server_->Package()).starts_with("409 "));
}

TEST_F(BadUpload, AnUploadOfMoreThanTheLimitIsRefusedBeforeItsBodyIsRead) {
  TestSocket client(server_->port());
  client.Send("POST /api/projects/default/models HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " +
              std::string(kAdminToken) + "\r\nContent-Length: 2147483648\r\n\r\n");
  EXPECT_TRUE(client.ReadAnswer().starts_with("HTTP/1.1 413 "));
}

TEST_F(BadUpload, WithoutATokenNotOneByteIsTaken) {
  TestSocket client(server_->port());
  client.Send("POST /api/projects/default/models HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_TRUE(client.ReadAnswer().starts_with("HTTP/1.1 401 "));
}

TEST_F(BadUpload, AClientThatGivesUpHalfWayLeavesNothing) {
  const std::string sound = server_->Package();
  {
    TestSocket client(server_->port());
    client.Send("POST /api/projects/default/models HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " +
                std::string(kAdminToken) + "\r\nContent-Length: " + std::to_string(sound.size()) + "\r\n\r\n" +
                sound.substr(0, sound.size() / 2));
  }
}

TEST_F(BadUpload, AFormWithoutExactlyOneFileIsRefused) {
  const std::string head = "--b\r\nContent-Disposition: form-data; name=\"model\"; filename=\"x.grm\"\r\n\r\n";
  const std::string wide(300, 'b');
  const std::tuple<std::string, std::string, const char*> rows[] = {
      {"b", "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n--b--\r\n", "MissingPart"},
      {"b", head + "1\r\n" + head + "2\r\n--b--\r\n", "DuplicatePart"},
      {"b", head + server_->Package() + "\r\n", "BadMultipart"},
      {wide, "--" + wide + "--\r\n", "BadMultipart"},
  };
  for (const auto& [boundary, body, reason] : rows) {
    HttpClientRequest request = api().Request("POST", "/api/projects/default/models", body);
    request.headers.Set("Content-Type", "multipart/form-data; boundary=" + boundary);
    const HttpClientResponse answer = api().Send(request);
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(JsonOf(answer.body)["reason"].AsString(), reason);
  }
}

TEST_F(BadUpload, TheNameOfAFileNeverBecomesAPath) {
  const std::string models = "/api/projects/default/models";
  HttpClientRequest request =
      api().Request("POST", models,
                    "--b\r\nContent-Disposition: form-data; name=\"model\"; filename=\"../../evil.tar.gz\"\r\n\r\n" +
                        RasaArchive() + "\r\n--b--\r\n");
  request.headers.Set("Content-Type", "multipart/form-data; boundary=b");
  EXPECT_LT(api().Send(request).status, 300);
  EXPECT_EQ(api().Call("GET", models + "/evil").status, 200) << "its last part is the name";
  EXPECT_EQ(server_->PackageFiles(), files_ + 1);
  EXPECT_LT(api().Call("DELETE", models + "/evil").status, 300);
}

class BadTalk : public WithOneServer<testing::Test> {
 protected:
  static std::string Message(const std::string& sender, const std::string& text) {
    const std::string body = Json::Object({{"sender", sender}, {"message", text}}).Dump();
    return "POST /webhooks/rest/webhook HTTP/1.1\r\nHost: a\r\nIdempotency-Key: key-of-" + sender +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  static Json Events(const std::string& sender) { return api().Get("/api/conversations/" + sender + "/events"); }
};

TEST_F(BadTalk, AClientThatHangsUpGetsItsStoredReplyWithTheKey) {
  {
    TestSocket client(server_->port());
    client.Send(Message("hasty", "hello"));
  }
  ASSERT_TRUE(api().WaitFor("/api/conversations/hasty/events", [](const Json& events) { return events.size() > 0; }));
  const std::string body = Json::Object({{"sender", "hasty"}, {"message", "hello"}}).Dump();
  EXPECT_TRUE(Holds(api().Call("POST", "/webhooks/rest/webhook", body, "key-of-hasty").body, "Hello there"));
  EXPECT_EQ(CountEvents(Events("hasty"), "user"), 1);
}

TEST_F(BadTalk, AKeyThatIsTooLongOrHoldsControlCharactersIsRefused) {
  const std::string body = Json::Object({{"message", "hello"}}).Dump();
  for (const char* path : {"/webhooks/rest/webhook", "/api/conversations/keys/messages"}) {
    for (const std::string& key : {std::string(256, 'k'), std::string("a\x01"
                                                                      "b")}) {
      TestSocket client(server_->port());
      client.Send(std::string("POST ") + path + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + kAdminToken +
                  "\r\nIdempotency-Key: " + key + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                  body);
      const std::string answer = client.ReadAnswer();
      EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 400") << path << answer;
    }
  }
}

TEST_F(BadTalk, AClientThatStopsSendingStillGetsItsAnswer) {
  TestSocket client(server_->port());
  client.Send(Message("half", "hello"));
  client.EndSending();
  EXPECT_TRUE(Holds(client.ReadAnswer(), "Hello there"));
}

TEST_F(BadTalk, FiftyMessagesAtOnceOfOneConversationAreFiftyTurnsOrRefused) {
  std::vector<std::future<HttpClientResponse>> answers;
  for (int i = 0; i < 50; ++i) {
    const std::string body = Json::Object({{"sender", "crowd"}, {"message", "hello"}}).Dump();
    answers.push_back(api().Begin("POST", "/webhooks/rest/webhook", body));
  }
  int taken = 0;
  for (auto& answer : answers) {
    const HttpClientResponse got = answer.get();
    EXPECT_TRUE(got.status == 200 || got.status == 429) << got.status;
    taken += got.status == 200 ? 1 : 0;
  }
  EXPECT_EQ(CountEvents(Events("crowd"), "user"), taken);
  EXPECT_GT(taken, 0);
}

TEST_F(BadTalk, ManyRangesOfADownloadAreNotMultiplied) {
  HttpClientRequest request = api().Request("GET", "/api/projects/default/models/1");
  std::string ranges = "bytes=0-";
  for (int i = 0; i < 1000; ++i) ranges += ",0-";
  request.headers.Set("Range", ranges);
  request.max_response = 64u << 20;
  auto answer = api().client().Send(std::move(request));
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_TRUE(answer->status == 416 || (answer->status == 200 && answer->body.size() == server_->Package().size()));
}

TEST_F(BadTalk, IdsThatLookAlikeOrLikePatternsTouchOnlyThemselves) {
  const std::vector<std::string> ids = {"*",    "[0-9]*", "%",           "_",           "' OR '1'='1",
                                        "../x", "a:b",    "caf\xc3\xa9", "cafe\xcc\x81"};
  for (const std::string& id : ids) EXPECT_TRUE(Holds(api().Say(id, "hello"), "Hello there")) << id;
  std::map<std::string, int64_t> seen;
  const Json all = api().Get("/api/conversations?limit=1000");
  for (const Json& one : all.array()) seen[one["conversation_id"].AsString()] = one["n_events"].AsInt();
  for (const std::string& id : ids) {
    EXPECT_TRUE(seen.contains(id)) << id;
    EXPECT_EQ(seen[id], seen["*"]) << id << " has one talk only";
  }
}

}  // namespace
}  // namespace greenroom

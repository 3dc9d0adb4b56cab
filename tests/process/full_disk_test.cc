// A disk that is full for a while: what is refused is refused as such, nothing half-written stays, and all works again
// once there is room. A limit on the size of files stands in for the disk, so that it needs no rights.
#include <sys/resource.h>

#include "tests/process/home_fixture.h"

namespace greenroom {
namespace {

class FullDiskTest : public HomeTest {
 protected:
  void Start() {
    WriteProject("bot");
    TrainProject("bot", "bot.grm");
    server_ = std::make_unique<Program>(
        Program::Options{.arguments = {"run", "--model", Path("bot.grm"), "--home", Path("home"), "--port", "0"},
                         .environment = {std::string("GREENROOM_ADMIN_TOKEN=") + kAdminToken}});
    const uint16_t port = server_->WaitReady();
    ASSERT_NE(port, 0) << server_->output();
    api_ = std::make_unique<ApiClient>(port);
  }

  enum class Disk { kFull, kRoomy };
  void MakeDisk(Disk disk) const {
    rlimit limit{};
    ASSERT_EQ(::prlimit(server_->pid(), RLIMIT_FSIZE, nullptr, &limit), 0);
    limit.rlim_cur = disk == Disk::kFull ? 1 : limit.rlim_max;
    ASSERT_EQ(::prlimit(server_->pid(), RLIMIT_FSIZE, &limit, nullptr), 0);
  }

  // Files of uploads that are under way, as far as the server knows.
  size_t Uploads() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(Path("home/models")))
      count += entry.path().filename().string().find("upload") != std::string::npos ? 1u : 0u;
    return count;
  }

  std::unique_ptr<Program> server_;
  std::unique_ptr<ApiClient> api_;
};

TEST_F(FullDiskTest, MessagesAreRefusedAsSuchAndTakenAgainOnceThereIsRoom) {
  Start();
  EXPECT_TRUE(Holds(api_->Say("ada", "hello"), "Hello there"));
  MakeDisk(Disk::kFull);
  const std::string message = R"({"sender": "ada", "message": "hello"})";
  for (int i = 0; i < 3; ++i) {
    const HttpClientResponse refused = api_->Call("POST", "/webhooks/rest/webhook", message, "key-1");
    EXPECT_EQ(refused.status, 507) << refused.body;
    const Json body = JsonOf(refused.body);
    EXPECT_EQ(body["details"]["reason"].AsString(), "NoSpace");
    EXPECT_FALSE(body["request_id"].AsString().empty());
  }
  EXPECT_EQ(api_->Call("GET", "/api/health").status, 200);
  EXPECT_EQ(CountEvents(api_->Get("/api/conversations/ada/events"), "user"), 1) << "reading goes on";
  MakeDisk(Disk::kRoomy);
  const HttpClientResponse taken = api_->Call("POST", "/webhooks/rest/webhook", message, "key-1");
  EXPECT_EQ(taken.status, 200) << taken.body;
  EXPECT_EQ(CountEvents(api_->Get("/api/conversations/ada/events"), "user"), 2);
  server_->Signal(SIGTERM);
  EXPECT_EQ(server_->WaitEnd(), 0) << server_->output();
  Program verify({.arguments = {"verify", "--home", Path("home")}});
  EXPECT_EQ(verify.WaitEnd(), 0) << verify.output();
}

TEST_F(FullDiskTest, AnUploadIsRefusedAsSuchAndLeavesNoBytes) {
  Start();
  auto files = SmallProject();
  files["domain.yml"] += "  utter_more:\n  - text: More\n";
  WriteProject("other", files);
  TrainProject("other", "other.grm");
  const std::string package = ReadFile(Path("other.grm")).value();
  MakeDisk(Disk::kFull);
  const HttpClientResponse refused = api_->Call("POST", "/api/projects/default/models?name=other", package);
  EXPECT_EQ(refused.status, 507) << refused.body;
  EXPECT_EQ(JsonOf(refused.body)["reason"].AsString(), "NoSpace");
  EXPECT_TRUE(api_->WaitFor("/api/version", [this](const Json&) { return Uploads() == 0; }));
  EXPECT_EQ(api_->Get("/api/projects/default/models").size(), 1u);
  MakeDisk(Disk::kRoomy);
  EXPECT_EQ(api_->Call("POST", "/api/projects/default/models?name=other", package).status, 201);
}

TEST_F(FullDiskTest, AJobThatCannotBeWrittenDownIsRefused) {
  Start();
  MakeDisk(Disk::kFull);
  const Json body = Json::Object({{"files", Json::Object({{"config.yml", "language: en\n"}})}});
  EXPECT_EQ(api_->Call("POST", "/api/projects/default/models/jobs", body.Dump()).status, 507);
  EXPECT_EQ(api_->Call("PUT", "/api/environments/staging", "{}").status, 507);
  MakeDisk(Disk::kRoomy);
  EXPECT_EQ(api_->Call("PUT", "/api/environments/staging", "{}").status, 200);
}

TEST_F(FullDiskTest, ATrainingThatCannotWriteItsPackageSaysSoAndKeepsTheOneThatWasThere) {
  WriteProject("bot");
  TrainProject("bot", "bot.grm");
  const std::string before = ReadFile(Path("bot.grm")).value();
  const std::string command = "ulimit -f 1; exec " GREENROOM_BINARY " train --project bot --output bot.grm";
  Program training({.arguments = {"-c", command}, .folder = home_, .binary = "/bin/sh"});
  EXPECT_EQ(training.WaitEnd(), 1) << training.output();
  EXPECT_TRUE(Holds(training.output(), "no_space")) << training.output();
  EXPECT_TRUE(ReadFile(Path("bot.grm")).value() == before);
  EXPECT_FALSE(FileExists(Path("bot.grm.partial")));
}

TEST_F(FullDiskTest, AFirstStartWithoutRoomSaysSo) {
  const std::string command = "ulimit -f 1; exec " GREENROOM_BINARY " up --home new --port 0";
  Program server({.arguments = {"-c", command}, .folder = home_, .binary = "/bin/sh"});
  EXPECT_EQ(server.WaitEnd(), 1) << server.output();
  EXPECT_TRUE(Holds(server.output(), "no_space")) << server.output();
}

}  // namespace
}  // namespace greenroom

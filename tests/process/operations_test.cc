// Keeping a data directory: backups taken while a server works, and what is refused when they were touched.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "app/conversation_import.h"
#include "app/doctor.h"
#include "app/example.h"
#include "app/model_files.h"
#include "app/server.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/environment.h"
#include "base/files.h"
#include "base/log.h"
#include "http/client.h"
#include "nlu/register.h"
#include "storage/backup.h"
#include "storage/sqlite.h"
#include "storage/sqlite_store.h"
#include "training/train_model.h"

namespace greenroom {
namespace {

constexpr char kToken[] = "a-long-admin-token-for-tests-0123456789";

class OperationsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    SetLogLevel(LogLevel::kOff);
    char name[] = "/tmp/greenroom-operations-XXXXXX";
    trained_ = new std::string(::mkdtemp(name));
    std::string project = *trained_ + "/source";
    ASSERT_TRUE(WriteExample(project).ok());
    LoadedSource loaded = LoadSource({.root = project}, ProcessEnvironment());
    ComponentRegistry components;
    RegisterNluComponents(components);
    auto trained =
        TrainModel(loaded.source, components, {.output = *trained_ + "/one.grm", .name = "one"}, loaded.diagnostics);
    ASSERT_TRUE(trained.ok()) << trained.error().message;
  }
  static void TearDownTestSuite() {
    std::filesystem::remove_all(*trained_);
    delete trained_;
  }

  void SetUp() override {
    char name[] = "/tmp/greenroom-operations-XXXXXX";
    folder_ = ::mkdtemp(name);
    home_ = folder_ + "/home";
    std::filesystem::create_directories(home_ + "/models");
    std::filesystem::copy(*trained_ + "/one.grm", home_ + "/models/one.grm");
    client_ = std::move(HttpClient::Create({})).value();
    server_ = Start(home_);
    ASSERT_TRUE(server_->Register("models/one.grm", "one", "test").ok());
    ASSERT_TRUE(server_->Promote("production", "one", "test").ok());
    server_->WaitSettled();
  }
  void TearDown() override {
    server_.reset();
    client_.reset();
    std::filesystem::remove_all(folder_);
  }

  static std::unique_ptr<Server> Start(const std::string& home) {
    auto server = Server::Start({.home = home, .port = 0, .program = GREENROOM_BINARY, .admin_token = kToken});
    if (!server) ADD_FAILURE() << server.error().message;
    return server ? std::move(*server) : nullptr;
  }

  static HttpClientResponse Call(HttpClient& client, const Server& server, const std::string& method,
                                 const std::string& path, const std::string& body = "") {
    HttpClientRequest request{
        .method = method, .url = "http://127.0.0.1:" + std::to_string(server.port()) + path, .body = body};
    request.headers.Set("Authorization", std::string("Bearer ") + kToken);
    auto answer = client.Send(std::move(request));
    return answer ? *answer : HttpClientResponse{};
  }

  static bool Say(HttpClient& client, const Server& server, const std::string& sender, const std::string& text) {
    return Call(client, server, "POST", "/webhooks/rest/webhook",
                Json::Object({{"sender", sender}, {"message", text}}).Dump())
               .status == 200;
  }

  // User messages in a conversation.
  static int Messages(HttpClient& client, const Server& server, const std::string& sender) {
    auto events = ParseJson(Call(client, server, "GET", "/api/conversations/" + sender + "/events").body,
                            {.bytes = 64u << 20, .depth = 64, .nodes = 5'000'000});
    int count = 0;
    if (!events) return 0;
    for (const Json& event : events->array()) count += event["event"].AsString() == "user";
    return count;
  }

  Result<BackupManifest> Backup(const std::string& file) {
    return WriteBackup({.home = home_, .file = file, .program = "test"}, CheckModelFile);
  }

  static inline std::string* trained_ = nullptr;
  std::string folder_, home_;
  std::unique_ptr<HttpClient> client_;
  std::unique_ptr<Server> server_;
};

// Writes to its own conversation until it is told to stop, counting what was acknowledged.
class Talker {
 public:
  Talker(const Server& server, std::string sender, std::function<bool(HttpClient&, const Server&, int)> say)
      : client_(std::move(HttpClient::Create({})).value()),
        sender_(std::move(sender)),
        thread_([this, &server, say = std::move(say)] {
          for (int i = 0; !stop_; ++i) acknowledged_ += say(*client_, server, i) ? 1 : 0;
        }) {}
  ~Talker() {
    stop_ = true;
    thread_.join();
  }
  const std::string& sender() const { return sender_; }
  int acknowledged() const { return acknowledged_; }
  void WaitFor(int count) const {
    while (acknowledged_ < count) std::this_thread::yield();
  }

 private:
  std::unique_ptr<HttpClient> client_;
  std::string sender_;
  std::atomic<int> acknowledged_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

TEST_F(OperationsTest, ABackupDuringWritesHoldsEveryMessageAcknowledgedBeforeItBegan) {
  std::string file = folder_ + "/backup.tar";
  std::vector<int> before;
  {
    std::vector<std::unique_ptr<Talker>> talkers;
    for (int i = 0; i < 3; ++i) {
      std::string sender = "talker" + std::to_string(i);
      talkers.push_back(std::make_unique<Talker>(
          *server_, sender,
          [sender](HttpClient& client, const Server& server, int) { return Say(client, server, sender, "hello"); }));
    }
    for (auto& talker : talkers) talker->WaitFor(5);
    for (auto& talker : talkers) before.push_back(talker->acknowledged());
    auto done = Backup(file);
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  server_.reset();
  std::string restored = folder_ + "/restored";
  auto back = RestoreBackup(file, restored, CheckModelFile);
  ASSERT_TRUE(back.ok()) << back.error().message;
  auto server = Start(restored);
  ASSERT_TRUE(server);
  server->WaitSettled();
  for (size_t i = 0; i < before.size(); ++i)
    EXPECT_GE(Messages(*client_, *server, "talker" + std::to_string(i)), before[i]);
  EXPECT_TRUE(Say(*client_, *server, "somebody-else", "hello"));
}

TEST_F(OperationsTest, AStoppedServersHomeIsBackedUpWithItsTokenReadableByTheOwnerOnly) {
  ASSERT_TRUE(Say(*client_, *server_, "ada", "hello"));
  server_.reset();
  ASSERT_TRUE(WriteFileDurably(home_ + "/admin-token", kToken).ok());
  std::filesystem::create_directories(home_ + "/served");
  ASSERT_TRUE(WriteFileDurably(home_ + "/served/endpoints.yml", "models: {}").ok());
  std::string file = folder_ + "/backup.tar";
  auto done = Backup(file);
  ASSERT_TRUE(done.ok()) << done.error().message;
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_TRUE(RestoreBackup(file, folder_ + "/restored", CheckModelFile).ok());
  EXPECT_EQ(ReadFile(folder_ + "/restored/admin-token").value(), kToken);
  EXPECT_EQ(ReadFile(folder_ + "/restored/served/endpoints.yml").value(), "models: {}");
  EXPECT_FALSE(FileExists(folder_ + "/restored/.restore.partial"));
  auto server = Start(folder_ + "/restored");
  ASSERT_TRUE(server);
  EXPECT_EQ(Messages(*client_, *server, "ada"), 1);
}

TEST_F(OperationsTest, EveryFlippedBitOfABackupIsRefusedAndNothingIsRestored) {
  std::string file = folder_ + "/backup.tar";
  auto done = Backup(file);
  ASSERT_TRUE(done.ok()) << done.error().message;
  ASSERT_TRUE(VerifyBackup(file).ok());
  const uint64_t size = FileSize(file).value();
  for (uint64_t i = 0; i < 60; ++i) {
    // Spread over the file, with its first and last blocks in full view.
    uint64_t offset = i < 20 ? i * 37 % 600 : i < 40 ? size - 1 - (i - 20) * 101 : Hash64("place", i) % size;
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(static_cast<std::streamoff>(offset));
    char c = static_cast<char>(bytes.get());
    char flipped = static_cast<char>(c ^ (1 << (i % 8)));
    bytes.seekp(static_cast<std::streamoff>(offset));
    bytes.put(flipped);
    bytes.flush();
    auto refused = VerifyBackup(file);
    ASSERT_FALSE(refused.ok()) << "byte " << offset;
    EXPECT_EQ(refused.error().reason, "backup_corrupt") << refused.error().message;
    if (i % 20 == 0) {
      EXPECT_FALSE(RestoreBackup(file, folder_ + "/restored", CheckModelFile).ok());
      EXPECT_TRUE(std::filesystem::is_empty(folder_ + "/restored"));
    }
    bytes.seekp(static_cast<std::streamoff>(offset));
    bytes.put(c);
  }
  EXPECT_TRUE(VerifyBackup(file).ok());
}

TEST_F(OperationsTest, ATruncatedBackupIsRefused) {
  std::string file = folder_ + "/backup.tar";
  ASSERT_TRUE(Backup(file).ok());
  const uint64_t size = FileSize(file).value();
  for (uint64_t kept : {size - 1, size - 512, size - 1024, size / 2, uint64_t{512}, uint64_t{0}}) {
    std::filesystem::resize_file(file, kept);
    auto refused = VerifyBackup(file);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().reason, "backup_corrupt");
  }
}

TEST_F(OperationsTest, RestoringIntoAHomeWithSomethingInItIsRefused) {
  std::string file = folder_ + "/backup.tar";
  ASSERT_TRUE(Backup(file).ok());
  auto refused = RestoreBackup(file, home_, CheckModelFile);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "home_not_empty");
  EXPECT_TRUE(Say(*client_, *server_, "ada", "hello"));
}

TEST_F(OperationsTest, ABackupThatFailsLeavesTheOneBefore) {
  std::string file = folder_ + "/backup.tar";
  ASSERT_TRUE(Backup(file).ok());
  std::ofstream(home_ + "/models/one.grm", std::ios::app) << "x";
  auto failed = Backup(file);
  ASSERT_FALSE(failed.ok());
  EXPECT_TRUE(VerifyBackup(file).ok());
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) files += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(files, 1u);
}

const Finding* Find(const std::vector<Finding>& findings, const std::string& check) {
  for (const Finding& finding : findings) {
    if (finding.check == check) return &finding;
  }
  return nullptr;
}

TEST_F(OperationsTest, TheDoctorFindsNothingWrongWithARunningServer) {
  ASSERT_TRUE(Say(*client_, *server_, "ada", "hello"));
  auto findings = Examine(
      {.home = home_, .port = server_->port(), .now = SystemClock().NowSeconds(), .little_space = 0, .no_space = 0});
  EXPECT_FALSE(AnyFailure(findings)) << FindingsToJson(findings).Pretty();
  for (const char* check : {"home", "space", "secrets", "schema", "store", "invariants", "models", "clock", "port"})
    EXPECT_NE(Find(findings, check), nullptr) << check;
}

TEST_F(OperationsTest, TheDoctorNamesWhatIsWrongAndHowToFixIt) {
  server_.reset();
  std::ofstream(home_ + "/models/one.grm", std::ios::app) << "x";
  ASSERT_TRUE(WriteFileDurably(home_ + "/admin-token", kToken).ok());
  ::chmod((home_ + "/admin-token").c_str(), 0644);
  auto findings = Examine({.home = home_, .port = 1, .now = 1'700'000'000, .no_space = ~0ull});
  for (const char* check : {"space", "secrets", "models", "clock"}) {
    const Finding* finding = Find(findings, check);
    ASSERT_NE(finding, nullptr) << check;
    EXPECT_EQ(finding->level, Finding::Level::kFailure) << check;
    EXPECT_FALSE(finding->fix.empty()) << check;
  }
  EXPECT_TRUE(AnyFailure(Examine({.home = folder_ + "/nowhere"})));
  EXPECT_TRUE(AnyFailure(Examine({.home = *trained_, .now = 1'800'000'000})));
}

TEST_F(OperationsTest, TheDoctorSeesADamagedStore) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Say(*client_, *server_, "ada", "hello"));
  server_.reset();
  std::string store = home_ + "/greenroom.db", bytes = ReadFile(store).value();
  for (size_t page = 1; page * 4096 < bytes.size(); ++page) bytes[page * 4096] = '\x77';
  ASSERT_TRUE(WriteFileDurably(store, bytes).ok());
  EXPECT_TRUE(AnyFailure(Examine({.home = home_, .port = 0, .now = SystemClock().NowSeconds(), .no_space = 0})));
}

// A tracker store as Rasa lays it out.
class ImportTest : public OperationsTest {
 protected:
  void SetUp() override {
    OperationsTest::SetUp();
    path_ = folder_ + "/rasa.db";
    Write(
        "CREATE TABLE events (id INTEGER NOT NULL PRIMARY KEY, sender_id VARCHAR(255) NOT NULL, type_name VARCHAR(255) "
        "NOT NULL, timestamp FLOAT, intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT)");
    for (int i = 0; i < 4; ++i) Put("ada", i);
    for (int i = 0; i < 3; ++i) Put("bob", i);
    server_.reset();
  }

  void Write(const std::string& sql) {
    auto db = Database::Open(path_, Database::Mode::kReadWrite);
    ASSERT_TRUE(db.ok());
    ASSERT_TRUE((*db)->Execute(sql.c_str()).ok());
  }
  void Put(const std::string& sender, int i, const std::string& data = "") {
    double at = 1'700'000'000 + i;
    Json event = Json::Object({{"event", i % 2 == 0 ? "user" : "bot"},
                               {"timestamp", at},
                               {"metadata", Json::Object({{"model_id", "a-model-of-before"}})},
                               {"text", sender + " says " + std::to_string(i)}});
    std::string text = data.empty() ? event.Dump() : data;
    Write("INSERT INTO events (sender_id, type_name, timestamp, data) VALUES ('" + sender + "', 'x', " +
          std::to_string(at) + ", '" + text + "')");
  }

  Result<ImportReport> Import() {
    GR_ASSIGN(auto from, OutsideTrackerStore::Open("sqlite:" + path_));
    GR_ASSIGN(auto store, SqliteStore::Open(home_ + "/greenroom.db", {}));
    return ImportConversations(*from, store->turns(), {.environment = "production"});
  }

  std::string path_;
};

TEST_F(ImportTest, ConversationsOfATrackerStoreAreTakenOnceHoweverOftenItIsTried) {
  auto first = Import();
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(first->conversations, 2);
  EXPECT_EQ(first->events, 7);
  EXPECT_TRUE(first->not_taken.empty()) << first->ToJson().Pretty();
  Put("ada", 4);
  auto second = Import();
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->events, 1);
  EXPECT_EQ(second->events_there, 7);
  auto server = Start(home_);
  ASSERT_TRUE(server);
  EXPECT_EQ(Messages(*client_, *server, "ada"), 3);
  EXPECT_EQ(Messages(*client_, *server, "bob"), 2);
  EXPECT_TRUE(Say(*client_, *server, "ada", "hello"));
  EXPECT_EQ(Messages(*client_, *server, "ada"), 4);
  server.reset();
  auto third = Import();
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(third->events, 0);
  EXPECT_TRUE(third->not_taken.empty()) << third->ToJson().Pretty();
}

TEST_F(ImportTest, WhatCannotBeTakenIsReportedAndTheRestIsTaken) {
  Put("cyd", 0, "{\"event\": \"user\"");
  Put("cyd", 1);
  Put("cyd", 2, "{\"event\": \"of another kind\", \"timestamp\": 1}");
  Put(std::string(300, 'x'), 0);
  Put("bell\a", 0);
  auto report = Import();
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->events, 8);
  EXPECT_EQ(report->not_taken.size(), 4u) << report->ToJson().Pretty();
}

TEST_F(ImportTest, AConversationThatIsThereWithOtherEventsIsLeftAlone) {
  {
    auto server = Start(home_);
    ASSERT_TRUE(Say(*client_, *server, "ada", "hello"));
  }
  auto report = Import();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->conversations, 1);
  ASSERT_EQ(report->not_taken.size(), 1u);
  EXPECT_NE(report->not_taken[0].what.find("ada"), std::string::npos);
}

TEST_F(ImportTest, AFileThatIsNoTrackerStoreIsRefused) {
  for (const std::string& location : {"sqlite:" + home_ + "/greenroom.db", "sqlite:" + *trained_ + "/one.grm",
                                      "sqlite:" + folder_ + "/nowhere.db", std::string("mongodb://x")}) {
    auto from = OutsideTrackerStore::Open(location);
    OutsideEvent event;
    EXPECT_FALSE(from.ok() && (*from)->Next(event).ok()) << location;
  }
}

}  // namespace
}  // namespace greenroom

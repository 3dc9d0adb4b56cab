// The commands that serve: what a newcomer types, what init systems send, and what is said when it cannot work.
#include <sys/stat.h>

#include <fstream>

#include "http/server.h"
#include "tests/process/home_fixture.h"

namespace greenroom {
namespace {

class CommandsTest : public HomeTest {
 protected:
  static Program::Options Up(const std::string& home, const std::vector<std::string>& more = {}) {
    Program::Options options{.arguments = {"up", "--home", home, "--port", "0"},
                             .environment = {std::string("GREENROOM_ADMIN_TOKEN=") + kAdminToken}};
    options.arguments.insert(options.arguments.end(), more.begin(), more.end());
    return options;
  }
};

TEST_F(CommandsTest, UpWithTheExampleServesTwoVersionsAndTheNextStartUsesThemAgain) {
  size_t models = 0;
  for (const char* start : {"first", "second"}) {
    SCOPED_TRACE(start);
    Program server(Up(home_, {"--example"}));
    const uint16_t port = server.WaitReady();
    ASSERT_NE(port, 0) << server.output();
    EXPECT_TRUE(Holds(server.output(), "/environments/production/webhooks/rest/webhook")) << server.output();
    EXPECT_TRUE(Holds(server.output(), "/environments/experimental/webhooks/rest/webhook")) << server.output();
    ApiClient api(port);
    const std::string old_desk = api.Say("ada", "hello", "production"),
                      new_desk = api.Say("ada", "hello", "experimental");
    EXPECT_TRUE(Holds(old_desk, "Welcome to the hotel") || Holds(old_desk, "this is the hotel desk")) << old_desk;
    EXPECT_TRUE(Holds(new_desk, "new hotel desk") || Holds(new_desk, "new desk is listening")) << new_desk;
    if (models == 0) models = api.Get("/api/projects/default/models").size();
    EXPECT_EQ(api.Get("/api/projects/default/models").size(), models) << "nothing is trained twice";
    server.Signal(start == std::string("first") ? SIGTERM : SIGINT);
    EXPECT_EQ(server.WaitEnd(), 0) << server.output();
  }
  EXPECT_EQ(models, 2u);
}

TEST_F(CommandsTest, TheFirstStartMakesATokenForItsOwnerAlone) {
  Program server({.arguments = {"up", "--home", home_, "--port", "0"}});
  const uint16_t port = server.WaitReady();
  ASSERT_NE(port, 0) << server.output();
  const std::string token = ReadFile(Path("admin-token")).value();
  EXPECT_TRUE(Holds(server.output(), token)) << "shown once";
  struct stat status{};
  ASSERT_EQ(::stat(Path("admin-token").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(ApiClient(port, token).Call("GET", "/api/environments").status, 200);
  server.Signal(SIGTERM);
  EXPECT_EQ(server.WaitEnd(), 0);
  Program again({.arguments = {"up", "--home", home_, "--port", "0"}});
  ASSERT_NE(again.WaitReady(), 0) << again.output();
  EXPECT_FALSE(Holds(again.output(), token)) << "never again";
}

TEST_F(CommandsTest, APortInUseIsNamedAndNothingStarts) {
  auto other = std::move(HttpServer::Start({}, [](std::shared_ptr<HttpRequest>, Responder respond) {
                 respond(HttpResponse::Empty(204));
               })).value();
  const std::string port = std::to_string(other->port());
  Program server({.arguments = {"up", "--home", home_, "--port", port}});
  EXPECT_EQ(server.WaitEnd(), 1) << server.output();
  EXPECT_TRUE(Holds(server.output(), "address_in_use")) << server.output();
  EXPECT_TRUE(Holds(server.output(), port)) << server.output();
  EXPECT_TRUE(Holds(server.output(), "help")) << server.output();
}

TEST_F(CommandsTest, ADataDirectoryThatCannotBeMadeIsNamed) {
  ASSERT_TRUE(WriteFileDurably(Path("file"), "no folder").ok());
  Program server({.arguments = {"up", "--home", Path("file/home"), "--port", "0"}});
  const int status = server.WaitEnd();
  EXPECT_TRUE(status > 0 && status < 128) << status;
  EXPECT_TRUE(Holds(server.output(), Path("file"))) << server.output();
  EXPECT_FALSE(Holds(server.output(), "answers at"));
}

TEST_F(CommandsTest, ADataDirectoryInUseIsLeftAlone) {
  Program first(Up(home_));
  ASSERT_NE(first.WaitReady(), 0) << first.output();
  Program second(Up(home_));
  EXPECT_EQ(second.WaitEnd(), 7) << second.output();
  EXPECT_TRUE(Holds(second.output(), "store_in_use")) << second.output();
  first.Signal(SIGTERM);
  EXPECT_EQ(first.WaitEnd(), 0);
}

TEST_F(CommandsTest, RunServesOnePackageAsProductionAndAnotherOneReplacesIt) {
  WriteProject("bot");
  TrainProject("bot", "one.grm");
  WriteProject("bot", {{"domain.yml",
                        "version: \"3.1\"\nintents: [greet, ask]\nresponses:\n  utter_greet:\n  - text: Hi again\n"
                        "  utter_ask:\n  - text: No\n"}});
  TrainProject("bot", "two.grm");
  for (const auto& [package, greeting] :
       {std::pair{"one.grm", "Hello there"}, {"two.grm", "Hi again"}, {"one.grm", "Hello there"}}) {
    Program server({.arguments = {"run", "--model", Path(package), "--home", Path("home"), "--port", "0"}});
    const uint16_t port = server.WaitReady();
    ASSERT_NE(port, 0) << server.output();
    EXPECT_TRUE(Holds(ApiClient(port, "").Say("ada", "hello"), greeting)) << package;
    server.Signal(SIGTERM);
    EXPECT_EQ(server.WaitEnd(), 0) << server.output();
  }
}

TEST_F(CommandsTest, RunWithoutASoundPackageSaysWhatIsWrong) {
  ASSERT_TRUE(WriteFileDurably(Path("noise.grm"), "no model at all").ok());
  struct Row {
    std::string model, said;
  };
  for (const Row& row :
       {Row{Path("noise.grm"), "package_corrupt"}, {Path("none.grm"), "model_missing"}, {home_, "model"}}) {
    Program server({.arguments = {"run", "--model", row.model, "--home", Path("home"), "--port", "0"}});
    const int status = server.WaitEnd();
    EXPECT_TRUE(status > 0 && status < 128) << row.model << ": " << status;
    EXPECT_TRUE(Holds(server.output(), row.said)) << server.output();
  }
}

TEST_F(CommandsTest, ADamagedStoreIsRefusedAndNotTouched) {
  {
    Program server(Up(home_));
    ASSERT_NE(server.WaitReady(), 0) << server.output();
    server.Signal(SIGTERM);
    ASSERT_EQ(server.WaitEnd(), 0);
  }
  const std::string sound = ReadFile(Path("greenroom.db")).value();
  std::string zeroed = sound, noise = sound;
  zeroed.replace(0, 100, 100, '\0');
  for (size_t i = 0; i < noise.size(); i += 2) noise[i] = static_cast<char>(noise[i] ^ 0x5a);
  for (const std::string& bytes : {zeroed, noise, sound.substr(0, sound.size() / 2), std::string("text")}) {
    ASSERT_TRUE(WriteFileDurably(Path("greenroom.db"), bytes).ok());
    std::filesystem::remove(Path("greenroom.db-wal"));
    Program server(Up(home_));
    EXPECT_EQ(server.WaitEnd(), 1) << server.output();
    EXPECT_TRUE(Holds(server.output(), "store_corrupt")) << server.output();
    EXPECT_EQ(ReadFile(Path("greenroom.db")).value() == bytes, true) << "the file is as it was";
  }
}

}  // namespace
}  // namespace greenroom

// Where the program is run may be as bad as what it is given: few descriptors, strange folders, broken input, two of it
// at once. It says so or works, and never crashes.
#include <sys/stat.h>

#include <fstream>
#include <memory>

#include "http/internal/test_socket.h"
#include "pipeline/package.h"
#include "tests/process/api_client.h"
#include "tests/process/home_fixture.h"

namespace greenroom {
namespace {

namespace fs = std::filesystem;

class BadSurroundings : public HomeTest {
 protected:
  // A line of the shell with the program as $0 and our folder as its own.
  Program Shell(const std::string& line, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"-c", line, GREENROOM_BINARY};
    words.insert(words.end(), more.begin(), more.end());
    return Program({.arguments = words, .folder = home_, .binary = "/bin/sh"});
  }
  void ExpectNoCrash(const Program& program) const {
    EXPECT_EQ(program.output().find("Sanitizer"), std::string::npos) << program.output();
  }
};

TEST_F(BadSurroundings, WithFewDescriptorsConnectionsAreRefusedAndTheServerStays) {
  WriteProject("bot");
  TrainProject("bot", "bot.grm");
  Program server = Shell("ulimit -n 64; exec \"$0\" run --model bot.grm --home home --port 0");
  const uint16_t port = server.WaitReady();
  ASSERT_NE(port, 0) << server.output();
  EXPECT_NE(server.output().find("connections_limited"), std::string::npos) << server.output();
  {
    std::vector<std::unique_ptr<TestSocket>> crowd;
    for (int i = 0; i < 150; ++i) crowd.push_back(std::make_unique<TestSocket>(port));
    crowd.front()->Send("GET /api/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(crowd.front()->ReadAll().substr(0, 12), "HTTP/1.1 200");
  }
  EXPECT_NE(ApiClient(port, "").Say("after", "hello").find("Hello there"), std::string::npos);
  server.Signal(SIGTERM);
  EXPECT_EQ(server.WaitEnd(), 0) << server.output();
  ExpectNoCrash(server);
}

TEST_F(BadSurroundings, FoldersWithSpacesLineEndsAndEmojiAreFolders) {
  const std::string name = "a b\nc\xf0\x9f\x98\x80 -x";
  WriteProject(name);
  Program training = Shell("exec \"$0\" train --project \"$1\" --output \"$1/it's a model.grm\"", {name});
  EXPECT_EQ(training.WaitEnd(), 0) << training.output();
  EXPECT_TRUE(FileExists(Path(name + "/it's a model.grm")));
}

TEST_F(BadSurroundings, WithoutAHomeAndInTheLocaleCAModelIsTheSame) {
  const std::string umlauts =
      "nlu:\n- intent: greet\n  examples: |\n    - gr\xc3\xbc\xc3\x9f dich\n    - hello\n"
      "- intent: ask\n  examples: |\n    - \xc3\xa4hm\n    - how much\n";
  WriteProject("bot", SmallProject({{"data/nlu.yml", umlauts}}));
  Program one = Shell("LC_ALL=C.UTF-8 exec \"$0\" train --project bot --output one/m.grm");
  Program two = Shell("env -u HOME LC_ALL=C LANG=C \"$0\" train --project bot --output two/m.grm");
  ASSERT_EQ(one.WaitEnd(), 0) << one.output();
  ASSERT_EQ(two.WaitEnd(), 0) << two.output();
  EXPECT_EQ(Package::Open(Path("one/m.grm")).value()->digest(), Package::Open(Path("two/m.grm")).value()->digest());
}

TEST_F(BadSurroundings, LinesThatAreNoMessagesAreToldAndTheTalkGoesOn) {
  WriteProject("bot");
  TrainProject("bot", "bot.grm");
  const std::string lines = std::string(1u << 20, 'x') + "\n\xff\xfe\nhe" + std::string(1, '\0') + "lo\nhello\n";
  ASSERT_TRUE(WriteFileDurably(Path("lines"), lines).ok());
  Program talk = Shell("exec \"$0\" shell --model bot.grm < lines");
  EXPECT_EQ(talk.WaitEnd(), 0) << talk.output();
  EXPECT_NE(talk.output().find("error: the line"), std::string::npos) << talk.output();
  EXPECT_NE(talk.output().find("Hello there"), std::string::npos) << talk.output();
  ExpectNoCrash(talk);
}

TEST_F(BadSurroundings, TwoTrainingsIntoOneFolderLeaveWholeModels) {
  WriteProject("bot");
  WriteProject("other", SmallProject({{"domain.yml",
                                       "version: \"3.1\"\nintents: [greet, ask]\nresponses:\n  utter_greet:\n"
                                       "  - text: Hi\n  utter_ask:\n  - text: No\n"}}));
  Program one = Shell("exec \"$0\" train --project bot --output same.grm");
  Program two = Shell("exec \"$0\" train --project other --output same.grm");
  EXPECT_EQ(one.WaitEnd(), 0) << one.output();
  EXPECT_EQ(two.WaitEnd(), 0) << two.output();
  EXPECT_TRUE(Package::Open(Path("same.grm")).ok());
  size_t models = 0;
  for (const auto& entry : fs::directory_iterator(home_)) models += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(models, 1u) << "nothing half-written stays";
}

TEST_F(BadSurroundings, AFileOfEnvironmentsThatIsAPipeALoopOrAFolderIsNamedAtOnce) {
  ASSERT_EQ(::mkfifo(Path("pipe.yml").c_str(), 0600), 0);
  fs::create_symlink("loop.yml", Path("loop.yml"));
  fs::create_directory(Path("folder.yml"));
  for (const char* name : {"pipe.yml", "loop.yml", "folder.yml"}) {
    Program import = Shell("exec \"$0\" environment import $1", {name});
    EXPECT_GT(import.WaitEnd(), 0) << name;
    EXPECT_NE(import.output().find(name), std::string::npos) << import.output();
    Program up = Shell("exec \"$0\" up --home home --port 0 --environments $1", {name});
    EXPECT_GT(up.WaitEnd(), 0) << name;
    EXPECT_NE(up.output().find(name), std::string::npos) << up.output();
    ExpectNoCrash(up);
  }
}

// Files are read one after another: their number is not that of the open ones.
TEST_F(BadSurroundings, TenThousandFilesAreReadWithSixtyFourDescriptors) {
  WriteProject("bot");
  fs::create_directories(Path("bot/data/many"));
  for (int i = 0; i < 10'000; ++i) {
    const std::string number = std::to_string(i);
    std::ofstream(Path("bot/data/many/" + number + ".yml"))
        << "nlu:\n- intent: ask\n  examples: |\n    - word" << number << "\n";
  }
  Program check = Shell("ulimit -n 64; exec \"$0\" data validate --project bot");
  EXPECT_EQ(check.WaitEnd(), 0) << check.output().substr(0, 2000);
  ExpectNoCrash(check);
}

}  // namespace
}  // namespace greenroom

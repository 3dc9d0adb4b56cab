// The page that walks a team through the whole workflow is run as it stands: every command of it must succeed.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "base/files.h"
#include "base/text.h"

namespace greenroom {
namespace {

// A port that nobody uses at the moment.
int FreePort() {
  int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
               ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(socket);
  return bound ? ntohs(address.sin_port) : 0;
}

// The shell blocks of a page, in their order.
std::string CommandsOf(const std::string& page) {
  std::string commands;
  bool inside = false;
  for (const std::string& line : Split(page, '\n')) {
    if (line.starts_with("```"))
      inside = line == "```sh";
    else if (inside)
      commands += line + "\n";
  }
  return commands;
}

TEST(WorkflowTest, EveryCommandOfThePageForTeamsSucceeds) {
  char name[] = "/tmp/greenroom-workflow-XXXXXX";
  const std::string folder = ::mkdtemp(name);
  std::filesystem::create_directories(folder + "/bin");
  std::filesystem::create_symlink(GREENROOM_BINARY, folder + "/bin/greenroom");
  std::string page = ReadFile(GREENROOM_SOURCE_DIR "/docs/team-workflow.md").value();
  std::string platform = std::to_string(FreePort()), server = std::to_string(FreePort());
  std::string commands = ReplaceAll(ReplaceAll(CommandsOf(page), "5005", platform), "5006", server);
  ASSERT_TRUE(
      WriteFileDurably(folder + "/commands.sh", "set -e\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + commands)
          .ok());
  std::string run = "cd " + folder + " && env -i HOME=" + folder + " PATH=" + folder + "/bin:$PATH LANG=C.UTF-8" +
                    " GREENROOM_URL=http://127.0.0.1:" + platform +
                    " timeout -k 5 150 bash commands.sh > output 2>&1 < /dev/null";
  int status = std::system(run.c_str());
  std::string output = ReadFile(folder + "/output").value();
  EXPECT_EQ(status, 0) << output << ReadFile(folder + "/platform/log").value();
  EXPECT_NE(output.find("refused with status 5"), std::string::npos) << output;
  EXPECT_NE(output.find("the hotel desk speaking"), std::string::npos) << output;
  EXPECT_NE(output.find("platform.tar is sound"), std::string::npos) << output;
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace greenroom

// Program: the greenroom binary as a child process, the way people and init systems run it.
//
//   Program server({.arguments = {"up", "--home", home, "--port", "0"}});
//   ASSERT_NE(server.WaitReady(), 0) << server.output();
//   server.Signal(SIGTERM);
//   EXPECT_EQ(server.WaitEnd(), 0) << server.output();
//
// Both output streams are read through one pipe, whenever one of the Wait functions runs. Everything that waits has a
// deadline; what still runs at destruction is killed. Thread rules: one thread.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

namespace greenroom {

// Enough for a loaded machine and a build with sanitizers; nothing waits so long when all is well.
inline constexpr std::chrono::seconds kPatience{120};

class Program {
 public:
  struct Options {
    std::vector<std::string> arguments;
    std::string folder = "/";                   // where it runs
    std::vector<std::string> environment = {};  // "NAME=value", in addition to ours
    std::string binary = GREENROOM_BINARY;
  };

  explicit Program(const Options& options) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    std::vector<std::string> words = options.arguments, variables = options.environment;
    words.insert(words.begin(), options.binary);
    for (char** variable = environ; *variable; ++variable) variables.emplace_back(*variable);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addchdir_np(&actions, options.folder.c_str());
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    if (::posix_spawn(&pid_, options.binary.c_str(), &actions, nullptr, Pointers(words).data(),
                      Pointers(variables).data()) != 0)
      pid_ = 0;
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    output_end_ = ends[0];
  }
  ~Program() {
    Kill();
    ::close(output_end_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  // All that was printed so far.
  const std::string& output() const { return output_; }
  void Signal(int number) const {
    if (pid_ > 0) ::kill(pid_, number);
  }
  // At once and for good, as a power cut does it.
  void Kill() {
    Signal(SIGKILL);
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  // Until the output holds the text. False when it ended or was silent too long.
  bool WaitFor(const std::string& text) {
    const auto limit = std::chrono::steady_clock::now() + kPatience;
    while (output_.find(text) == std::string::npos) {
      if (!ReadMore(limit)) return false;
    }
    return true;
  }
  // Until it serves: its port, or 0.
  uint16_t WaitReady() {
    const std::string mark = "answers at http://";
    if (!WaitFor(mark) || !WaitFor("Stop it with")) return 0;
    const size_t colon = output_.find(':', output_.find(mark) + mark.size());
    return static_cast<uint16_t>(std::stoul(output_.substr(colon + 1)));
  }
  // Until it ends: its exit status, 128 + the number of the signal that ended it, or -1 when it still runs.
  int WaitEnd() {
    const auto limit = std::chrono::steady_clock::now() + kPatience;
    while (ReadMore(limit)) {
    }
    int status = 0;
    if (pid_ <= 0 || !ended_ || ::waitpid(pid_, &status, 0) != pid_) return -1;
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  static std::vector<char*> Pointers(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
  }

  bool ReadMore(std::chrono::steady_clock::time_point limit) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(limit - std::chrono::steady_clock::now());
    pollfd waiting{.fd = output_end_, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return false;
    char piece[8192];
    const ssize_t count = ::read(output_end_, piece, sizeof piece);
    ended_ = count == 0;
    if (count <= 0) return false;
    output_.append(piece, static_cast<size_t>(count));
    return true;
  }

  pid_t pid_ = 0;
  int output_end_ = -1;
  bool ended_ = false;
  std::string output_;
};

}  // namespace greenroom

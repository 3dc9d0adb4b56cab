// RabbitServer: a RabbitMQ of a test's own, which may be killed and started again over the same data.
//
//   auto rabbit = RabbitServer::Start();      // nullptr when rabbitmq-server is not installed
//   BrokerSettings settings = rabbit->Settings();
//   rabbit->Kill();                           // -9
//   rabbit->Restart();
//
// Everything lies in a folder of its own under /tmp: data, log, cookie; its ports are free ones of the loopback, its
// name server for nodes too, so that it meets no RabbitMQ of the machine. The destructor kills and removes all of it.
// A start takes some seconds: share one between the tests of a suite, each with a queue and an exchange of its own.
// Errors: a server that does not come up is a nullptr or a false; a test says then that it is missing and skips, or
// fails when it is installed (Installed()). Nothing is printed by it.
// Thread rules: one owner; Kill and Restart may run on another thread than the users of the broker.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "base/files.h"
#include "base/random.h"
#include "brokers/rabbitmq_connection.h"

namespace greenroom {

// One server and its data. It is what it says of itself: no mock, the program that people run, with the settings that
// it comes with but for the places and the ports.
class RabbitServer {
 public:
  // Whether Debian's package is there; ./dev test installs it.
  static bool Installed() { return FileExists(kProgram); }

  // One that takes connections, over no data yet.
  static std::unique_ptr<RabbitServer> Start() {
    if (!Installed()) return nullptr;
    auto server = std::unique_ptr<RabbitServer>(new RabbitServer());
    return server->Restart() ? std::move(server) : nullptr;
  }
  ~RabbitServer() {
    Kill();
    End(epmd_);
    std::error_code error;
    std::filesystem::remove_all(home_, error);
  }
  RabbitServer(const RabbitServer&) = delete;
  RabbitServer& operator=(const RabbitServer&) = delete;

  // How to reach it, as its default user, who may come from the loopback only.
  BrokerSettings Settings(std::string queue = "rasa_core_events") const {
    BrokerSettings settings;
    settings.host = "127.0.0.1";
    settings.port = port_;
    settings.username = settings.password = "guest";
    settings.queues = {std::move(queue)};
    return settings;
  }
  // Without a word to it, as a power cut would; what it has confirmed must be there afterwards.
  void Kill() { End(pid_); }
  // Whether it takes connections now. It is asked again and again, for a minute at most: it takes five seconds on a
  // machine that has nothing else to do. The queue `probe` is the only trace of that.
  bool Restart() {
    Kill();
    if (epmd_ <= 0) epmd_ = Launch({"/usr/bin/epmd", "-port", std::to_string(epmd_port_), "-address", "127.0.0.1"});
    pid_ = Launch({kProgram});
    for (int i = 0; i < 1200; ++i) {
      RabbitInterrupt interrupt;
      BrokerSettings settings = Settings("probe");
      RabbitConnection probe(settings, interrupt);
      if (probe.Open(0)) return true;
      if (::waitpid(pid_, nullptr, WNOHANG) == pid_) return pid_ = 0, false;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }

 private:
  // Not the one in /usr/sbin, which would change to the user of the service.
  static constexpr char kProgram[] = "/usr/lib/rabbitmq/bin/rabbitmq-server";

  RabbitServer() : home_("/tmp/greenroom-rabbit-" + NewId()) {
    std::filesystem::create_directories(home_);
    port_ = FreePort();
    epmd_port_ = FreePort();
    distribution_port_ = FreePort();
    Write("plugins", "[].\n");
    Write("rabbit.conf", "listeners.tcp.1 = 127.0.0.1:" + std::to_string(port_) +
                             "\ndisk_free_limit.absolute = 50MB\nlog.file.level = error\n");
  }
  void Write(const std::string& name, const std::string& text) { (void)WriteFileDurably(home_ + "/" + name, text); }

  // Free a moment ago; three in a row are different ones.
  static int FreePort() {
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
  }
  // Everything that would otherwise lie in /etc, /var/lib and /var/log.
  std::map<std::string, std::string> Variables() const {
    return {{"HOME", home_},
            {"ERL_EPMD_PORT", std::to_string(epmd_port_)},
            {"ERL_EPMD_ADDRESS", "127.0.0.1"},
            {"RABBITMQ_NODENAME", "greenroom" + std::to_string(port_) + "@localhost"},
            {"RABBITMQ_DIST_PORT", std::to_string(distribution_port_)},
            {"RABBITMQ_MNESIA_BASE", home_ + "/data"},
            {"RABBITMQ_LOG_BASE", home_ + "/log"},
            {"RABBITMQ_CONFIG_FILE", home_ + "/rabbit"},
            {"RABBITMQ_CONF_ENV_FILE", home_ + "/none"},
            {"RABBITMQ_ENABLED_PLUGINS_FILE", home_ + "/plugins"},
            {"RABBITMQ_PID_FILE", home_ + "/pid"}};
  }
  // In a process group of its own, silent, and without a terminal, so that a Ctrl-C at the tests leaves it to the
  // destructor.
  pid_t Launch(const std::vector<std::string>& words) const {
    pid_t pid = ::fork();
    if (pid != 0) return pid;
    ::setpgid(0, 0);
    int nowhere = ::open("/dev/null", O_RDWR);
    for (int fd : {0, 1, 2}) ::dup2(nowhere, fd);
    for (const auto& [name, value] : Variables()) ::setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  // The whole group: the helpers of Erlang's machine end by themselves when it is gone.
  static void End(pid_t& pid) {
    if (pid <= 0) return;
    ::kill(-pid, SIGKILL);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = 0;
  }

  std::string home_;
  // Of the broker, of its name server for nodes, and the one on which nodes would speak with each other.
  int port_ = 0, epmd_port_ = 0, distribution_port_ = 0;
  pid_t pid_ = 0, epmd_ = 0;
};

}  // namespace greenroom

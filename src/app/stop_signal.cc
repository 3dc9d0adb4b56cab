#include "app/stop_signal.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace greenroom {
namespace {

// A pipe is what a signal handler may write to and what poll can wait for.
int g_pipe[2] = {-1, -1};
std::atomic<int> g_count = 0;

void OnSignal(int) {
  if (g_count.fetch_add(1) > 0) ::_exit(130);
  ssize_t ignored = ::write(g_pipe[1], "x", 1);
  (void)ignored;
}

}  // namespace

void StopSignal::Install() {
  if (::pipe(g_pipe) != 0) ::_exit(1);
  struct sigaction action{};
  action.sa_handler = OnSignal;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
}

bool StopSignal::Wait(std::chrono::milliseconds limit) {
  pollfd waiting{.fd = g_pipe[0], .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, static_cast<int>(limit.count())) > 0;
}

void StopSignal::Wait() {
  pollfd waiting{.fd = g_pipe[0], .events = POLLIN, .revents = 0};
  while (::poll(&waiting, 1, -1) < 0 && errno == EINTR) {
  }
}

}  // namespace greenroom

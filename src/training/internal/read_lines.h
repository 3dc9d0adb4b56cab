// Body of ReadLines; included by child_process.h only.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <string>

namespace greenroom {

template <typename Line>
void ReadLines(int descriptor, Line&& line) {
  std::string pending;
  char buffer[16384];
  while (true) {
    ssize_t count = ::read(descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    pending.append(buffer, static_cast<size_t>(count));
    size_t end;
    while ((end = pending.find('\n')) != std::string::npos) {
      line(std::string_view(pending).substr(0, end));
      pending.erase(0, end + 1);
    }
    if (pending.size() > (1u << 20)) pending.clear();
  }
}

}  // namespace greenroom

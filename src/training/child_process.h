// A child process of the lowest priority whose standard output is read by us.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace greenroom {

struct ChildProcess {
  int pid = 0;
  int output = -1;  // read end of its standard output; the owner closes it
};

// Starts `arguments[0]` with the rest as arguments. The child dies with us and inherits no other open file. It runs
// only while no other process wants the core: scheduled as idle work, else as batch work, with niceness 19. Errors:
// process_not_started.
Result<ChildProcess> StartChild(const std::vector<std::string>& arguments);

// Waits for its end. The exit status, or 128 + signal.
int WaitForChild(int pid);

// Reads lines of at most 1 MiB from a descriptor; calls `line` for each until the end of the stream.
template <typename Line>
void ReadLines(int descriptor, Line&& line);

}  // namespace greenroom

#include "training/internal/read_lines.h"

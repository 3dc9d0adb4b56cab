// Runs a fuzz target over every file of the given folders: the regression test of each crash that was ever found.
#include <cstdint>
#include <cstdio>

#include "base/files.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

// The number of inputs that ran; -1 when a file cannot be read.
int ReplayFolder(const std::string& folder) {
  const auto names = greenroom::ListFiles(folder);
  if (!names.ok()) {
    std::fprintf(stderr, "%s\n", names.error().message.c_str());
    return -1;
  }
  for (const std::string& name : *names) {
    const auto bytes = greenroom::ReadFile(folder + "/" + name);
    if (!bytes.ok()) {
      std::fprintf(stderr, "%s\n", bytes.error().message.c_str());
      return -1;
    }
    std::fprintf(stderr, "%s: %zu bytes\n", name.c_str(), bytes->size());
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size());
  }
  return static_cast<int>(names->size());
}

}  // namespace

int main(int argc, char** argv) {
  int inputs = 0;
  for (int i = 1; i < argc; ++i) {
    const int count = ReplayFolder(argv[i]);
    if (count < 0) return 1;
    inputs += count;
  }
  if (inputs == 0) {
    std::fprintf(stderr, "no inputs: give at least one folder with files\n");
    return 1;
  }
  std::printf("%d inputs replayed\n[  PASSED  ] 1 test.\n", inputs);
  return 0;
}

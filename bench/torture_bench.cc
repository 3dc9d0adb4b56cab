// torture promote|kill|uploads|broker [--count N]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/log.h"
#include "bench/torture.h"

int main(int argc, char** argv) {
  greenroom::SetLogLevel(greenroom::LogLevel::kOff);
  std::string name = argc > 1 ? argv[1] : "";
  int count = 0;
  for (int i = 2; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--count") == 0) count = std::atoi(argv[i + 1]);
  }
  if (name == "promote") return greenroom::TorturePromote(count > 0 ? count : 2000);
  if (name == "kill") return greenroom::TortureKill(count > 0 ? count : 500);
  if (name == "uploads") return greenroom::TortureUploads(count > 0 ? count : 1000);
  if (name == "broker-intake" && argc == 4) return greenroom::TakeFromBroker(argv[2], std::atoi(argv[3]));
  if (name == "broker") return greenroom::TortureBroker(count > 0 ? count : 100'000);
  std::fprintf(stderr, "usage: torture promote|kill|uploads|broker [--count N]\n");
  return 2;
}

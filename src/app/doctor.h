// Doctor: looks at a data directory and the machine around it and says what is wrong and how to fix it.
//
//   for (const Finding& finding : Examine({.home = "/var/lib/greenroom"})) ...
//
// It changes nothing, and may run while the server does: the store is read through a connection that never writes.
// Thread rules: plain functions, from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace greenroom {

struct Finding {
  enum class Level { kOk, kWarning, kFailure };
  std::string check;  // "store", "schema", "invariants", "models", "space", "secrets", "clock", "port"
  Level level = Level::kOk;
  std::string detail;
  std::string fix = {};  // what to do; "" when nothing is to be done
};

struct DoctorOptions {
  std::string home;
  std::string address = "127.0.0.1";
  uint16_t port = 5005;
  double now = 0;                      // unix seconds
  uint64_t little_space = 1ull << 30;  // below: a warning
  uint64_t no_space = 200ull << 20;    // below: a failure
};

std::vector<Finding> Examine(const DoctorOptions& options);
bool AnyFailure(const std::vector<Finding>& findings);
// Rows with check, status ("ok", "warning", "failure"), detail and fix.
Json FindingsToJson(const std::vector<Finding>& findings);

}  // namespace greenroom

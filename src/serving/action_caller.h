// ActionCaller: the port through which turns reach action servers and NLG servers. Never blocks; answers by callback.
#pragma once

#include <functional>
#include <string>

#include "dialogue/turn.h"

namespace greenroom {

// One attempt of a numbered call.
struct OutsideCall {
  TurnCall call;
  std::string call_key;  // stable over retries; sent as Idempotency-Key
  int attempt = 1;
  int64_t fence = 0;
};

class ActionCaller {
 public:
  virtual ~ActionCaller() = default;
  // Performs the call within the caps of the implementation (time, size) and then runs `done` exactly once, on any
  // thread. Failures are answers too: status 0 with a reason.
  virtual void Call(const OutsideCall& call, std::function<void(CallAnswer)> done) = 0;
};

}  // namespace greenroom

// IntakeLoop: takes the events of other servers from a broker into the store, each once.
//
//   IntakeLoop loop(*consumer, intake, {.default_environment = "staging", .own_server = id, .exists = ...});
//   loop.Run();  ...  loop.Stop();
//
// A message is settled with the broker only after the disk has its event, so that it comes again when this process or
// the broker dies in between, and is known then (serving/event_intake.h). What can never be taken (no JSON, no sender,
// no known event, too large, an environment that does not exist when there is no default) is logged, counted and
// rejected, so that it does not come again and again. Events that this very server sent are let pass. While the store
// cannot be written the batch is held and tried again.
// Thread rules: Run by one thread; Stop and figures by any.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

#include "base/mutex.h"
#include "brokers/broker.h"
#include "serving/event_intake.h"

namespace greenroom {

struct IntakeOptions {
  std::string name;                 // of the source, for logs
  std::string default_environment;  // of messages that name none that exists; "" = reject those
  std::string own_server;           // id of this server
  std::function<Result<bool>(const std::string& environment)> exists;
  std::chrono::milliseconds wait = std::chrono::milliseconds(200);
  std::chrono::milliseconds pause = std::chrono::milliseconds(200);  // after an error, doubled each time
  std::chrono::milliseconds longest_pause = std::chrono::minutes(1);
  size_t batch = 500;
};

struct IntakeFigures {
  int64_t taken = 0, known = 0, rejected = 0, own = 0, failures = 0;
};

class IntakeLoop {
 public:
  IntakeLoop(EventConsumer& consumer, EventIntake& intake, IntakeOptions options);

  // Receives, takes and settles one batch; the number of its messages. Errors: those of the consumer and the store.
  Result<int64_t> TakeOnce();
  void Run();
  void Stop();
  IntakeFigures figures() const;

 private:
  struct Sorted;
  Result<Sorted> Sort(const std::vector<IncomingMessage>& messages) const;
  Result<std::string> EnvironmentOf(const IncomingMessage& message) const;
  Result<void> TakeAll(const Sorted& sorted);
  bool WaitOrStop(std::chrono::milliseconds time);

  EventConsumer& consumer_;
  EventIntake& intake_;
  const IntakeOptions options_;
  std::vector<IncomingMessage> held_;  // received, but the store could not take it
  std::atomic<int64_t> taken_ = 0, known_ = 0, rejected_ = 0, own_ = 0, failures_ = 0;
  Mutex mutex_;
  ConditionVariable changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace greenroom

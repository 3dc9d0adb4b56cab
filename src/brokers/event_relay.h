// EventRelay: sends what waits in the outbox to a broker, each event at least once and in the order of its
// conversation.
//
//   EventRelay relay({.server = id}, outbox, *publisher);
//   relay.Run();  ...  relay.Stop();
//
// A row leaves the outbox once the broker confirmed its event. While the broker is away rows wait on disk; turns never
// do. After an error the pause doubles, up to a minute, with some chance in it, so that servers do not come back all at
// once. An event that the broker refuses for good is logged and left out.
// Thread rules: Run by one thread; Stop and figures by any.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "base/mutex.h"
#include "base/random.h"
#include "brokers/broker.h"
#include "conversation/outbox.h"

namespace greenroom {

// The sink of the outbox that goes to the broker.
inline constexpr char kBrokerSink[] = "events";

struct RelayOptions {
  std::string server;                                                // id of this server
  std::chrono::milliseconds pause = std::chrono::milliseconds(100);  // between looks at an empty outbox
  std::chrono::milliseconds longest_pause = std::chrono::minutes(1);
  int64_t window = 2000;  // events that are looked at together
  size_t batch = 500;     // events that are under way together, of as many conversations
};

struct RelayFigures {
  int64_t sent = 0, refused = 0, failures = 0;
};

class EventRelay {
 public:
  EventRelay(RelayOptions options, OutboxStore& outbox, EventPublisher& publisher);

  // Sends one window; the number of events that left the outbox. Errors: those of the publisher and of the store;
  // delivery_failed when the broker did not confirm all.
  Result<int64_t> SendOnce();
  void Run();
  void Stop();
  RelayFigures figures() const;

 private:
  Result<int64_t> Settle(const std::vector<OutboxEvent>& events);
  void Count(const std::vector<OutboxEvent>& events, const std::vector<Delivery>& outcomes);
  bool WaitOrStop(std::chrono::milliseconds time);

  const RelayOptions options_;
  OutboxStore& outbox_;
  EventPublisher& publisher_;
  std::atomic<int64_t> sent_ = 0, refused_ = 0, failures_ = 0;
  Random random_;
  Mutex mutex_;
  ConditionVariable changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace greenroom

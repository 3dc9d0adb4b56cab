// PlatformEvents: sends the events of a server's conversations to the platform that it follows.
//
//   PlatformEvents events({.platform = url, .token = t, .environment = "staging", .server = id}, outbox, *client);
//   events.Run();  ...  events.Stop();
//
// What waits in the outbox goes out in batches, in the order of each conversation, as
// POST {platform}/api/environments/{environment}/events; it leaves the outbox once the platform has it for good. While
// the platform is away it waits, on disk, and is tried again after pauses of up to a minute. An event that the
// platform refuses for good (400) would be refused for ever: it is logged and left out.
// Thread rules: Run by one thread, Stop by another.
#pragma once

#include <chrono>
#include <string>

#include "base/mutex.h"
#include "conversation/outbox.h"
#include "http/client.h"

namespace greenroom {

// The sink of the outbox that is sent to the platform.
inline constexpr char kPlatformSink[] = "platform";

struct PlatformEventsOptions {
  std::string platform;     // url without a path
  std::string token;        // of the environment
  std::string environment;  // as the platform calls it
  std::string server;       // unique for this server and the same after each restart
  std::chrono::milliseconds pause = std::chrono::milliseconds(500);  // between looks
  std::chrono::milliseconds longest_pause = std::chrono::minutes(1);
  int64_t batch = 500;
};

class PlatformEvents {
 public:
  PlatformEvents(PlatformEventsOptions options, OutboxStore& outbox);

  // Sends one batch; the number of events that are delivered. Errors: platform_unreachable, platform_failed, those of
  // the store; cancelled after Stop.
  Result<int64_t> SendOnce();
  void Run();
  void Stop();

 private:
  struct Shared;
  HttpClientRequest Request(const std::vector<OutboxEvent>& events) const;
  Result<HttpClientResponse> Send(HttpClientRequest request);
  bool WaitOrStop(std::chrono::milliseconds time);

  const PlatformEventsOptions options_;
  int64_t limit_;  // of the next batch
  OutboxStore& outbox_;
  std::shared_ptr<Shared> shared_;
  std::unique_ptr<HttpClient> client_;  // dies first: its callbacks use the rest
};

}  // namespace greenroom

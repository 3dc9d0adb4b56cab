// EventBrokers: all traffic of a server with event brokers: one relay for what goes out, one loop for each source of
// what comes in, each on a thread of its own.
//
//   GR_ASSIGN(std::unique_ptr<EventBrokers> brokers, EventBrokers::Create(parts, settings));
//   brokers->Start();  ...  brokers->Stop();
//   brokers->Describe();   // {"out": {"waiting": 0, "sent": 12, ...}, "in": [{"source": ..., "taken": 3, ...}]}
//
// Without an outgoing broker nothing may write rows for it (sends() says so to who takes turns), and rows of earlier
// days are dropped. Every minute in which something happened, and at the end, the figures are logged as
// `broker_figures`. Errors: broker_invalid, those of the store. Thread rules: Create, Start and Stop by one owner;
// Describe by any.
#pragma once

#include <memory>
#include <thread>

#include "brokers/broker_settings.h"
#include "brokers/event_relay.h"
#include "brokers/intake_loop.h"

namespace greenroom {

struct BrokerParts {
  OutboxStore& outbox;
  TurnStore& turns;
  std::function<Result<bool>(const std::string& environment)> environment_exists;
  std::string server;  // id of this server
};

struct BrokerTraffic {
  std::optional<BrokerSettings> out;
  std::vector<BrokerSettings> in;
};

// Reads both sections of an endpoints file; null sections are no traffic. What RABBITMQ_HOST stands for is added to the
// sources.
Result<BrokerTraffic> ReadBrokerTraffic(const Json& event_broker, const Json& event_intake,
                                        const VariableLookup& variables);

class EventBrokers {
 public:
  static Result<std::unique_ptr<EventBrokers>> Create(BrokerParts parts, BrokerTraffic traffic);
  ~EventBrokers() { Stop(); }
  EventBrokers(const EventBrokers&) = delete;
  EventBrokers& operator=(const EventBrokers&) = delete;

  bool sends() const { return relay_ != nullptr; }
  void Start();
  void Stop();
  Json Describe() const;

 private:
  struct Source {
    std::string name;
    std::unique_ptr<EventConsumer> consumer;
    std::unique_ptr<IntakeLoop> loop;
  };
  explicit EventBrokers(BrokerParts parts) : parts_(std::move(parts)), intake_(parts_.turns) {}
  void AddSource(const BrokerSettings& settings);
  void LogFigures();

  BrokerParts parts_;
  EventIntake intake_;
  std::unique_ptr<EventPublisher> publisher_;
  std::unique_ptr<EventRelay> relay_;
  std::vector<Source> sources_;
  std::vector<std::thread> threads_;
  Mutex mutex_;
  ConditionVariable changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace greenroom

// The two ports of event brokers: EventPublisher sends messages, EventConsumer receives them. RabbitMQ and Kafka
// implement both; tests have fakes.
//
//   GR_ASSIGN(std::unique_ptr<EventPublisher> publisher, MakePublisher(settings));       // brokers/open_broker.h
//   GR_ASSIGN(std::vector<Delivery> deliveries, publisher->Publish(messages));
//   GR_ASSIGN(std::vector<IncomingMessage> received, consumer->Receive(500, std::chrono::milliseconds(200)));
//   ... keep what was received; then
//   GR_TRY(consumer->Settle(received, rejected));
//
// Both connect at the first call and anew after an error, so an error means: call again, after a pause. A message that
// was sent and not confirmed may have arrived; it is sent again under the same id. A message that was received and not
// settled comes again. Thread rules: one thread calls; Interrupt may come from any other, once, and makes the calls
// that run and all later ones fail with `cancelled`.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace greenroom {

// One event on its way out.
struct BrokerMessage {
  std::string id;           // the same whenever it is sent again: assistant/environment/conversation/seq
  std::string key;          // of the partition: the conversation
  std::string environment;  // as receivers know it
  std::string server;       // id of the server that made the event
  std::string body;         // JSON
};

// kConfirmed: the broker has it for good. kFailed: not known, send it again. kRefused: it will never be taken.
enum class Delivery { kConfirmed, kFailed, kRefused };

class EventPublisher {
 public:
  virtual ~EventPublisher() = default;
  // Sends all and waits for the broker's word on each; one Delivery per message, in their order. Which of them arrives
  // first is not said: what must follow something else is sent after it was confirmed.
  // Errors: broker_unreachable, broker_refused (credentials, permissions), cancelled.
  virtual Result<std::vector<Delivery>> Publish(const std::vector<BrokerMessage>& messages) = 0;
  virtual void Interrupt() = 0;
};

// One message as it came in.
struct IncomingMessage {
  std::string id;           // "" = the sender gave none
  std::string environment;  // "" = the sender gave none
  std::string server;       // id of the Greenroom server that made it; "" = made by something else
  std::string body;
  uint64_t position = 0;   // delivery tag or offset; what it means is the consumer's business
  int32_t partition = 0;   // of Kafka
  std::string topic = {};  // of Kafka
};

class EventConsumer {
 public:
  virtual ~EventConsumer() = default;
  // At most `limit` messages in the order of their arrival; empty when none came in time. At most one batch is under
  // way: settle it before the next. Errors: those of Publish.
  virtual Result<std::vector<IncomingMessage>> Receive(size_t limit, std::chrono::milliseconds wait) = 0;
  // The messages of the last Receive are kept here for good and are not to come again, but those at the indices
  // `rejected` (ascending): they are handed to the broker's dead letters where it has such.
  virtual Result<void> Settle(const std::vector<IncomingMessage>& messages, const std::vector<size_t>& rejected) = 0;
  virtual void Interrupt() = 0;
};

}  // namespace greenroom

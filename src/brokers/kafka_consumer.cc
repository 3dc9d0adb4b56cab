#include "brokers/kafka_consumer.h"

#include <algorithm>
#include <map>

namespace greenroom {
namespace {

std::string HeaderOf(const rd_kafka_message_t& message, const char* name) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return "";
  const void* value = nullptr;
  size_t bytes = 0;
  if (rd_kafka_header_get_last(headers, name, &value, &bytes) != RD_KAFKA_RESP_ERR_NO_ERROR || !value) return "";
  return {static_cast<const char*>(value), bytes};
}

IncomingMessage Take(const rd_kafka_message_t& message) {
  std::string environment = HeaderOf(message, kEnvironmentHeader);
  // What Rasa writes when it was told none.
  if (environment == "RASA_ENVIRONMENT_NOT_SET") environment.clear();
  return {.id = HeaderOf(message, kKafkaIdHeader),
          .environment = std::move(environment),
          .server = HeaderOf(message, kKafkaServerHeader),
          .body = message.payload ? std::string(static_cast<const char*>(message.payload), message.len) : "",
          .position = static_cast<uint64_t>(message.offset),
          .partition = message.partition,
          .topic = rd_kafka_topic_name(message.rkt)};
}

// Those that pass by themselves: the library goes on trying.
bool PassesByItself(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__PARTITION_EOF || error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         error == RD_KAFKA_RESP_ERR__TRANSPORT;
}

}  // namespace

KafkaConsumer::~KafkaConsumer() { Disconnect(); }

void KafkaConsumer::Disconnect() {
  if (client_) rd_kafka_consumer_close(client_.get());
  client_.reset();
}

Result<void> KafkaConsumer::Connect() {
  if (client_) return {};
  KafkaConfig config(settings_);
  config.Set("group.id", settings_.group_id);
  config.Set("enable.auto.commit", "false");
  config.Set("enable.auto.offset.store", "false");
  config.Set("session.timeout.ms", "10000");  // a member that died keeps its partitions from others for so long
  config.Set("auto.offset.reset", "earliest");
  config.Set("allow.auto.create.topics", "true");
  GR_ASSIGN(client_, config.Open(RD_KAFKA_CONSUMER));
  rd_kafka_poll_set_consumer(client_.get());
  KafkaPartitions topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), settings_.topic.c_str(), RD_KAFKA_PARTITION_UA);
  rd_kafka_resp_err_t error = rd_kafka_subscribe(client_.get(), topics.get());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  Disconnect();
  return KafkaError(settings_, "subscribing", rd_kafka_err2str(error));
}

Result<std::vector<IncomingMessage>> KafkaConsumer::Receive(size_t limit, std::chrono::milliseconds wait) {
  if (interrupted_) return Error{ErrorCode::kCancelled, "cancelled", "the server stops"};
  GR_TRY(Connect());
  std::vector<IncomingMessage> received;
  while (received.size() < limit) {
    int time = received.empty() ? static_cast<int>(wait.count()) : 0;
    KafkaMessage message(rd_kafka_consumer_poll(client_.get(), time));
    if (!message) break;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      received.push_back(Take(*message));
    } else if (!PassesByItself(message->err)) {
      // What was received comes again after the new beginning: nothing of it is committed.
      Error error = KafkaError(settings_, "reading", rd_kafka_message_errstr(message.get()));
      message.reset();
      Disconnect();
      return error;
    } else {
      break;
    }
  }
  return received;
}

Result<void> KafkaConsumer::Settle(const std::vector<IncomingMessage>& messages, const std::vector<size_t>&) {
  if (!client_) return Error{ErrorCode::kUnavailable, "broker_unreachable", "the connection was lost"};
  std::map<std::pair<std::string, int32_t>, int64_t> next;
  for (const IncomingMessage& one : messages) {
    int64_t& offset = next[{one.topic, one.partition}];
    offset = std::max(offset, static_cast<int64_t>(one.position) + 1);
  }
  KafkaPartitions offsets(rd_kafka_topic_partition_list_new(static_cast<int>(next.size())));
  for (const auto& [place, offset] : next)
    rd_kafka_topic_partition_list_add(offsets.get(), place.first.c_str(), place.second)->offset = offset;
  rd_kafka_resp_err_t error = rd_kafka_commit(client_.get(), offsets.get(), 0);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  // Another member may have the partition now; it reads again from the last commit.
  Disconnect();
  return KafkaError(settings_, "committing", rd_kafka_err2str(error));
}

}  // namespace greenroom

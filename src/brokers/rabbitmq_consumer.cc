#include "brokers/rabbitmq_consumer.h"

#include <algorithm>

#include "brokers/rabbitmq_publisher.h"

namespace greenroom {
namespace {

constexpr int kHeartbeatSeconds = 60;
constexpr uint16_t kPrefetch = 1000;

std::string TextOf(const amqp_basic_properties_t& properties, amqp_flags_t flag, const amqp_bytes_t& bytes) {
  return properties._flags & flag ? FromBytes(bytes) : "";
}

std::string ServerOf(const amqp_basic_properties_t& properties) {
  if (!(properties._flags & AMQP_BASIC_HEADERS_FLAG)) return "";
  for (int i = 0; i < properties.headers.num_entries; ++i) {
    const amqp_table_entry_t& entry = properties.headers.entries[i];
    if (FromBytes(entry.key) == kServerHeader && entry.value.kind == AMQP_FIELD_KIND_UTF8)
      return FromBytes(entry.value.value.bytes);
  }
  return "";
}

IncomingMessage Take(const amqp_envelope_t& envelope) {
  const amqp_basic_properties_t& properties = envelope.message.properties;
  return {.id = TextOf(properties, AMQP_BASIC_MESSAGE_ID_FLAG, properties.message_id),
          .environment = TextOf(properties, AMQP_BASIC_APP_ID_FLAG, properties.app_id),
          .server = ServerOf(properties),
          .body = FromBytes(envelope.message.body),
          .position = envelope.delivery_tag};
}

}  // namespace

Result<void> RabbitConsumer::Connect() {
  if (connection_.is_open()) return {};
  GR_TRY(connection_.Open(kHeartbeatSeconds));
  amqp_connection_state_t state = connection_.state();
  amqp_basic_qos(state, RabbitConnection::kChannel, 0, kPrefetch, 0);
  GR_TRY(connection_.Check(amqp_get_rpc_reply(state), "limiting what comes at once"));
  for (const std::string& queue : settings_.queues) {
    amqp_basic_consume(state, RabbitConnection::kChannel, ToBytes(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    GR_TRY(connection_.Check(amqp_get_rpc_reply(state), "reading the queue " + queue));
  }
  return {};
}

Result<std::vector<IncomingMessage>> RabbitConsumer::Receive(size_t limit, std::chrono::milliseconds wait) {
  GR_TRY(Connect());
  std::vector<IncomingMessage> received;
  // Only the first is waited for.
  timeval time{.tv_sec = wait.count() / 1000, .tv_usec = wait.count() % 1000 * 1000};
  while (received.size() < std::min<size_t>(limit, kPrefetch)) {
    amqp_maybe_release_buffers(connection_.state());
    amqp_envelope_t envelope{};
    amqp_rpc_reply_t reply = amqp_consume_message(connection_.state(), &envelope, &time, 0);
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_TIMEOUT) break;
    // What was received comes again with the next connection.
    GR_TRY(connection_.Check(reply, "reading"));
    received.push_back(Take(envelope));
    amqp_destroy_envelope(&envelope);
    time = {};
  }
  return received;
}

Result<void> RabbitConsumer::Settle(const std::vector<IncomingMessage>& messages, const std::vector<size_t>& rejected) {
  amqp_connection_state_t state = connection_.state();
  if (!state) return Error{ErrorCode::kUnavailable, "broker_unreachable", "the connection was lost"};
  for (size_t index : rejected) {
    GR_TRY(connection_.CheckStatus(amqp_basic_reject(state, RabbitConnection::kChannel, messages[index].position, 0),
                                   "rejecting"));
  }
  // One acknowledgement covers all earlier messages that are still open.
  for (size_t i = messages.size(); i > 0; --i) {
    if (std::binary_search(rejected.begin(), rejected.end(), i - 1)) continue;
    return connection_.CheckStatus(amqp_basic_ack(state, RabbitConnection::kChannel, messages[i - 1].position, 1),
                                   "acknowledging");
  }
  return {};
}

}  // namespace greenroom

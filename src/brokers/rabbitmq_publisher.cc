#include "brokers/rabbitmq_publisher.h"

#include <algorithm>
#include <set>

namespace greenroom {
namespace {

constexpr uint8_t kPersistent = 2;
constexpr timeval kLook = {.tv_sec = 0, .tv_usec = 200'000};

}  // namespace

// Messages under way, by the tag of their confirm.
struct RabbitPublisher::Batch {
  uint64_t first_tag = 0;
  std::vector<Delivery> outcomes;
  std::set<uint64_t> open;
  std::map<std::string, size_t> index_of_id;
  std::set<size_t> returned;  // the broker confirms these too

  void Settle(uint64_t tag, bool multiple, Delivery outcome) {
    auto from = multiple ? open.begin() : open.find(tag);
    auto to = multiple ? open.upper_bound(tag) : from == open.end() ? from : std::next(from);
    for (auto one = from; one != to; ++one) {
      size_t index = *one - first_tag;
      if (!returned.contains(index)) outcomes[index] = outcome;
    }
    open.erase(from, to);
  }
};

// Without heartbeats, because nobody reads while there is nothing to send; a connection that died is noticed by the
// limit of the confirms.
Result<void> RabbitPublisher::Connect() {
  if (connection_.is_open()) return {};
  GR_TRY(connection_.Open(0));
  amqp_confirm_select(connection_.state(), RabbitConnection::kChannel);
  next_tag_ = 1;
  return connection_.Check(amqp_get_rpc_reply(connection_.state()), "switching confirms on");
}

Result<void> RabbitPublisher::Send(const BrokerMessage& message) {
  amqp_table_entry_t header{.key = amqp_cstring_bytes(kServerHeader),
                            .value = {.kind = AMQP_FIELD_KIND_UTF8, .value = {.bytes = ToBytes(message.server)}}};
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_APP_ID_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                      AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_HEADERS_FLAG;
  properties.delivery_mode = kPersistent;
  properties.app_id = ToBytes(message.environment);
  properties.message_id = ToBytes(message.id);
  properties.content_type = amqp_cstring_bytes("application/json");
  properties.headers = {.num_entries = message.server.empty() ? 0 : 1, .entries = &header};
  int status = amqp_basic_publish(connection_.state(), RabbitConnection::kChannel, ToBytes(settings_.exchange),
                                  amqp_empty_bytes, 1, 0, &properties, ToBytes(message.body));
  GR_TRY(connection_.CheckStatus(status, "publishing"));
  ++next_tag_;
  return {};
}

// A message that no queue takes comes back before its confirm.
Result<void> RabbitPublisher::TakeReturned(const amqp_frame_t& frame, Batch& batch) {
  amqp_message_t message{};
  GR_TRY(connection_.Check(amqp_read_message(connection_.state(), frame.channel, &message, 0), "reading"));
  auto found = batch.index_of_id.find(FromBytes(message.properties.message_id));
  if (found != batch.index_of_id.end()) batch.returned.insert(found->second);
  amqp_destroy_message(&message);
  return {};
}

Result<void> RabbitPublisher::TakeFrame(const amqp_frame_t& frame, Batch& batch) {
  if (frame.frame_type != AMQP_FRAME_METHOD) return {};
  const amqp_method_t& method = frame.payload.method;
  if (method.id == AMQP_BASIC_ACK_METHOD) {
    const auto* ack = static_cast<amqp_basic_ack_t*>(method.decoded);
    batch.Settle(ack->delivery_tag, ack->multiple != 0, Delivery::kConfirmed);
  } else if (method.id == AMQP_BASIC_NACK_METHOD) {
    const auto* nack = static_cast<amqp_basic_nack_t*>(method.decoded);
    batch.Settle(nack->delivery_tag, nack->multiple != 0, Delivery::kFailed);
  } else if (method.id == AMQP_BASIC_RETURN_METHOD) {
    return TakeReturned(frame, batch);
  } else if (method.id == AMQP_CHANNEL_CLOSE_METHOD || method.id == AMQP_CONNECTION_CLOSE_METHOD) {
    return connection_.Check({.reply_type = AMQP_RESPONSE_SERVER_EXCEPTION, .reply = method}, "publishing");
  }
  return {};
}

Result<void> RabbitPublisher::AwaitConfirms(Batch& batch) {
  auto limit = std::chrono::steady_clock::now() + confirm_limit_;
  while (!batch.open.empty()) {
    amqp_maybe_release_buffers(connection_.state());
    amqp_frame_t frame{};
    timeval look = kLook;
    int status = amqp_simple_wait_frame_noblock(connection_.state(), &frame, &look);
    if (status == AMQP_STATUS_TIMEOUT) {
      if (!interrupt_.fired() && std::chrono::steady_clock::now() < limit) continue;
      return connection_.CheckStatus(status, "waiting for confirms");
    }
    GR_TRY(connection_.CheckStatus(status, "waiting for confirms"));
    GR_TRY(TakeFrame(frame, batch));
  }
  return {};
}

Result<std::vector<Delivery>> RabbitPublisher::Publish(const std::vector<BrokerMessage>& messages) {
  GR_TRY(Connect());
  Batch batch{.first_tag = next_tag_, .outcomes = std::vector<Delivery>(messages.size(), Delivery::kFailed)};
  for (size_t i = 0; i < messages.size(); ++i) {
    batch.open.insert(next_tag_);
    batch.index_of_id[messages[i].id] = i;
    if (auto sent = Send(messages[i]); !sent) return std::move(sent).error();
  }
  auto confirmed = AwaitConfirms(batch);
  // What was confirmed before the connection broke need not be sent again.
  bool some = std::find(batch.outcomes.begin(), batch.outcomes.end(), Delivery::kConfirmed) != batch.outcomes.end();
  if (!confirmed && !some) return std::move(confirmed).error();
  return batch.outcomes;
}

}  // namespace greenroom

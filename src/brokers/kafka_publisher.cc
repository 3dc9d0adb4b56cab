#include "brokers/kafka_publisher.h"

#include <algorithm>

namespace greenroom {
namespace {

struct ErrorDestroy {
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};

constexpr int kLookMilliseconds = 100;

Delivery OutcomeOf(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return Delivery::kConfirmed;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return Delivery::kRefused;
    default:
      return Delivery::kFailed;
  }
}

}  // namespace

// Outcomes that the library's reports fill in; none is outstanding once AwaitReports has returned.
struct KafkaPublisher::Batch {
  struct Slot {
    Batch* batch;
    size_t index;
  };
  std::vector<Delivery> outcomes;
  std::vector<Slot> slots;
  size_t open = 0;
  std::string fault;
};

void KafkaPublisher::Report(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  auto* slot = static_cast<Batch::Slot*>(message->_private);
  slot->batch->outcomes[slot->index] = OutcomeOf(message->err);
  --slot->batch->open;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) slot->batch->fault = rd_kafka_err2str(message->err);
}

Result<void> KafkaPublisher::Connect() {
  char why[512] = "";
  // After a fatal error an idempotent producer is of no use any more.
  if (client_ && rd_kafka_fatal_error(client_.get(), why, sizeof why) == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  client_.reset();
  KafkaConfig config(settings_);
  config.Set("enable.idempotence", "true");
  config.Set("acks", "all");
  config.Set("linger.ms", "2");
  config.Set("message.timeout.ms", std::to_string(confirm_limit_.count()));
  config.OnDelivery(Report);
  GR_ASSIGN(client_, config.Open(RD_KAFKA_PRODUCER));
  return {};
}

void KafkaPublisher::Send(const BrokerMessage& message, size_t index, Batch& batch) {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(3);
  for (const auto& [name, value] : {std::pair<const char*, const std::string&>{kEnvironmentHeader, message.environment},
                                    {kKafkaIdHeader, message.id},
                                    {kKafkaServerHeader, message.server}}) {
    rd_kafka_header_add(headers, name, -1, value.data(), static_cast<ssize_t>(value.size()));
  }
  bool keyed = settings_.partition_by_sender && !message.key.empty();
  const char* key = keyed ? message.key.data() : nullptr;
  size_t key_bytes = keyed ? message.key.size() : 0;
  // The library copies key and body, and writes to neither.
  const rd_kafka_vu_t parts[] = {
      {.vtype = RD_KAFKA_VTYPE_TOPIC, .u = {.cstr = settings_.topic.c_str()}},
      {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u = {.i = RD_KAFKA_MSG_F_COPY}},
      {.vtype = RD_KAFKA_VTYPE_KEY, .u = {.mem = {.ptr = const_cast<char*>(key), .size = key_bytes}}},
      {.vtype = RD_KAFKA_VTYPE_VALUE,
       .u = {.mem = {.ptr = const_cast<char*>(message.body.data()), .size = message.body.size()}}},
      {.vtype = RD_KAFKA_VTYPE_HEADERS, .u = {.headers = headers}},
      {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u = {.ptr = &batch.slots[index]}},
  };
  std::unique_ptr<rd_kafka_error_t, ErrorDestroy> refused(rd_kafka_produceva(client_.get(), parts, std::size(parts)));
  if (!refused) {
    ++batch.open;
    return;
  }
  const rd_kafka_resp_err_t error = rd_kafka_error_code(refused.get());
  rd_kafka_headers_destroy(headers);
  batch.outcomes[index] = OutcomeOf(error);
  batch.fault = rd_kafka_err2str(error);
}

// Each message gets a report: when its time is over, at the latest.
Result<void> KafkaPublisher::AwaitReports(Batch& batch) {
  bool purged = false;
  while (batch.open > 0) {
    rd_kafka_poll(client_.get(), kLookMilliseconds);
    if (!interrupted_ || std::exchange(purged, true)) continue;
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  }
  if (interrupted_) return Error{ErrorCode::kCancelled, "cancelled", "the server stops"};
  return {};
}

Result<std::vector<Delivery>> KafkaPublisher::Publish(const std::vector<BrokerMessage>& messages) {
  if (interrupted_) return Error{ErrorCode::kCancelled, "cancelled", "the server stops"};
  GR_TRY(Connect());
  Batch batch{.outcomes = std::vector<Delivery>(messages.size(), Delivery::kFailed)};
  for (size_t i = 0; i < messages.size(); ++i) batch.slots.push_back({&batch, i});
  for (size_t i = 0; i < messages.size(); ++i) Send(messages[i], i, batch);
  GR_TRY(AwaitReports(batch));
  bool all_failed =
      std::all_of(batch.outcomes.begin(), batch.outcomes.end(), [](Delivery one) { return one == Delivery::kFailed; });
  if (!messages.empty() && all_failed) return KafkaError(settings_, "publishing", batch.fault);
  return batch.outcomes;
}

}  // namespace greenroom

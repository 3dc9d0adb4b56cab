#include "brokers/event_relay.h"

#include <algorithm>

#include "base/digest.h"
#include "base/log.h"
#include "brokers/event_message.h"
#include "brokers/relay_plan.h"

namespace greenroom {
namespace {

// Rows that leave the outbox in one transaction.
constexpr size_t kSettled = 1000;

}  // namespace

EventRelay::EventRelay(RelayOptions options, OutboxStore& outbox, EventPublisher& publisher)
    : options_(std::move(options)), outbox_(outbox), publisher_(publisher), random_(Hash64(options_.server)) {}

void EventRelay::Count(const std::vector<OutboxEvent>& events, const std::vector<Delivery>& outcomes) {
  for (size_t i = 0; i < events.size() && i < outcomes.size(); ++i) {
    if (outcomes[i] == Delivery::kConfirmed) ++sent_;
    if (outcomes[i] != Delivery::kRefused) continue;
    ++refused_;
    Log(LogLevel::kError, "event_refused_by_broker",
        {{"environment", events[i].key.environment},
         {"conversation", events[i].key.conversation},
         {"number", std::to_string(events[i].stored.seq)}});
  }
}

Result<int64_t> EventRelay::Settle(const std::vector<OutboxEvent>& events) {
  if (events.empty()) return int64_t{0};
  GR_TRY(outbox_.Delivered(kBrokerSink, events));
  return static_cast<int64_t>(events.size());
}

Result<int64_t> EventRelay::SendOnce() {
  GR_ASSIGN(std::vector<OutboxEvent> waiting, outbox_.Waiting(kBrokerSink, options_.window));
  RelayPlan plan(std::move(waiting));
  int64_t left = 0;
  while (true) {
    std::vector<OutboxEvent> next = plan.Next(options_.batch);
    if (next.empty()) break;
    std::vector<BrokerMessage> messages;
    for (const OutboxEvent& event : next) messages.push_back(MakeMessage(event, options_.server));
    auto outcomes = publisher_.Publish(messages);
    plan.Note(outcomes ? *outcomes : std::vector<Delivery>{});
    if (outcomes) Count(next, *outcomes);
    if (!outcomes || plan.settled() >= kSettled) {
      GR_ASSIGN(int64_t settled, Settle(plan.TakeSettled()));
      left += settled;
    }
    if (!outcomes) return std::move(outcomes).error();
  }
  GR_ASSIGN(int64_t settled, Settle(plan.TakeSettled()));
  left += settled;
  if (plan.any_failed())
    return Error{ErrorCode::kUnavailable, "delivery_failed", "the broker did not confirm every event"};
  return left;
}

bool EventRelay::WaitOrStop(std::chrono::milliseconds time) {
  MutexLock lock(mutex_);
  changed_.WaitFor(mutex_, time, [this]() REQUIRES_LOCK(mutex_) { return stopping_; });
  return stopping_;
}

void EventRelay::Run() {
  auto pause = options_.pause;
  while (true) {
    auto sent = SendOnce();
    if (sent) {
      if (pause != options_.pause) Log(LogLevel::kInfo, "broker_is_back", {});
      pause = options_.pause;
    } else if (sent.error().code != ErrorCode::kCancelled) {
      ++failures_;
      // Once for each trouble, not at each try.
      if (pause == options_.pause) {
        Log(LogLevel::kWarning, "events_not_published",
            {{"reason", sent.error().reason}, {"message", sent.error().message}});
      }
      pause = std::min(pause * 2, options_.longest_pause);
    }
    bool more = sent && *sent > 0;
    auto jitter = std::chrono::milliseconds(random_.Below(static_cast<uint64_t>(pause.count()) / 2 + 1));
    if (WaitOrStop(more ? std::chrono::milliseconds(0) : sent ? pause : pause / 2 + jitter)) return;
  }
}

void EventRelay::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  publisher_.Interrupt();
}

RelayFigures EventRelay::figures() const { return {.sent = sent_, .refused = refused_, .failures = failures_}; }

}  // namespace greenroom

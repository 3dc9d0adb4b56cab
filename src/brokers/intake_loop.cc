#include "brokers/intake_loop.h"

#include <algorithm>
#include <map>

#include "base/log.h"
#include "brokers/event_message.h"

namespace greenroom {

// What a batch comes to.
struct IntakeLoop::Sorted {
  std::map<std::string, IntakeBatch> batches;  // by environment
  std::vector<size_t> rejected;
  int64_t own = 0;
};

IntakeLoop::IntakeLoop(EventConsumer& consumer, EventIntake& intake, IntakeOptions options)
    : consumer_(consumer), intake_(intake), options_(std::move(options)) {}

Result<std::string> IntakeLoop::EnvironmentOf(const IncomingMessage& message) const {
  if (!message.environment.empty()) {
    GR_ASSIGN(bool there, options_.exists(message.environment));
    if (there) return message.environment;
  }
  return options_.default_environment;
}

// Only the store can fail here: what is wrong with a message rejects that message.
Result<IntakeLoop::Sorted> IntakeLoop::Sort(const std::vector<IncomingMessage>& messages) const {
  Sorted sorted;
  for (size_t i = 0; i < messages.size(); ++i) {
    const IncomingMessage& message = messages[i];
    if (!message.server.empty() && message.server == options_.own_server) {
      ++sorted.own;
      continue;
    }
    GR_ASSIGN(std::string environment, EnvironmentOf(message));
    Result<ForeignEvent> event = Error{ErrorCode::kNotFound, "environment_unknown",
                                       "there is no environment `" + message.environment.substr(0, 100) + "`"};
    if (!environment.empty()) event = ReadMessage(message);
    if (!event) {
      Log(LogLevel::kError, "event_rejected",
          {{"source", options_.name},
           {"reason", event.error().reason},
           {"message", event.error().message},
           {"bytes", std::to_string(message.body.size())}});
      sorted.rejected.push_back(i);
      continue;
    }
    IntakeBatch& batch = sorted.batches[environment];
    batch.environment = environment;
    batch.events.push_back(std::move(*event));
  }
  return sorted;
}

Result<void> IntakeLoop::TakeAll(const Sorted& sorted) {
  for (const auto& [environment, batch] : sorted.batches) {
    GR_ASSIGN(IntakeReport report, intake_.Take(batch));
    taken_ += report.taken;
    known_ += report.known;
  }
  return {};
}

Result<int64_t> IntakeLoop::TakeOnce() {
  if (held_.empty()) {
    GR_ASSIGN(held_, consumer_.Receive(options_.batch, options_.wait));
  }
  if (held_.empty()) return int64_t{0};
  GR_ASSIGN(Sorted sorted, Sort(held_));
  GR_TRY(TakeAll(sorted));
  // From here on the store has it: when settling fails the messages come again.
  std::vector<IncomingMessage> done = std::exchange(held_, {});
  GR_TRY(consumer_.Settle(done, sorted.rejected));
  rejected_ += static_cast<int64_t>(sorted.rejected.size());
  own_ += sorted.own;
  return static_cast<int64_t>(done.size());
}

bool IntakeLoop::WaitOrStop(std::chrono::milliseconds time) {
  MutexLock lock(mutex_);
  changed_.WaitFor(mutex_, time, [this]() REQUIRES_LOCK(mutex_) { return stopping_; });
  return stopping_;
}

void IntakeLoop::Run() {
  auto pause = options_.pause;
  while (!WaitOrStop(std::chrono::milliseconds(0))) {
    auto taken = TakeOnce();
    if (taken) {
      if (pause != options_.pause) Log(LogLevel::kInfo, "intake_is_back", {{"source", options_.name}});
      pause = options_.pause;
      continue;
    }
    if (taken.error().code == ErrorCode::kCancelled) continue;
    ++failures_;
    if (pause == options_.pause) {
      Log(LogLevel::kWarning, "events_not_taken",
          {{"source", options_.name}, {"reason", taken.error().reason}, {"message", taken.error().message}});
    }
    pause = std::min(pause * 2, options_.longest_pause);
    if (WaitOrStop(pause / 2)) return;
  }
}

void IntakeLoop::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  consumer_.Interrupt();
}

IntakeFigures IntakeLoop::figures() const {
  return {.taken = taken_, .known = known_, .rejected = rejected_, .own = own_, .failures = failures_};
}

}  // namespace greenroom

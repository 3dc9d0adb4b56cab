#include "app/platform_events.h"

#include <algorithm>
#include <optional>

#include "base/log.h"
#include "http/percent.h"

namespace greenroom {
namespace {

Json Describe(const OutboxEvent& event) {
  return Json::Object({{"conversation", event.key.conversation},
                       {"number", event.stored.seq},
                       {"model", event.stored.model},
                       {"event", EventToJson(event.stored.event)}});
}

PlatformEventsOptions WithoutSlash(PlatformEventsOptions options) {
  while (options.platform.ends_with('/')) options.platform.pop_back();
  return options;
}

}  // namespace

struct PlatformEvents::Shared {
  Mutex mutex;
  ConditionVariable changed;
  std::optional<Result<HttpClientResponse>> answer GUARDED_BY(mutex);
  bool stopping GUARDED_BY(mutex) = false;
};

PlatformEvents::PlatformEvents(PlatformEventsOptions options, OutboxStore& outbox)

    : options_(WithoutSlash(std::move(options))),
      limit_(options_.batch),
      outbox_(outbox),
      shared_(std::make_shared<Shared>()) {}

HttpClientRequest PlatformEvents::Request(const std::vector<OutboxEvent>& events) const {
  Json list = Json::List();
  for (const OutboxEvent& event : events) list.Append(Describe(event));
  HttpClientRequest request{.method = "POST",
                            .url = options_.platform + "/api/environments/" + PercentEncode(options_.environment) +
                                   "/events?token=" + PercentEncode(options_.token),
                            .body = Json::Object({{"server", options_.server}, {"events", std::move(list)}}).Dump(),
                            .total_timeout = std::chrono::seconds(60)};
  request.headers.Set("Content-Type", "application/json");
  return request;
}

Result<HttpClientResponse> PlatformEvents::Send(HttpClientRequest request) {
  if (!client_) {
    GR_ASSIGN(client_, HttpClient::Create({}));
  }
  client_->Async(std::move(request), [shared = shared_](Result<HttpClientResponse> answer) {
    MutexLock lock(shared->mutex);
    shared->answer = std::move(answer);
    shared->changed.NotifyAll();
  });
  MutexLock lock(shared_->mutex);
  shared_->changed.Wait(shared_->mutex, [this]() REQUIRES_LOCK(shared_->mutex) {
    return shared_->answer.has_value() || shared_->stopping;
  });
  if (shared_->stopping) return Error{ErrorCode::kCancelled, "cancelled", "the server stops"};
  Result<HttpClientResponse> answer = std::move(*shared_->answer);
  shared_->answer.reset();
  return answer;
}

Result<int64_t> PlatformEvents::SendOnce() {
  GR_ASSIGN(std::vector<OutboxEvent> waiting, outbox_.Waiting(kPlatformSink, limit_));
  if (waiting.empty()) return int64_t{0};
  auto answer = Send(Request(waiting));
  if (!answer) {
    Error error = std::move(answer).error();
    if (error.code == ErrorCode::kCancelled) return error;
    return Error{ErrorCode::kUnavailable, "platform_unreachable", "the platform cannot be reached: " + error.message};
  }
  bool refused = answer->status == 400 || answer->status == 413;
  if (refused && waiting.size() > 1) {
    // One event of it cannot be taken: find out which, so that the others are not lost with it.
    limit_ = static_cast<int64_t>(waiting.size() / 2);
    return int64_t{0};
  }
  if (refused) {
    Log(LogLevel::kError, "event_refused",
        {{"conversation", waiting[0].key.conversation},
         {"number", std::to_string(waiting[0].stored.seq)},
         {"answer", answer->body.substr(0, 300)}});
  } else if (answer->status != 200) {
    return Error{ErrorCode::kUnavailable, "platform_failed",
                 "the platform did not take the events: status " + std::to_string(answer->status)};
  }
  GR_TRY(outbox_.Delivered(kPlatformSink, waiting));
  limit_ = options_.batch;
  return static_cast<int64_t>(waiting.size());
}

bool PlatformEvents::WaitOrStop(std::chrono::milliseconds time) {
  MutexLock lock(shared_->mutex);
  shared_->changed.WaitFor(shared_->mutex, time, [this]() REQUIRES_LOCK(shared_->mutex) { return shared_->stopping; });
  return shared_->stopping;
}

void PlatformEvents::Run() {
  auto pause = options_.pause;
  while (true) {
    auto sent = SendOnce();
    if (!sent && sent.error().code == ErrorCode::kCancelled) return;
    if (!sent) {
      // Once for each trouble, not at each try.
      if (pause == options_.pause) {
        Log(LogLevel::kWarning, "events_not_sent",
            {{"reason", sent.error().reason}, {"message", sent.error().message}});
      }
      pause = std::min(pause * 2, options_.longest_pause);
    } else {
      pause = options_.pause;
    }
    bool more = sent && (*sent > 0 || limit_ < options_.batch);
    if (!more && WaitOrStop(pause)) return;
  }
}

void PlatformEvents::Stop() {
  MutexLock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.NotifyAll();
}

}  // namespace greenroom

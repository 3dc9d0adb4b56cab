#include "serving/turn_service.h"

#include <algorithm>
#include <limits>

#include "base/digest.h"
#include "base/log.h"
#include "base/random.h"
#include "serving/active_turn.h"
#include "serving/message_codec.h"
#include "serving/sessions.h"

namespace greenroom {
namespace {

std::string CacheKey(const ConversationKey& key) {
  return key.assistant + '\0' + key.environment + '\0' + key.conversation;
}

uint64_t LaneOf(const TurnRequest& request) {
  return Hash64(CacheKey({.environment = request.environment, .conversation = request.message.conversation_id}));
}

std::string WaitingKey(const InboxEntry& entry) {
  return CacheKey(entry.key) + '\0' + entry.channel + '\0' + entry.idempotency_key;
}

Error QueueFull() {
  return {ErrorCode::kExhausted, "conversation_queue_full", "too many messages of this conversation are waiting",
          "wait for the answers before sending more"};
}

Error KeyReused() {
  return {ErrorCode::kInvalidArgument, "idempotency_key_reused", "this Idempotency-Key was used for another message",
          "use a new key for each message"};
}

// What a message that was set aside is answered with, each time it is asked for.
Error SetAside(const InboxEntry& entry) {
  if (entry.reply_status == 429) return QueueFull();
  return {ErrorCode::kInternal, "message_set_aside", "this message could not be handled, however often it was tried",
          "send it again with a new key once the cause is known"};
}

Error ProcessEnded(int times) {
  return {ErrorCode::kInternal, "process_ended",
          "the server ended " + std::to_string(times) + " times while it handled this message"};
}

}  // namespace

TurnService::TurnService(TurnServiceParts parts, TurnServiceOptions options)
    : parts_(parts),
      options_(std::move(options)),
      queues_(parts.executor, options_.max_waiting),
      suspects_(parts.executor, std::numeric_limits<size_t>::max()),
      trackers_(options_.cached_conversations),
      traffic_(parts_.clock) {}

TurnService::~TurnService() = default;

TurnService::Callback TurnService::Counted(const std::string& environment, Callback done) {
  return [this, environment, begun = parts_.clock.Steady(), done = std::move(done)](Result<TurnReply> reply) {
    const std::chrono::duration<double> lasted = parts_.clock.Steady() - begun;
    if (!reply || !reply->replayed) traffic_.Count(environment, lasted.count(), !reply);
    done(std::move(reply));
  };
}

void TurnService::Handle(TurnRequest request, Callback done) {
  auto handle = parts_.environments.Acquire(request.environment);
  if (!handle) return done(std::move(handle).error());
  done = Counted(request.environment, std::move(done));
  if (queues_.size() >= options_.max_turns) {
    return done(
        Error{ErrorCode::kExhausted, "overloaded", "too many messages are being handled", "try again in a moment"});
  }
  if (queues_.Full(LaneOf(request))) return done(QueueFull());
  // What nobody said has no id, as in Rasa.
  if (request.message.message_id.empty() && !request.message.external) request.message.message_id = NewId();
  InboxEntry entry{.key = {.environment = request.environment, .conversation = request.message.conversation_id},
                   .channel = request.message.channel,
                   .idempotency_key = std::move(request.idempotency_key),
                   .body_hash = std::move(request.body_hash),
                   .model = handle->model->digest};
  entry.message =
      AcceptedMessageToJson({.message = std::move(request.message), .accepted_at = parts_.clock.NowSeconds()});
  parts_.store.Accept(std::move(entry), [this, done = std::move(done)](Result<Acceptance> accepted) {
    if (!accepted) return done(std::move(accepted).error());
    using Kind = Acceptance::Kind;
    InboxEntry& found = accepted->entry;
    if (accepted->kind == Kind::kMismatch) return done(KeyReused());
    if (accepted->kind == Kind::kReplay) {
      if (found.state == InboxState::kDead) return done(SetAside(found));
      return done(TurnReply{.status = found.reply_status, .body = found.reply, .model = found.model, .replayed = true});
    }
    if (accepted->kind == Kind::kAccepted) return Enqueue(std::move(found), done);
    if (Join(found, done)) return;
    // It was accepted, but its turn could not be taken then (the disk was full, say): now it is taken up again. The
    // store refuses a second turn should another one have finished it meanwhile.
    found.attempts = std::max(found.attempts, 1);
    Enqueue(std::move(found), done);
  });
}

bool TurnService::Join(const InboxEntry& entry, const Callback& done) {
  MutexLock lock(waiting_mutex_);
  auto turn = waiting_.find(WaitingKey(entry));
  if (turn == waiting_.end()) return false;
  turn->second.callbacks.push_back(done);
  return true;
}

void TurnService::Enqueue(InboxEntry entry, Callback done) {
  uint64_t lane = Hash64(CacheKey(entry.key));
  if (!entry.idempotency_key.empty()) {
    MutexLock lock(waiting_mutex_);
    waiting_.try_emplace(WaitingKey(entry));
  }
  auto shared = std::make_shared<InboxEntry>(std::move(entry));
  bool taken = queues_.Enter(lane, [this, shared, done](ConversationQueues::Leave leave) {
    Suspect(*shared) ? BeginAlone(shared, done, std::move(leave)) : Begin(shared, done, std::move(leave));
  });
  if (taken) return;
  std::string refusal = Json::List().Dump();
  parts_.store.MarkDead(shared->id, refusal, 429,
                        [this, shared, done](Result<void>) { Finish(*shared, QueueFull(), done); });
}

void TurnService::BeginAlone(const std::shared_ptr<InboxEntry>& entry, const Callback& done,
                             ConversationQueues::Leave leave) {
  suspects_.Enter(0, [this, entry, done, leave = std::move(leave)](ConversationQueues::Leave leave_suspects) {
    auto leave_both = [leave, leave_suspects] {
      leave_suspects();
      leave();
    };
    parts_.store.CountAttempt(entry->id, [this, entry, done, leave_both](Result<void> counted) {
      if (!counted) {
        leave_both();
        return Finish(*entry, std::move(counted).error(), done);
      }
      ++entry->attempts;
      parts_.executor.Submit([this, entry, done, leave_both] { Begin(entry, done, leave_both); });
    });
  });
}

void TurnService::Begin(const std::shared_ptr<InboxEntry>& entry, const Callback& done,
                        ConversationQueues::Leave leave) {
  // The handle is taken when the turn begins, not when it was accepted: what waits behind a promotion gets the new
  // model.
  auto handle = parts_.environments.Acquire(entry->key.environment);
  if (!handle) {
    leave();
    return Finish(*entry, std::move(handle).error(), done);
  }
  std::string cache_key = CacheKey(entry->key);
  ActiveTurn::Wiring wiring{.parts = parts_,
                            .options = options_,
                            .load =
                                [this, entry, cache_key](const Claim& claim, std::shared_ptr<const SlotTable> slots) {
                                  return LoadTracker(entry->key, cache_key, std::move(slots), claim.next_seq);
                                },
                            .keep =
                                [this, cache_key](std::optional<CachedTracker> after) {
                                  after ? trackers_.Put(cache_key, std::move(*after)) : trackers_.Drop(cache_key);
                                },
                            .leave = std::move(leave),
                            .done = [this, entry, done](Result<TurnReply> reply) { Finish(*entry, reply, done); }};
  std::make_shared<ActiveTurn>(std::move(wiring), *entry, *handle)->Start();
}

void TurnService::Finish(const InboxEntry& entry, const Result<TurnReply>& reply, const Callback& done) {
  Waiting others;
  if (!entry.idempotency_key.empty()) {
    MutexLock lock(waiting_mutex_);
    if (auto node = waiting_.extract(WaitingKey(entry))) others = std::move(node.mapped());
  }
  done(reply);
  for (const Callback& other : others.callbacks) {
    Result<TurnReply> copy = reply;
    if (copy) copy->replayed = true;
    other(std::move(copy));
  }
}

Result<CachedTracker> TurnService::LoadTracker(const ConversationKey& key, const std::string& cache_key,
                                               std::shared_ptr<const SlotTable> slots, int64_t next_seq) {
  auto cached = trackers_.Find(cache_key);
  if (cached && cached->next_seq == next_seq && cached->slots == slots) return *cached;
  auto tracker = std::make_shared<Tracker>(slots, key.conversation);
  if (cached && cached->next_seq == next_seq) {
    for (const Event& event : cached->tracker->events()) tracker->Apply(event);
  } else {
    GR_ASSIGN(std::vector<StoredEvent> events, parts_.store.Events(key));
    for (const StoredEvent& stored : events) tracker->Apply(stored.event);
  }
  return CachedTracker{.tracker = CurrentSession(tracker, slots), .next_seq = next_seq, .slots = slots};
}

Result<Tracker> TurnService::ReadTracker(const ConversationKey& key) const {
  auto handle = parts_.environments.Acquire(key.environment);
  if (!handle && handle.error().code == ErrorCode::kNotFound) return std::move(handle).error();
  auto slots = handle ? handle->model->slot_table : std::make_shared<const SlotTable>();
  auto tracker = std::make_shared<Tracker>(slots, key.conversation);
  GR_ASSIGN(std::vector<StoredEvent> events, parts_.store.Events(key));
  const std::string assistant = handle ? handle->model->assistant_id : "";
  for (StoredEvent& stored : events) tracker->Apply(WithModel(std::move(stored), assistant));
  return *CurrentSession(tracker, slots);
}

Result<std::vector<Tracker>> TurnService::ReadSessions(const ConversationKey& key, std::optional<double> until) const {
  GR_ASSIGN(ServingHandle handle, parts_.environments.Acquire(key.environment));
  GR_ASSIGN(std::vector<StoredEvent> stored, parts_.store.Events(key));
  if (stored.empty()) return std::vector<Tracker>{Tracker(handle.model->slot_table, key.conversation)};
  std::vector<Event> events;
  for (StoredEvent& event : stored) {
    if (!until || event.event.timestamp <= *until) events.push_back(std::move(event.event));
  }
  return SessionsOf(events, handle.model->slot_table, key.conversation);
}

void TurnService::Stamp(std::vector<Event>& events) const {
  double now = parts_.clock.NowSeconds();
  for (Event& event : events) {
    if (event.timestamp == 0) event.timestamp = now;
  }
}

void TurnService::AppendEvents(OutsideEvents outside, Callback done) {
  uint64_t lane = Hash64(CacheKey(outside.key));
  auto shared = std::make_shared<OutsideEvents>(std::move(outside));
  bool taken = queues_.Enter(lane, [this, shared, done](ConversationQueues::Leave leave) {
    auto claim = parts_.store.TakeClaim(shared->key);
    if (!claim) {
      leave();
      return done(std::move(claim).error());
    }
    auto handle = parts_.environments.Acquire(shared->key.environment);
    std::vector<Event> events;
    if (shared->begins_session && claim->next_seq == 1 && handle) events = SessionBeginning(*handle->model, Now());
    for (Event& event : shared->events) events.push_back(std::move(event));
    Stamp(events);
    TurnCommit commit{.key = shared->key,
                      .fence = claim->fence,
                      .expected_seq = claim->next_seq - 1,
                      .model = handle ? handle->model->digest : "",
                      .events = std::move(events),
                      .outbox_sinks = options_.outbox_sinks};
    trackers_.Drop(CacheKey(shared->key));
    parts_.store.Commit(std::move(commit), [leave, done](Result<void> outcome) {
      leave();
      outcome ? done(TurnReply{}) : done(std::move(outcome).error());
    });
  });
  if (!taken) done(QueueFull());
}

void TurnService::Erase(Erasure erasure, std::function<void(Result<void>)> done) {
  uint64_t lane = Hash64(CacheKey(erasure.key));
  auto shared = std::make_shared<Erasure>(std::move(erasure));
  bool taken = queues_.Enter(lane, [this, shared, done](ConversationQueues::Leave leave) {
    auto claim = parts_.store.TakeClaim(shared->key);
    if (!claim) {
      leave();
      return done(std::move(claim).error());
    }
    Stamp(shared->events);
    shared->fence = claim->fence;
    trackers_.Drop(CacheKey(shared->key));
    parts_.store.Erase(std::move(*shared), [leave, done](Result<void> outcome) {
      leave();
      done(std::move(outcome));
    });
  });
  if (!taken) done(QueueFull());
}

void TurnService::Requeue(Requeuing requeuing, Callback done) {
  parts_.store.Requeue(std::move(requeuing), [this, done = std::move(done)](Result<InboxEntry> entry) {
    if (!entry) return done(std::move(entry).error());
    // Its earlier turn may have asked outside already: what was answered then is not asked again.
    entry->state = InboxState::kRunning;
    Enqueue(std::move(*entry), done);
  });
}

Result<size_t> TurnService::ResumeUnfinished() {
  GR_ASSIGN(std::vector<InboxEntry> unfinished, parts_.store.TakeUnfinished(options_.max_attempts - 1));
  for (InboxEntry& entry : unfinished) {
    if (entry.attempts < options_.max_attempts) {
      Enqueue(std::move(entry), [](const Result<TurnReply>&) {});
      continue;
    }
    LogSetAside(entry, ProcessEnded(entry.attempts));
    parts_.store.MarkDead(entry.id, FailureText(ProcessEnded(entry.attempts)), 500, [](const Result<void>&) {});
  }
  return unfinished.size();
}

}  // namespace greenroom

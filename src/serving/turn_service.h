// TurnService: takes a message of a channel and makes exactly one turn of it: accept, claim, think, act, commit,
// answer.
//
// First the message becomes an inbox row (durable). Then, first in the queue of its conversation, it claims the
// conversation, folds the tracker, parses and runs the turn; each outside call is on disk before it is made and its
// answer before it is used. Then events, reply and outbox rows are committed at once, and only then the reply goes out.
// The model is pinned at the beginning of the turn: a promotion in between changes nothing for it.
// No thread waits for anything: every step is continued by a callback.
// Thread rules: Handle may be called from any thread; callbacks run on the store's or the executor's threads.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/mutex.h"
#include "conversation/message.h"
#include "conversation/turn_store.h"
#include "serving/action_caller.h"
#include "serving/conversation_queues.h"
#include "serving/environments.h"
#include "serving/tracker_cache.h"
#include "serving/traffic.h"

namespace greenroom {

struct TurnRequest {
  std::string environment;
  UserMessage message;
  std::string idempotency_key = {};  // "" = none given
  std::string body_hash = {};
};

// Events that are no turn, stamped when they have no time. A conversation that has none yet begins a session first when
// `begins_session` says so.
struct OutsideEvents {
  ConversationKey key;
  std::vector<Event> events;
  bool begins_session = false;
};

struct TurnReply {
  int status = 200;
  std::string body;       // the REST channel's JSON list
  std::string model;      // digest that answered
  bool replayed = false;  // the stored answer of an earlier request with the same key
};

struct TurnServiceOptions {
  TurnSettings settings;
  size_t max_waiting = 64;    // messages waiting per conversation, then 429
  size_t max_turns = 10'000;  // in all, then 503
  size_t cached_conversations = 20'000;
  // A message whose turn failed so often, or ended the process so often, is set aside: its conversation goes on without
  // it.
  int max_attempts = 3;
  std::vector<std::string> outbox_sinks = {};
};

// What the service stands on; all outlive it.
struct TurnServiceParts {
  TurnStore& store;
  Environments& environments;
  ActionCaller& actions;
  Executor& executor;
  const Clock& clock;
};

class TurnService {
 public:
  using Callback = std::function<void(Result<TurnReply>)>;

  TurnService(TurnServiceParts parts, TurnServiceOptions options);
  ~TurnService();

  // Errors: those of Environments::Acquire; idempotency_key_reused (kInvalidArgument), conversation_queue_full
  // and overloaded (kExhausted; no message is kept), message_set_aside (kInternal), store errors.
  void Handle(TurnRequest request, Callback done);
  // Appends events from outside; nothing is predicted.
  void AppendEvents(OutsideEvents outside, Callback done);
  // Removes a conversation, or replaces its events when some are given (stamped now where they have no time), between
  // its turns. `erasure.fence` is filled in here; what somebody wrote is of no model. Errors: those of
  // TurnStore::Erase.
  void Erase(Erasure erasure, std::function<void(Result<void>)> done);
  // Gives a message that was set aside another turn and answers with its reply. Errors: those of TurnStore::Requeue and
  // Handle.
  void Requeue(Requeuing requeuing, Callback done);
  // Takes up messages that were accepted but not finished when the process ended. Returns their number. Those that may
  // have ended it repeatedly are taken one by one, so that none is set aside for what another did.
  Result<size_t> ResumeUnfinished();
  // The state of a conversation for reading. An unknown conversation is an empty tracker.
  Result<Tracker> ReadTracker(const ConversationKey& key) const;
  // The sessions of a conversation, oldest first, each with what happened in it up to `until` (unix seconds). None when
  // nothing happened until then; one without events for an unknown conversation.
  Result<std::vector<Tracker>> ReadSessions(const ConversationKey& key, std::optional<double> until) const;
  // Unix seconds, by the clock that stamps events.
  double Now() const { return parts_.clock.NowSeconds(); }
  // How many messages were answered lately, and how fast.
  const Traffic& traffic() const { return traffic_; }
  // Turns under way or waiting.
  size_t active() const { return queues_.size(); }

 private:
  struct Waiting {
    std::vector<Callback> callbacks;
  };

  // Counts the answer as traffic of the environment before it is given.
  Callback Counted(const std::string& environment, Callback done);
  // Stamps what has no time yet.
  void Stamp(std::vector<Event>& events) const;
  void Enqueue(InboxEntry entry, Callback done);
  // Takes the turn of a message that is first in its queue.
  void Begin(const std::shared_ptr<InboxEntry>& entry, const Callback& done, ConversationQueues::Leave leave);
  // The same for one that may end the process: when no other such is under way, and counted before.
  void BeginAlone(const std::shared_ptr<InboxEntry>& entry, const Callback& done, ConversationQueues::Leave leave);
  bool Suspect(const InboxEntry& entry) const {
    return entry.attempts > 0 && entry.attempts + 1 >= options_.max_attempts;
  }
  // Waits for the turn of the same key that is under way. False when there is none.
  bool Join(const InboxEntry& entry, const Callback& done);
  void Finish(const InboxEntry& entry, const Result<TurnReply>& reply, const Callback& done);
  Result<CachedTracker> LoadTracker(const ConversationKey& key, const std::string& cache_key,
                                    std::shared_ptr<const SlotTable> slots, int64_t next_seq);

  TurnServiceParts parts_;
  TurnServiceOptions options_;
  ConversationQueues queues_;
  ConversationQueues suspects_;  // all in one queue
  TrackerCache trackers_;
  Traffic traffic_;
  Mutex waiting_mutex_;
  std::unordered_map<std::string, Waiting> waiting_ GUARDED_BY(waiting_mutex_);  // same key, turn under way
};

}  // namespace greenroom

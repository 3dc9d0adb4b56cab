// TurnStore: the port through which a message becomes exactly one turn on disk.
//
//   Accept   -> inbox row (idempotency), durable before the callback runs
//   Claim    -> lease with fence on the conversation
//   RecordCall / RecordAnswer -> action calls, durable before use
//   Commit   -> events, reply, outbox and inbox=done in one transaction, guarded by the fence
//
// All writing calls are asynchronous: they are queued to the committing thread, which takes all waiting writes as one
// transaction (group commit) and then runs the callbacks, on its own thread; callbacks must be short (post elsewhere).
// A callback sees success only after the data is on disk. Reads are synchronous, from any thread.
// Invariants (checked by `greenroom verify` and the torture runs): seq of a conversation is 1..n without gap; the
// events of a turn are contiguous, carry one model and one fence; fences never decrease; one inbox key has one turn.
// Messages and keys are kept for eight days after their turn; then a key may be used again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "conversation/event.h"

namespace greenroom {

// Where a conversation lives. `assistant` is "default" unless said otherwise.
struct ConversationKey {
  std::string assistant = "default";
  std::string environment;
  std::string conversation;
  auto operator<=>(const ConversationKey&) const = default;
};

enum class InboxState { kNew, kRunning, kDone, kDead };

struct InboxEntry {
  int64_t id = 0;  // arrival number, global
  ConversationKey key;
  std::string channel;
  std::string idempotency_key;  // "" = the client gave none; always unique per row otherwise
  std::string body_hash;        // of the request, to notice a reused key
  Json message;                 // UserMessage as JSON, enough to take the turn after a restart
  std::string model;            // model digest pinned at acceptance
  InboxState state = InboxState::kNew;
  int attempts = 0;
  std::string reply;  // response body once done
  int reply_status = 0;
};

// What Accept found. kAccepted: ours to process. kReplay: `entry.reply` holds the answer. kRunning: another request
// with this key is under way. kMismatch: the key was used for another body.
struct Acceptance {
  enum class Kind { kAccepted, kReplay, kRunning, kMismatch } kind = Kind::kAccepted;
  InboxEntry entry;
};

// A numbered call to the outside (action server, NLG) made by a turn.
struct ActionCall {
  ConversationKey key = {};  // of the conversation that `fence` is about
  int64_t fence = 0;         // of the claim under which the turn runs
  int64_t inbox_id = 0;
  int step = 0;          // 0, 1, 2 ... within the turn
  std::string call_key;  // stable over retries; sent as Idempotency-Key
  std::string request_hash;
  std::optional<Json> answer = {};  // {"status": int, "body": ...} or {"error": reason, "message": text}
};

struct StoredEvent {
  int64_t seq = 0;   // 1.. within the conversation
  int64_t turn = 0;  // inbox id, or 0 for events appended from outside
  std::string model;
  int64_t fence = 0;
  Event event;
};

// All that one turn leaves behind.
struct TurnCommit {
  ConversationKey key;
  int64_t inbox_id = 0;  // 0: events appended from outside (API), no inbox row
  int64_t fence = 0;
  int64_t expected_seq = 0;  // events in the conversation before this commit; conflict when different
  std::string model;
  std::vector<Event> events;
  std::string reply;
  int reply_status = 200;
  std::vector<std::string> outbox_sinks;  // one outbox row per event and sink
};

// What removes a conversation for good.
struct Erasure {
  ConversationKey key;
  int64_t fence = 0;               // of a claim, as for a commit
  std::vector<Event> events = {};  // when given, the conversation begins anew with these; they are of no model
  std::string actor, address;      // for the audit log
};

// A message whose turn failed until it was set aside. `entry.reply` says of what: {"reason", "message"}.
struct FailedMessage {
  InboxEntry entry;
  double received_at = 0;  // unix seconds
};

struct FailedMessages {
  std::vector<FailedMessage> messages;
  int64_t total = 0;  // those beyond the page too
};

// What gives a failed message another turn.
struct Requeuing {
  int64_t inbox_id = 0;
  std::string actor, address;  // for the audit log
};

struct ConversationSummary {
  ConversationKey key;
  int64_t events = 0;
  double last_event_time = 0;
  std::string last_model;
};

struct Claim {
  int64_t fence = 0;
  int64_t next_seq = 1;
};

class TurnStore {
 public:
  virtual ~TurnStore() = default;

  template <typename T>
  using Callback = std::function<void(Result<T>)>;

  virtual void Accept(InboxEntry entry, Callback<Acceptance> done) = 0;
  // Takes the lease of the conversation for this process: in memory where one process owns the store, but the fence is
  // durable with the next write. Errors: conversation_leased (kConflict).
  virtual Result<Claim> TakeClaim(const ConversationKey& key) = 0;
  // Both refuse what comes under an earlier claim than the latest: stale_fence (kConflict). So the answer to a turn
  // that lost its conversation is dropped, and the turn that took it over asks for itself, under the same call key.
  virtual void RecordCall(ActionCall call, Callback<void> done) = 0;
  virtual void RecordAnswer(ActionCall call, Callback<void> done) = 0;
  // Errors: stale_fence (kConflict), sequence_conflict (kConflict).
  virtual void Commit(TurnCommit turn, Callback<void> done) = 0;
  // Removes events, finished messages with their keys and calls, waiting outbox rows and notes. Messages that wait for
  // their turn stay: they are what begins the conversation anew. Errors: conversation_not_found (kNotFound, when no
  // events are given), stale_fence (kConflict).
  virtual void Erase(Erasure erasure, Callback<void> done) = 0;
  // Sets aside a message that cannot be processed (status 500; `reply` says why, as FailedMessage has it) or that found
  // its queue full (429).
  virtual void MarkDead(int64_t inbox_id, std::string reply, int status, Callback<void> done) = 0;

  // Accepted messages without a finished turn, oldest first, all kRunning. Counts an attempt for the oldest of each
  // conversation, which alone can have been under way, unless it has `count_up_to` already: of all that were under way
  // when the process ended only one is to blame, so the last attempts are made one by one (CountAttempt). Called once
  // at start.
  virtual Result<std::vector<InboxEntry>> TakeUnfinished(int count_up_to) = 0;
  // Counts an attempt before it is made. Errors: inbox_not_found (kNotFound, also when its turn is finished).
  virtual void CountAttempt(int64_t inbox_id, Callback<void> done) = 0;
  // Messages set aside with status 500, latest first; `environment` "" = all.
  virtual Result<FailedMessages> Failed(const std::string& environment, int64_t limit, int64_t offset) const = 0;
  // Makes such a message as new, under its old key and number. Errors: message_not_found (kNotFound),
  // message_not_failed (kConflict).
  virtual void Requeue(Requeuing requeuing, Callback<InboxEntry> done) = 0;
  virtual Result<std::vector<ActionCall>> CallsOf(int64_t inbox_id) const = 0;
  // Events with seq > after, oldest first.
  virtual Result<std::vector<StoredEvent>> Events(const ConversationKey& key, int64_t after = 0) const = 0;
  // Conversations, latest activity first. environment "" = all.
  virtual Result<std::vector<ConversationSummary>> Conversations(const std::string& assistant,
                                                                 const std::string& environment, int64_t limit,
                                                                 int64_t offset) const = 0;
  // Checks the invariants of the whole store; one line per violation.
  virtual Result<std::vector<std::string>> Verify() const = 0;
};

}  // namespace greenroom

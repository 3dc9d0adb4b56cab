#include "storage/sqlite_turn_store.h"

#include "base/digest.h"
#include "storage/audit_log.h"
#include "storage/inbox_rows.h"
#include "storage/retention.h"
#include "storage/sqlite_conversation_index.h"
#include "storage/verify.h"

namespace greenroom {
namespace {

constexpr size_t kClaimedConversations = 100'000;
constexpr uint64_t kAcceptedPerSweep = kForgottenAtOnce / 2;
constexpr const char* kFindConversation =
    "SELECT id, next_seq, fence, hash FROM conversation WHERE assistant = ? AND environment = ? AND conversation = ?";

struct ConversationRow {
  int64_t id = 0;  // 0: not there yet
  int64_t next_seq = 1;
  int64_t fence = 0;
  int64_t hash = 0;
};

Result<ConversationRow> FindConversation(Database& db, const ConversationKey& key) {
  Statement find = db.Use(kFindConversation);
  find.Text(key.assistant).Text(key.environment).Text(key.conversation);
  GR_ASSIGN(bool found, find.Row());
  if (!found) return ConversationRow{};
  return ConversationRow{find.IntAt(0), find.IntAt(1), find.IntAt(2), find.IntAt(3)};
}

Result<int64_t> InsertConversation(Database& db, const ConversationKey& key) {
  GR_TRY(db.Use("INSERT INTO conversation (assistant, environment, conversation, next_seq, fence, hash, last_at, "
                "last_model)"
                " VALUES (?, ?, ?, 1, 0, 0, 0, 0)")
             .Text(key.assistant)
             .Text(key.environment)
             .Text(key.conversation)
             .Run());
  return db.last_insert_id();
}

Error Unreadable(const ConversationKey& key, int64_t seq, const Error& cause) {
  return {ErrorCode::kDataLoss, "event_unreadable",
          "event " + std::to_string(seq) + " of conversation " + key.conversation + ": " + cause.message};
}

Error StaleFence() { return {ErrorCode::kConflict, "stale_fence", "a later claim of the conversation was taken"}; }

// All that is kept under a conversation's number. The row stays when a message waits for its turn.
Result<void> EraseRows(Database& db, int64_t id) {
  // Finished messages are found by the turns that they became, dead ones by their index: the inbox is long.
  GR_TRY(db.Use("DELETE FROM action_call WHERE inbox_id IN (SELECT turn FROM event WHERE conversation_id = ?1 UNION"
                " SELECT id FROM inbox WHERE conversation_id = ?1 AND state = 3)")
             .Int(id)
             .Run());
  for (const char* sql :
       {"DELETE FROM inbox WHERE id IN (SELECT turn FROM event WHERE conversation_id = ?1) AND conversation_id = ?1"
        " AND state >= 2",
        "DELETE FROM inbox WHERE conversation_id = ? AND state = 3", "DELETE FROM outbox WHERE conversation_id = ?",
        "DELETE FROM push WHERE conversation_id = ?", "DELETE FROM event WHERE conversation_id = ?",
        "UPDATE conversation SET next_seq = 1, hash = 0, last_at = 0, last_model = 0, indexed_seq = 0 WHERE id = ?",
        "DELETE FROM conversation WHERE id = ?1 AND NOT EXISTS"
        " (SELECT 1 FROM inbox WHERE conversation_id = ?1 AND state < 2)"}) {
    GR_TRY(db.Use(sql).Int(id).Run());
  }
  return ForgetIndexed(db, id);
}

// The table of claims holds what this process remembers; the last word has what is written.
Result<void> CheckFence(Database& db, int64_t inbox_id, int64_t fence) {
  Statement find = db.Use("SELECT c.fence FROM inbox i JOIN conversation c ON c.id = i.conversation_id WHERE i.id = ?");
  find.Int(inbox_id);
  GR_ASSIGN(bool found, find.Row());
  if (!found) return InboxNotFound(inbox_id);
  return fence < find.IntAt(0) ? Result<void>(StaleFence()) : Result<void>();
}

}  // namespace

// What the committing thread needs of a turn, as text.
struct SqliteTurnStore::PreparedTurn {
  struct Row {
    std::string type;
    double at = 0;
    uint64_t digest = 0;
    std::string payload;
  };
  TurnCommit turn;
  std::vector<Row> rows;
  int64_t model_id = 0;
};

SqliteTurnStore::SqliteTurnStore(Committer& committer, ReaderPool& readers, const Clock& clock)
    : committer_(committer), readers_(readers), clock_(clock), claims_(kClaimedConversations) {}

Result<int64_t> SqliteTurnStore::ModelId(Database& db, const std::string& assistant, const std::string& digest) {
  if (auto known = model_ids_.find({assistant, digest}); known != model_ids_.end()) return known->second;
  Statement find = db.Use("SELECT id FROM model_digest WHERE assistant = ? AND digest = ?");
  find.Text(assistant).Text(digest);
  GR_ASSIGN(bool found, find.Row());
  if (found) return find.IntAt(0);
  GR_TRY(db.Use("INSERT INTO model_digest (assistant, digest) VALUES (?, ?)").Text(assistant).Text(digest).Run());
  return db.last_insert_id();
}

void SqliteTurnStore::Accept(InboxEntry entry, Callback<Acceptance> done) {
  auto acceptance = std::make_shared<Acceptance>();
  auto message = std::make_shared<std::string>(entry.message.Dump());
  acceptance->entry = std::move(entry);
  committer_.Submit({.apply = [this, acceptance, message, now = clock_.NowSeconds()](
                                  Database& db) { return AcceptOne(db, *message, now, *acceptance); },
                     .done =
                         [acceptance, done = std::move(done)](Result<void> outcome) {
                           if (!outcome)
                             done(std::move(outcome).error());
                           else
                             done(std::move(*acceptance));
                         }});
}

Result<void> SqliteTurnStore::AcceptOne(Database& db, const std::string& message, double now, Acceptance& acceptance) {
  acceptance.kind = Acceptance::Kind::kAccepted;
  GR_ASSIGN(ConversationRow conversation, FindConversation(db, acceptance.entry.key));
  if (conversation.id == 0) {
    GR_ASSIGN(conversation.id, InsertConversation(db, acceptance.entry.key));
  } else if (!acceptance.entry.idempotency_key.empty()) {
    GR_ASSIGN(bool duplicate, FindDuplicate(db, conversation.id, now, acceptance));
    if (duplicate) return {};
  }
  GR_TRY(InsertInbox(db, conversation.id, message, now, acceptance.entry));
  // Removes faster than messages come, in pieces too small to be felt, and needs no timer.
  return ++accepted_ % kAcceptedPerSweep == 0 ? ForgetOldMessages(db, now) : Result<void>();
}

Result<void> SqliteTurnStore::InsertInbox(Database& db, int64_t conversation, const std::string& message, double now,
                                          InboxEntry& entry) {
  GR_ASSIGN(int64_t model, ModelId(db, entry.key.assistant, entry.model));
  GR_TRY(db.Use("INSERT INTO inbox (conversation_id, assistant, channel, key, body_hash, message, model, received_at, "
                "state,"
                " attempts, reply, reply_status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '', 0)")
             .Int(conversation)
             .Text(entry.key.assistant)
             .Text(entry.channel)
             .Text(entry.idempotency_key)
             .Text(entry.body_hash)
             .Text(message)
             .Int(model)
             .Real(now)
             .Run());
  entry.id = db.last_insert_id();
  entry.state = InboxState::kNew;
  return {};
}

Result<Claim> SqliteTurnStore::TakeClaim(const ConversationKey& key) {
  if (std::optional<Claim> claim = claims_.Take(key)) return *claim;
  ReaderPool::Lease lease = readers_.Take();
  GR_ASSIGN(ConversationRow row, FindConversation(*lease, key));
  return claims_.PutAndTake(key, Claim{.fence = row.fence, .next_seq = row.next_seq});
}

void SqliteTurnStore::RecordCall(ActionCall call, Callback<void> done) {
  if (!claims_.IsLatest(call.key, call.fence)) return done(StaleFence());
  auto shared = std::make_shared<ActionCall>(std::move(call));
  auto apply = [shared](Database& db) -> Result<void> {
    GR_TRY(CheckFence(db, shared->inbox_id, shared->fence));
    GR_TRY(db.Use("INSERT INTO action_call (inbox_id, step, assistant, call_key, request_hash, attempts)"
                  " SELECT id, ?, assistant, ?, ?, 1 FROM inbox WHERE id = ? AND state < 2"
                  " ON CONFLICT (inbox_id, step) DO UPDATE SET attempts = attempts + 1, request_hash = "
                  "excluded.request_hash")
               .Int(shared->step)
               .Text(shared->call_key)
               .Text(shared->request_hash)
               .Int(shared->inbox_id)
               .Run());
    return db.changes() == 1 ? Result<void>() : Result<void>(InboxNotFound(shared->inbox_id));
  };
  committer_.Submit({.apply = std::move(apply), .done = std::move(done)});
}

void SqliteTurnStore::RecordAnswer(ActionCall call, Callback<void> done) {
  if (!claims_.IsLatest(call.key, call.fence)) return done(StaleFence());
  auto shared = std::make_shared<ActionCall>(std::move(call));
  auto answer = std::make_shared<std::string>(shared->answer.value_or(Json()).Dump());
  auto apply = [shared, answer](Database& db) -> Result<void> {
    GR_TRY(CheckFence(db, shared->inbox_id, shared->fence));
    GR_TRY(db.Use("UPDATE action_call SET answer = ? WHERE inbox_id = ? AND step = ?")
               .Text(*answer)
               .Int(shared->inbox_id)
               .Int(shared->step)
               .Run());
    return db.changes() == 1 ? Result<void>() : Result<void>(InboxNotFound(shared->inbox_id));
  };
  committer_.Submit({.apply = std::move(apply), .done = std::move(done)});
}

std::shared_ptr<SqliteTurnStore::PreparedTurn> SqliteTurnStore::Prepare(TurnCommit turn) {
  auto prepared = std::make_shared<PreparedTurn>();
  for (const Event& event : turn.events) {
    std::string payload = EventToJson(event).Dump();
    uint64_t digest = Hash64(payload);
    prepared->rows.push_back({std::string(EventTypeName(event)), event.timestamp, digest, std::move(payload)});
  }
  turn.events.clear();
  prepared->turn = std::move(turn);
  return prepared;
}

void SqliteTurnStore::Commit(TurnCommit turn, Callback<void> done) {
  if (!claims_.BeginWrite(turn.key, turn.fence)) {
    done(StaleFence());
    return;
  }
  auto prepared = Prepare(std::move(turn));
  committer_.Submit({.apply = [this, prepared](Database& db) -> Result<void> {
                       const TurnCommit& committed = prepared->turn;
                       GR_ASSIGN(prepared->model_id, ModelId(db, committed.key.assistant, committed.model));
                       return CommitOne(db, *prepared);
                     },
                     .done =
                         [this, prepared, done = std::move(done)](Result<void> outcome) {
                           const TurnCommit& committed = prepared->turn;
                           int64_t next = committed.expected_seq + static_cast<int64_t>(prepared->rows.size()) + 1;
                           // Only what is committed may be remembered: a number of a transaction that was undone would
                           // point nowhere.
                           if (outcome.ok())
                             model_ids_.try_emplace({committed.key.assistant, committed.model}, prepared->model_id);
                           claims_.EndWrite(committed.key, outcome.ok() ? std::optional<int64_t>(next) : std::nullopt);
                           done(std::move(outcome));
                         }});
}

Result<void> SqliteTurnStore::CommitOne(Database& db, const PreparedTurn& prepared) {
  const TurnCommit& turn = prepared.turn;
  GR_ASSIGN(ConversationRow row, FindConversation(db, turn.key));
  if (turn.fence < row.fence) {
    return Error{ErrorCode::kConflict, "stale_fence", "the conversation was written under a later claim"};
  }
  if (turn.expected_seq + 1 != row.next_seq) {
    return Error{ErrorCode::kConflict, "sequence_conflict",
                 "the conversation has " + std::to_string(row.next_seq - 1) + " events, not " +
                     std::to_string(turn.expected_seq)};
  }
  if (turn.inbox_id != 0) {
    // A conversation that is not there has no message either.
    int64_t owner = row.id != 0 ? row.id : -1;
    GR_TRY(FinishInbox(db, turn.inbox_id, owner, {InboxState::kDone, turn.reply, turn.reply_status}));
  }
  if (row.id == 0) {
    GR_ASSIGN(row.id, InsertConversation(db, turn.key));
  }
  return InsertEvents(db, prepared, row.id, prepared.model_id, row.hash);
}

Result<void> SqliteTurnStore::InsertEvents(Database& db, const PreparedTurn& prepared, int64_t conversation,
                                           int64_t model, int64_t hash) {
  const TurnCommit& turn = prepared.turn;
  int64_t seq = turn.expected_seq;
  Statement insert = db.Use(
      "INSERT INTO event (conversation_id, seq, assistant, turn, fence, model, type, at, hash, payload)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const PreparedTurn::Row& row : prepared.rows) {
    hash = static_cast<int64_t>(HashCombine(static_cast<uint64_t>(hash), row.digest));
    GR_TRY(insert.Int(conversation)
               .Int(++seq)
               .Text(turn.key.assistant)
               .Int(turn.inbox_id)
               .Int(turn.fence)
               .Int(model)
               .Text(row.type)
               .Real(row.at)
               .Int(hash)
               .Text(row.payload)
               .Run());
    for (const std::string& sink : turn.outbox_sinks) {
      GR_TRY(db.Use("INSERT INTO outbox (conversation_id, seq, sink, assistant, state, attempts, next_at) VALUES (?, "
                    "?, ?, ?, 0, 0, 0)")
                 .Int(conversation)
                 .Int(seq)
                 .Text(sink)
                 .Text(turn.key.assistant)
                 .Run());
    }
  }
  double last_at = prepared.rows.empty() ? 0 : prepared.rows.back().at;
  return db
      .Use(
          "UPDATE conversation SET next_seq = ?, fence = ?, hash = ?, last_at = max(last_at, ?), last_model = ? WHERE "
          "id = ?")
      .Int(seq + 1)
      .Int(turn.fence)
      .Int(hash)
      .Real(last_at)
      .Int(model)
      .Int(conversation)
      .Run();
}

void SqliteTurnStore::Erase(Erasure erasure, Callback<void> done) {
  if (!claims_.BeginWrite(erasure.key, erasure.fence)) return done(StaleFence());
  TurnCommit anew{.key = erasure.key, .fence = erasure.fence};
  anew.events = std::move(erasure.events);
  auto prepared = Prepare(std::move(anew));
  auto shared = std::make_shared<Erasure>(std::move(erasure));
  committer_.Submit({.apply = [this, shared, prepared](Database& db) { return EraseOne(db, *shared, *prepared); },
                     .done =
                         [this, shared, prepared, done = std::move(done)](Result<void> outcome) {
                           claims_.EndWrite(shared->key, std::nullopt);
                           if (outcome) claims_.Restart(shared->key, static_cast<int64_t>(prepared->rows.size()) + 1);
                           done(std::move(outcome));
                         }});
}

Result<void> SqliteTurnStore::EraseOne(Database& db, const Erasure& erasure, PreparedTurn& prepared) {
  GR_ASSIGN(ConversationRow row, FindConversation(db, erasure.key));
  if (erasure.fence < row.fence) return StaleFence();
  bool begins = !prepared.rows.empty();
  if (row.next_seq == 1 && !begins) {
    return Error{ErrorCode::kNotFound, "conversation_not_found",
                 "there is no conversation `" + erasure.key.conversation + "` in `" + erasure.key.environment + "`"};
  }
  if (row.id != 0) GR_TRY(EraseRows(db, row.id));
  AuditEntry entry{.actor = erasure.actor,
                   .address = erasure.address,
                   .action = begins ? "conversation.replace" : "conversation.erase",
                   .subject = erasure.key.environment + "/" + erasure.key.conversation,
                   .before = Json::Object({{"events", row.next_seq - 1}}),
                   .after = begins ? Json::Object({{"events", prepared.rows.size()}}) : Json()};
  GR_TRY(AppendAudit(db, entry, clock_.NowSeconds()));
  if (!begins) return {};
  GR_ASSIGN(prepared.model_id, ModelId(db, erasure.key.assistant, ""));
  return CommitOne(db, prepared);
}

void SqliteTurnStore::MarkDead(int64_t inbox_id, std::string reply, int status, Callback<void> done) {
  auto shared = std::make_shared<std::string>(std::move(reply));
  auto apply = [inbox_id, shared, status](Database& db) {
    return FinishInbox(db, inbox_id, 0, {InboxState::kDead, *shared, status});
  };
  committer_.Submit({.apply = std::move(apply), .done = std::move(done)});
}

Result<std::vector<InboxEntry>> SqliteTurnStore::TakeUnfinished(int count_up_to) {
  std::vector<InboxEntry> entries;
  GR_TRY(committer_.Run([&](Database& db) { return ReadUnfinished(db, count_up_to, entries); }));
  return entries;
}

void SqliteTurnStore::CountAttempt(int64_t inbox_id, Callback<void> done) {
  committer_.Submit({.apply = [inbox_id](Database& db) { return AddAttempt(db, inbox_id); }, .done = std::move(done)});
}

Result<FailedMessages> SqliteTurnStore::Failed(const std::string& environment, int64_t limit, int64_t offset) const {
  ReaderPool::Lease lease = readers_.Take();
  return ReadFailed(*lease, environment, limit, offset);
}

void SqliteTurnStore::Requeue(Requeuing requeuing, Callback<InboxEntry> done) {
  auto entry = std::make_shared<InboxEntry>();
  auto apply = [this, entry, requeuing = std::move(requeuing)](Database& db) -> Result<void> {
    GR_ASSIGN(*entry, RequeueOne(db, requeuing.inbox_id));
    return AppendAudit(db,
                       {.actor = requeuing.actor,
                        .address = requeuing.address,
                        .action = "message.requeue",
                        .subject = entry->key.environment + "/" + entry->key.conversation,
                        .after = Json::Object({{"message", entry->id}})},
                       clock_.NowSeconds());
  };
  committer_.Submit({.apply = std::move(apply), .done = [entry, done = std::move(done)](Result<void> outcome) {
                       if (!outcome) return done(std::move(outcome).error());
                       done(std::move(*entry));
                     }});
}

Result<std::vector<ActionCall>> SqliteTurnStore::CallsOf(int64_t inbox_id) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement rows =
      lease->Use("SELECT step, call_key, request_hash, answer FROM action_call WHERE inbox_id = ? ORDER BY step");
  rows.Int(inbox_id);
  std::vector<ActionCall> calls;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return calls;
    ActionCall call{.inbox_id = inbox_id,
                    .step = static_cast<int>(rows.IntAt(0)),
                    .call_key = rows.TextAt(1),
                    .request_hash = rows.TextAt(2)};
    if (!rows.IsNull(3)) {
      GR_ASSIGN(call.answer, ParseJson(rows.ViewAt(3), kStoredJson));
    }
    calls.push_back(std::move(call));
  }
}

Result<std::vector<StoredEvent>> SqliteTurnStore::Events(const ConversationKey& key, int64_t after) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement rows = lease->Use(
      "SELECT e.seq, e.turn, e.fence, m.digest, e.payload FROM event e LEFT JOIN model_digest m ON m.id = e.model"
      " WHERE e.conversation_id = (SELECT id FROM conversation WHERE assistant = ? AND environment = ? AND "
      "conversation = ?)"
      " AND e.seq > ? ORDER BY e.seq");
  rows.Text(key.assistant).Text(key.environment).Text(key.conversation).Int(after);
  std::vector<StoredEvent> events;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return events;
    Result<Json> json = ParseJson(rows.ViewAt(4), kStoredJson);
    if (!json) return Unreadable(key, rows.IntAt(0), json.error());
    Result<Event> event = EventFromJson(*json);
    if (!event) return Unreadable(key, rows.IntAt(0), event.error());
    events.push_back({.seq = rows.IntAt(0),
                      .turn = rows.IntAt(1),
                      .model = rows.TextAt(3),
                      .fence = rows.IntAt(2),
                      .event = std::move(*event)});
  }
}

Result<std::vector<ConversationSummary>> SqliteTurnStore::Conversations(const std::string& assistant,
                                                                        const std::string& environment, int64_t limit,
                                                                        int64_t offset) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement rows = lease->Use(
      "SELECT c.environment, c.conversation, c.next_seq - 1, c.last_at, m.digest FROM conversation c"
      " LEFT JOIN model_digest m ON m.id = c.last_model WHERE c.assistant = ?1 AND (?2 = '' OR c.environment = ?2)"
      " AND c.next_seq > 1 ORDER BY c.last_at DESC, c.id DESC LIMIT ?3 OFFSET ?4");
  rows.Text(assistant).Text(environment).Int(limit).Int(offset);
  std::vector<ConversationSummary> summaries;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return summaries;
    summaries.push_back({.key = {assistant, rows.TextAt(0), rows.TextAt(1)},
                         .events = rows.IntAt(2),
                         .last_event_time = rows.RealAt(3),
                         .last_model = rows.TextAt(4)});
  }
}

Result<std::vector<std::string>> SqliteTurnStore::Verify() const {
  ReaderPool::Lease lease = readers_.Take();
  return VerifyStore(*lease);
}

}  // namespace greenroom

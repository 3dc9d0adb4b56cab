#include "storage/inbox_rows.h"

#include "storage/retention.h"

namespace greenroom {
namespace {

// Statements are found again by their address, hence the statics below.
constexpr char kSelect[] =
    "SELECT i.id, c.assistant, c.environment, c.conversation, i.channel, i.key, i.body_hash, i.message,"
    " m.digest, i.state, i.attempts, i.reply, i.reply_status, i.received_at FROM inbox i"
    " JOIN conversation c ON c.id = i.conversation_id LEFT JOIN model_digest m ON m.id = i.model";
constexpr char kFailed[] = " WHERE i.state = 3 AND i.reply_status = 500 AND (?1 = '' OR c.environment = ?1)";

Result<InboxEntry> ReadInbox(const Statement& row) {
  InboxEntry entry;
  entry.id = row.IntAt(0);
  entry.key = {row.TextAt(1), row.TextAt(2), row.TextAt(3)};
  entry.channel = row.TextAt(4);
  entry.idempotency_key = row.TextAt(5);
  entry.body_hash = row.TextAt(6);
  GR_ASSIGN(entry.message, ParseJson(row.ViewAt(7), kStoredJson));
  entry.model = row.TextAt(8);
  entry.state = static_cast<InboxState>(row.IntAt(9));
  entry.attempts = static_cast<int>(row.IntAt(10));
  entry.reply = row.TextAt(11);
  entry.reply_status = static_cast<int>(row.IntAt(12));
  return entry;
}

}  // namespace

Error InboxNotFound(int64_t id) {
  return {ErrorCode::kNotFound, "inbox_not_found", "there is no accepted message " + std::to_string(id)};
}

Result<bool> FindDuplicate(Database& db, int64_t conversation, double now, Acceptance& acceptance) {
  InboxEntry& entry = acceptance.entry;
  Statement find = db.Use(
      "SELECT id, body_hash, state, attempts, reply, reply_status, received_at FROM inbox"
      " WHERE conversation_id = ? AND channel = ? AND key = ? AND key <> ''");
  find.Int(conversation).Text(entry.channel).Text(entry.idempotency_key);
  GR_ASSIGN(bool found, find.Row());
  if (!found) return false;
  const auto state = static_cast<InboxState>(find.IntAt(2));
  const bool finished = state == InboxState::kDone || state == InboxState::kDead;
  if (finished && KeyExpired(find.RealAt(6), now)) {
    GR_TRY(FreeKey(db, find.IntAt(0)));
    return false;
  }
  entry.id = find.IntAt(0);
  entry.state = state;
  entry.attempts = static_cast<int>(find.IntAt(3));
  entry.reply = find.TextAt(4);
  entry.reply_status = static_cast<int>(find.IntAt(5));
  if (find.ViewAt(1) != entry.body_hash)
    acceptance.kind = Acceptance::Kind::kMismatch;
  else
    acceptance.kind = finished ? Acceptance::Kind::kReplay : Acceptance::Kind::kRunning;
  return true;
}

Result<void> FinishInbox(Database& db, int64_t id, int64_t conversation, const Outcome& outcome) {
  GR_TRY(db.Use("UPDATE inbox SET state = ?1, reply = ?2, reply_status = ?3 WHERE id = ?4 AND state < 2"
                " AND (?5 = 0 OR conversation_id = ?5)")
             .Int(static_cast<int64_t>(outcome.state))
             .Text(outcome.reply)
             .Int(outcome.status)
             .Int(id)
             .Int(conversation)
             .Run());
  if (db.changes() == 1) return {};
  Statement find = db.Use("SELECT 1 FROM inbox WHERE id = ?1 AND (?2 = 0 OR conversation_id = ?2)");
  find.Int(id).Int(conversation);
  GR_ASSIGN(bool found, find.Row());
  if (!found) return InboxNotFound(id);
  return Error{ErrorCode::kConflict, "turn_finished", "message " + std::to_string(id) + " has its turn already"};
}

Result<void> ReadUnfinished(Database& db, int count_up_to, std::vector<InboxEntry>& entries) {
  entries.clear();
  // Turns of a conversation run one after another: only the oldest message of each can have been under way.
  GR_TRY(db.Use("UPDATE inbox SET attempts = attempts + 1 WHERE attempts < ? AND id IN"
                " (SELECT min(id) FROM inbox WHERE state < 2 GROUP BY conversation_id)")
             .Int(count_up_to)
             .Run());
  GR_TRY(db.Use("UPDATE inbox SET state = 1 WHERE state = 0").Run());
  static const std::string kSql = std::string(kSelect) + " WHERE i.state < 2 ORDER BY i.id";
  Statement rows = db.Use(kSql.c_str());
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return {};
    GR_ASSIGN(InboxEntry entry, ReadInbox(rows));
    entries.push_back(std::move(entry));
  }
}

Result<void> AddAttempt(Database& db, int64_t id) {
  GR_TRY(db.Use("UPDATE inbox SET attempts = attempts + 1 WHERE id = ? AND state < 2").Int(id).Run());
  return db.changes() == 1 ? Result<void>() : Result<void>(InboxNotFound(id));
}

Result<FailedMessages> ReadFailed(Database& db, const std::string& environment, int64_t limit, int64_t offset) {
  FailedMessages failed;
  static const std::string kCount =
      std::string("SELECT count(*) FROM inbox i JOIN conversation c ON c.id = i.conversation_id") + kFailed;
  static const std::string kSql = std::string(kSelect) + kFailed + " ORDER BY i.id DESC LIMIT ?2 OFFSET ?3";
  Statement count = db.Use(kCount.c_str());
  count.Text(environment);
  GR_ASSIGN(bool counted, count.Row());
  if (counted) failed.total = count.IntAt(0);
  Statement rows = db.Use(kSql.c_str());
  rows.Text(environment).Int(limit).Int(offset);
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return failed;
    GR_ASSIGN(InboxEntry entry, ReadInbox(rows));
    failed.messages.push_back({.entry = std::move(entry), .received_at = rows.RealAt(13)});
  }
}

Result<InboxEntry> RequeueOne(Database& db, int64_t id) {
  GR_TRY(db.Use("UPDATE inbox SET state = 0, attempts = 0, reply = '', reply_status = 0"
                " WHERE id = ? AND state = 3 AND reply_status = 500")
             .Int(id)
             .Run());
  const bool changed = db.changes() == 1;
  static const std::string kSql = std::string(kSelect) + " WHERE i.id = ?";
  Statement row = db.Use(kSql.c_str());
  row.Int(id);
  GR_ASSIGN(bool found, row.Row());
  if (!found) {
    return Error{ErrorCode::kNotFound, "message_not_found", "there is no message " + std::to_string(id),
                 "list the messages that failed with `greenroom message list`"};
  }
  if (changed) return ReadInbox(row);
  return Error{ErrorCode::kConflict, "message_not_failed", "message " + std::to_string(id) + " was not set aside",
               "only a message whose turn failed can be given another one"};
}

}  // namespace greenroom

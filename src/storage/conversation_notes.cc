// The notes of reviewers: flags, labels, review. The rest of the index: sqlite_conversation_index.cc.
#include "storage/audit_log.h"
#include "storage/sqlite_conversation_index.h"

namespace greenroom {
namespace {

struct Row {
  int64_t id = 0, events = 0;
};

Result<Row> FindRow(Database& db, const ConversationKey& key) {
  Statement find =
      db.Use("SELECT id, next_seq - 1 FROM conversation WHERE assistant = ? AND environment = ? AND conversation = ?");
  find.Text(key.assistant).Text(key.environment).Text(key.conversation);
  GR_ASSIGN(bool found, find.Row());
  if (found && find.IntAt(1) > 0) return Row{find.IntAt(0), find.IntAt(1)};
  return Error{ErrorCode::kNotFound, "conversation_not_found",
               "there is no conversation `" + key.conversation + "` in `" + key.environment + "`"};
}

AuditEntry EntryOf(const Reviewer& by, const char* action, const ConversationKey& key) {
  return {
      .actor = by.name, .address = by.address, .action = action, .subject = key.environment + "/" + key.conversation};
}

Result<void> CheckMessage(Database& db, int64_t conversation, double at) {
  Statement find =
      db.Use("SELECT 1 FROM event WHERE conversation_id = ? AND at = ? AND type IN ('user', 'bot', 'agent') LIMIT 1");
  find.Int(conversation).Real(at);
  GR_ASSIGN(bool found, find.Row());
  if (found) return {};
  return Error{ErrorCode::kNotFound, "message_not_found", "nothing was said in this conversation at that time",
               "messages are named by the `timestamp` of their event, with all its digits"};
}

// Writes the entry when the statement before it changed something.
Result<void> Tell(Database& db, const AuditEntry& entry, double now) {
  return db.changes() > 0 ? AppendAudit(db, entry, now) : Result<void>();
}

}  // namespace

Result<void> SqliteConversationIndex::SetFlag(const ConversationKey& key, double at, bool flagged, const Reviewer& by) {
  return committer_.Run([&, now = clock_.NowSeconds()](Database& db) -> Result<void> {
    GR_ASSIGN(Row row, FindRow(db, key));
    GR_TRY(CheckMessage(db, row.id, at));
    AuditEntry entry = EntryOf(by, flagged ? "message.flag" : "message.unflag", key);
    (flagged ? entry.after : entry.before) = Json(at);
    if (flagged) {
      GR_TRY(
          db.Use("INSERT OR IGNORE INTO message_flag VALUES (?, ?, ?)").Int(row.id).Real(at).Text(key.assistant).Run());
    } else {
      GR_TRY(db.Use("DELETE FROM message_flag WHERE conversation_id = ? AND at = ?").Int(row.id).Real(at).Run());
    }
    return Tell(db, entry, now);
  });
}

Result<void> SqliteConversationIndex::AddLabels(const ConversationKey& key, const std::vector<std::string>& labels,
                                                const Reviewer& by) {
  return committer_.Run([&, now = clock_.NowSeconds()](Database& db) -> Result<void> {
    GR_ASSIGN(Row row, FindRow(db, key));
    for (const std::string& label : labels) {
      GR_TRY(db.Use("INSERT OR IGNORE INTO conversation_label VALUES (?, ?, ?)")
                 .Text(key.assistant)
                 .Text(label)
                 .Int(row.id)
                 .Run());
      AuditEntry entry = EntryOf(by, "conversation.label", key);
      entry.after = Json(label);
      GR_TRY(Tell(db, entry, now));
    }
    return {};
  });
}

Result<void> SqliteConversationIndex::RemoveLabel(const ConversationKey& key, const std::string& label,
                                                  const Reviewer& by) {
  return committer_.Run([&, now = clock_.NowSeconds()](Database& db) -> Result<void> {
    GR_ASSIGN(Row row, FindRow(db, key));
    GR_TRY(db.Use("DELETE FROM conversation_label WHERE assistant = ? AND label = ? AND conversation_id = ?")
               .Text(key.assistant)
               .Text(label)
               .Int(row.id)
               .Run());
    if (db.changes() == 0)
      return Error{ErrorCode::kNotFound, "label_not_found", "the conversation has no label `" + label + "`"};
    AuditEntry entry = EntryOf(by, "conversation.unlabel", key);
    entry.before = Json(label);
    return AppendAudit(db, entry, now);
  });
}

Result<std::string> SqliteConversationIndex::Review(const ConversationKey& key) const {
  ReaderPool::Lease lease = readers_.Take();
  GR_ASSIGN(Row row, FindRow(*lease, key));
  Statement find = lease->Use("SELECT status, review_seq FROM conversation_review WHERE conversation_id = ?");
  find.Int(row.id);
  GR_ASSIGN(bool found, find.Row());
  if (!found || (find.ViewAt(0) == "reviewed" && find.IntAt(1) < row.events)) return std::string("unread");
  return find.TextAt(0);
}

Result<void> SqliteConversationIndex::SetReview(const ConversationKey& key, const std::string& status,
                                                const Reviewer& by) {
  return committer_.Run([&, now = clock_.NowSeconds()](Database& db) -> Result<void> {
    GR_ASSIGN(Row row, FindRow(db, key));
    GR_TRY(db.Use("INSERT OR REPLACE INTO conversation_review VALUES (?, ?, ?, ?)")
               .Int(row.id)
               .Text(key.assistant)
               .Text(status)
               .Int(row.events)
               .Run());
    AuditEntry entry = EntryOf(by, "conversation.review", key);
    entry.after = Json(status);
    return AppendAudit(db, entry, now);
  });
}

Result<void> ForgetIndexed(Database& db, int64_t conversation) {
  for (const char* sql : {"DELETE FROM conversation_index WHERE conversation_id = ?",
                          "DELETE FROM conversation_facet WHERE conversation_id = ?",
                          "DELETE FROM conversation_label WHERE conversation_id = ?",
                          "DELETE FROM conversation_review WHERE conversation_id = ?",
                          "DELETE FROM message_flag WHERE conversation_id = ?"}) {
    GR_TRY(db.Use(sql).Int(conversation).Run());
  }
  return {};
}

}  // namespace greenroom

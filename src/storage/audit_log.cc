#include "storage/audit_log.h"

namespace greenroom {
namespace {

constexpr char kOldest[] =
    "SELECT number, at, actor, address, action, subject, before, after, hash FROM audit WHERE number > ?1"
    " AND (?2 = '' OR actor = ?2) AND (?3 = '' OR subject = ?3) ORDER BY number LIMIT ?4";
constexpr char kNewest[] =
    "SELECT number, at, actor, address, action, subject, before, after, hash FROM audit WHERE number > ?1"
    " AND (?2 = '' OR actor = ?2) AND (?3 = '' OR subject = ?3) ORDER BY number DESC LIMIT ?4";

// What cannot be read is kept as a text, so that the chain shows the change instead of a failure.
Json ReadJson(const std::string& text) {
  auto json = ParseJson(text);
  return json ? std::move(*json) : Json(text);
}

AuditRecord ReadRecord(const Statement& row) {
  return {.number = row.IntAt(0),
          .at = row.RealAt(1),
          .entry = {.actor = row.TextAt(2),
                    .address = row.TextAt(3),
                    .action = row.TextAt(4),
                    .subject = row.TextAt(5),
                    .before = ReadJson(row.TextAt(6)),
                    .after = ReadJson(row.TextAt(7))},
          .hash = row.TextAt(8)};
}

}  // namespace

Result<void> AppendAudit(Database& db, const AuditEntry& entry, double now) {
  std::string previous;
  AuditRecord record{.number = 1, .at = now, .entry = entry};
  {
    Statement last = db.Use("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1");
    GR_ASSIGN(bool found, last.Row());
    if (found) {
      record.number = last.IntAt(0) + 1;
      previous = last.TextAt(1);
    }
  }
  std::string before = entry.before.Dump(), after = entry.after.Dump(), hash = AuditHash(previous, record);
  return db
      .Use(
          "INSERT INTO audit (number, assistant, at, actor, address, action, subject, before, after, hash)"
          " VALUES (?, 'default', ?, ?, ?, ?, ?, ?, ?, ?)")
      .Int(record.number)
      .Real(now)
      .Text(entry.actor)
      .Text(entry.address)
      .Text(entry.action)
      .Text(entry.subject)
      .Text(before)
      .Text(after)
      .Text(hash)
      .Run();
}

Result<std::vector<AuditRecord>> ReadAudit(Database& db, const AuditQuery& query) {
  Statement rows = db.Use(query.order == AuditQuery::Order::kOldestFirst ? kOldest : kNewest);
  rows.Int(query.after).Text(query.actor).Text(query.subject).Int(query.limit);
  std::vector<AuditRecord> records;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return records;
    records.push_back(ReadRecord(rows));
  }
}

}  // namespace greenroom

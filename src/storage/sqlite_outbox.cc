#include "storage/sqlite_outbox.h"

namespace greenroom {
namespace {

// Our own text, but the disk may have changed it.
constexpr JsonLimits kStoredJson = {.bytes = 64u << 20, .depth = 256, .nodes = 5'000'000};

Result<OutboxEvent> ReadRow(const Statement& rows) {
  OutboxEvent read{
      .key = {.assistant = rows.TextAt(0), .environment = rows.TextAt(1), .conversation = rows.TextAt(2)},
      .stored = {.seq = rows.IntAt(3), .turn = rows.IntAt(4), .model = rows.TextAt(6), .fence = rows.IntAt(5)}};
  GR_ASSIGN(Json json, ParseJson(rows.ViewAt(7), kStoredJson));
  GR_ASSIGN(read.stored.event, EventFromJson(json));
  return read;
}

Result<void> Remove(Database& db, const std::string& sink, const OutboxEvent& event) {
  return db
      .Use(
          "DELETE FROM outbox WHERE seq = ? AND sink = ? AND conversation_id ="
          " (SELECT id FROM conversation WHERE assistant = ? AND environment = ? AND conversation = ?)"
          " AND EXISTS (SELECT 1 FROM event e WHERE e.conversation_id = outbox.conversation_id AND e.seq = outbox.seq"
          " AND e.fence = ?)")
      .Int(event.stored.seq)
      .Text(sink)
      .Text(event.key.assistant)
      .Text(event.key.environment)
      .Text(event.key.conversation)
      .Int(event.stored.fence)
      .Run();
}

}  // namespace

Result<std::vector<OutboxEvent>> SqliteOutboxStore::Waiting(const std::string& sink, int64_t limit) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement rows = lease->Use(
      "SELECT c.assistant, c.environment, c.conversation, e.seq, e.turn, e.fence, m.digest, e.payload FROM outbox o"
      " JOIN conversation c ON c.id = o.conversation_id"
      " JOIN event e ON e.conversation_id = o.conversation_id AND e.seq = o.seq"
      " LEFT JOIN model_digest m ON m.id = e.model"
      " WHERE o.sink = ? ORDER BY o.conversation_id, o.seq LIMIT ?");
  rows.Text(sink).Int(limit);
  std::vector<OutboxEvent> waiting;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return waiting;
    auto read = ReadRow(rows);
    if (!read) return std::move(read).error().With("an event of the outbox");
    waiting.push_back(std::move(*read));
  }
}

Result<void> SqliteOutboxStore::Delivered(const std::string& sink, const std::vector<OutboxEvent>& events) {
  if (events.empty()) return {};
  return committer_.Run([&](Database& db) -> Result<void> {
    for (const OutboxEvent& event : events) GR_TRY(Remove(db, sink, event));
    return {};
  });
}

Result<int64_t> SqliteOutboxStore::Count(const std::string& sink) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement row = lease->Use("SELECT COUNT(*) FROM outbox WHERE sink = ?");
  row.Text(sink);
  GR_ASSIGN(bool there, row.Row());
  return there ? row.IntAt(0) : 0;
}

// In pieces, so that turns that wait for the disk get their turn in between.
Result<int64_t> SqliteOutboxStore::Drop(const std::string& sink) {
  constexpr int64_t kPiece = 10'000;
  int64_t dropped = 0;
  while (true) {
    GR_ASSIGN(int64_t before, Count(sink));
    if (before == 0) return dropped;
    GR_TRY(committer_.Run([&](Database& db) -> Result<void> {
      return db
          .Use(
              "DELETE FROM outbox WHERE sink = ?1 AND (conversation_id, seq) IN"
              " (SELECT conversation_id, seq FROM outbox WHERE sink = ?1 LIMIT ?2)")
          .Text(sink)
          .Int(kPiece)
          .Run();
    }));
    GR_ASSIGN(int64_t after, Count(sink));
    dropped += before - after;
    if (after >= before) return dropped;
  }
}

}  // namespace greenroom

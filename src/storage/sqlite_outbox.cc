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
          " (SELECT id FROM conversation WHERE assistant = ? AND environment = ? AND conversation = ?)")
      .Int(event.stored.seq)
      .Text(sink)
      .Text(event.key.assistant)
      .Text(event.key.environment)
      .Text(event.key.conversation)
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

}  // namespace greenroom

#include "storage/conversation_indexer.h"

#include <algorithm>

namespace greenroom {
namespace {

constexpr JsonLimits kStoredJson{.bytes = 64u << 20, .depth = 128, .nodes = 5'000'000};
constexpr int64_t kEventsAtOnce = 5000;  // the committing thread is kept for the adding up of so many
constexpr int64_t kConversationsAtOnce = 500;

void Count(IndexPiece& piece, Facet facet, const std::string& name) {
  if (!name.empty()) ++piece.names[{facet, name}];
}

void AddUser(const Json& event, IndexPiece& piece) {
  ++piece.users;
  piece.user_at = std::max(piece.user_at, event["timestamp"].AsDouble());
  if (!event["input_channel"].AsString().empty()) piece.channel = event["input_channel"].AsString();
  Count(piece, Facet::kChannel, event["input_channel"].AsString());
  const Json& parse = event["parse_data"];
  const std::string& intent = parse["intent"]["name"].AsString();
  Count(piece, Facet::kIntent, intent);
  for (const Json& entity : parse["entities"].array()) Count(piece, Facet::kEntity, entity["entity"].AsString());
  piece.story = NextStoryHash(piece.story, "intent", intent);
}

void AddAction(const Json& event, IndexPiece& piece) {
  const std::string& name = event["name"].AsString();
  const Json& confidence = event["confidence"];
  if (confidence.is_number())
    piece.confidence = std::min(piece.confidence.value_or(confidence.AsDouble()), confidence.AsDouble());
  Count(piece, Facet::kPolicy, event["policy"].AsString());
  // These two frame every turn and session: nobody looks for them.
  if (name == "action_listen" || name == "action_session_start") return;
  Count(piece, Facet::kAction, name);
  piece.story = NextStoryHash(piece.story, "action", name);
}

Result<void> AddTotals(Database& db, const IndexPiece& piece) {
  Statement add = db.Use(
      "INSERT INTO conversation_index VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
      " ON CONFLICT (conversation_id) DO UPDATE SET last_at = max(last_at, ?4), user_at = max(user_at, ?5),"
      " users = users + ?6, bots = bots + ?7, confidence = min(coalesce(confidence, ?8), coalesce(?8, confidence)),"
      " channel = CASE ?9 WHEN '' THEN channel ELSE ?9 END, story = ?10");
  add.Int(piece.conversation).Text(piece.assistant).Text(piece.environment).Real(piece.last_at).Real(piece.user_at);
  add.Int(piece.users).Int(piece.bots);
  piece.confidence ? add.Real(*piece.confidence) : add.Null();
  return add.Text(piece.channel).Int(piece.story).Run();
}

Result<void> AddPiece(Database& db, const IndexPiece& piece) {
  GR_TRY(db.Use("UPDATE conversation SET indexed_seq = ?1 WHERE id = ?2 AND indexed_seq = ?3 AND EXISTS"
                " (SELECT 1 FROM event WHERE conversation_id = ?2 AND seq = ?1 AND hash = ?4)")
             .Int(piece.to)
             .Int(piece.conversation)
             .Int(piece.from)
             .Int(piece.hash)
             .Run());
  if (db.changes() == 0) return {};
  GR_TRY(AddTotals(db, piece));
  for (const auto& [facet, count] : piece.names) {
    GR_TRY(db.Use("INSERT INTO conversation_facet VALUES (?, ?, ?, ?, ?) ON CONFLICT (assistant, kind, name,"
                  " conversation_id) DO UPDATE SET count = count + excluded.count")
               .Text(piece.assistant)
               .Int(static_cast<int64_t>(facet.first))
               .Text(facet.second)
               .Int(piece.conversation)
               .Int(count)
               .Run());
  }
  return {};
}

Result<void> AddPieces(Database& db, const std::vector<IndexPiece>& pieces) {
  for (const IndexPiece& piece : pieces) GR_TRY(AddPiece(db, piece));
  return {};
}

}  // namespace

void AddToPiece(const Json& event, IndexPiece& piece) {
  const std::string& type = event["event"].AsString();
  piece.last_at = std::max(piece.last_at, event["timestamp"].AsDouble());
  if (type == "user") AddUser(event, piece);
  if (type == "bot") ++piece.bots;
  if (type == "action") AddAction(event, piece);
  if (type == "slot" && !event["value"].is_null()) Count(piece, Facet::kSlot, event["name"].AsString());
  if (type == "session_started" || type == "restart") piece.story = 0;
}

Result<void> ConversationIndexer::ReadEvents(Database& db, int64_t room, IndexPiece& piece) {
  Statement rows =
      db.Use("SELECT seq, hash, payload FROM event WHERE conversation_id = ? AND seq > ? ORDER BY seq LIMIT ?");
  rows.Int(piece.conversation).Int(piece.from).Int(room);
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return {};
    auto event = ParseJson(rows.ViewAt(2), kStoredJson);
    if (!event) {
      return Error{ErrorCode::kDataLoss, "event_unreadable",
                   "event " + std::to_string(rows.IntAt(0)) + " of a conversation: " + event.error().message};
    }
    AddToPiece(*event, piece);
    piece.to = rows.IntAt(0);
    piece.hash = rows.IntAt(1);
  }
}

Result<std::vector<IndexPiece>> ConversationIndexer::ReadStale() {
  ReaderPool::Lease lease = readers_.Take();
  Statement rows = lease->Use(
      "SELECT c.id, c.assistant, c.environment, c.indexed_seq, coalesce(i.story, 0) FROM conversation c"
      " LEFT JOIN conversation_index i ON i.conversation_id = c.id"
      " WHERE c.indexed_seq < c.next_seq - 1 LIMIT ?");
  rows.Int(kConversationsAtOnce);
  std::vector<IndexPiece> pieces;
  int64_t room = kEventsAtOnce;
  while (room > 0) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) break;
    IndexPiece piece{.conversation = rows.IntAt(0),
                     .from = rows.IntAt(3),
                     .assistant = rows.TextAt(1),
                     .environment = rows.TextAt(2),
                     .story = rows.IntAt(4)};
    GR_TRY(ReadEvents(*lease, room, piece));
    room -= piece.to - piece.from;
    if (piece.to > 0) pieces.push_back(std::move(piece));
  }
  return pieces;
}

Result<void> ConversationIndexer::CatchUp() {
  while (true) {
    GR_ASSIGN(std::vector<IndexPiece> pieces, ReadStale());
    if (pieces.empty()) return {};
    GR_TRY(committer_.Run([&pieces](Database& db) { return AddPieces(db, pieces); }));
  }
}

}  // namespace greenroom

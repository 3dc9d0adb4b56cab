#include "storage/verify.h"

#include <algorithm>
#include <set>

#include "base/digest.h"

namespace greenroom {
namespace {

constexpr size_t kMostViolations = 1000;

// Old messages are forgotten from the oldest on (storage/retention.h). One that is missing otherwise was lost: below a
// row that is there, or younger than any that may go. 7 days, in seconds: one less than messages are kept, because a
// turn may end long after its message came.
constexpr const char* kTurnsWithoutMessage =
    "SELECT DISTINCT e.turn FROM event e LEFT JOIN inbox i ON i.id = e.turn AND i.conversation_id = e.conversation_id"
    " WHERE e.turn <> 0 AND (i.id IS NULL OR i.state <> 2)"
    " AND NOT (i.id IS NULL AND e.turn < (SELECT min(id) FROM inbox)"
    "          AND e.at < (SELECT max(received_at) FROM inbox) - 604800)";

struct EventRow {
  int64_t conversation = 0, seq = 0, turn = 0, model = 0, fence = 0, hash = 0;
  uint64_t digest = 0;
};

// Follows the events of all conversations in order.
class EventWalk {
 public:
  explicit EventWalk(std::vector<std::string>& violations) : violations_(violations) {}

  void Take(const EventRow& row) {
    if (row.conversation != last_.conversation) Begin(row.conversation);
    auto chained = static_cast<int64_t>(HashCombine(static_cast<uint64_t>(last_.hash), row.digest));
    Demand(row.seq == last_.seq + 1, row, "gap: follows event " + std::to_string(last_.seq));
    Demand(row.hash == chained, row, "hash does not continue the chain");
    Demand(row.fence >= last_.fence, row, "fence decreases");
    if (row.turn != 0) CheckTurn(row);
    last_ = row;
  }

 private:
  void Begin(int64_t conversation) {
    last_ = EventRow{.conversation = conversation};
    turns_.clear();
  }

  void CheckTurn(const EventRow& row) {
    if (row.turn != last_.turn) {
      Demand(turns_.insert(row.turn).second, row, "turn " + std::to_string(row.turn) + " is not contiguous");
      return;
    }
    Demand(row.model == last_.model, row, "turn mixes two models");
    Demand(row.fence == last_.fence, row, "turn mixes two fences");
  }

  void Demand(bool holds, const EventRow& row, const std::string& what) {
    if (holds || violations_.size() >= kMostViolations) return;
    violations_.push_back("conversation " + std::to_string(row.conversation) + " event " + std::to_string(row.seq) +
                          ": " + what);
  }

  std::vector<std::string>& violations_;
  EventRow last_;
  std::set<int64_t> turns_;
};

Result<void> WalkEvents(Database& db, std::vector<std::string>& violations) {
  EventWalk walk(violations);
  Statement rows =
      db.Use("SELECT conversation_id, seq, turn, model, fence, hash, payload FROM event ORDER BY conversation_id, seq");
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return {};
    walk.Take({rows.IntAt(0), rows.IntAt(1), rows.IntAt(2), rows.IntAt(3), rows.IntAt(4), rows.IntAt(5),
               Hash64(rows.ViewAt(6))});
  }
}

// Each row of the query is one violation; its columns are put together.
Result<void> Report(Database& db, const char* what, const char* sql, std::vector<std::string>& violations) {
  Statement rows = db.Use(sql);
  while (violations.size() < kMostViolations) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) break;
    violations.push_back(std::string(what) + " " + rows.TextAt(0));
  }
  return {};
}

Result<void> CheckAll(Database& db, std::vector<std::string>& violations) {
  GR_TRY(Report(db, "file:", "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
                violations));
  GR_TRY(WalkEvents(db, violations));
  GR_TRY(
      Report(db, "next sequence number, fence or hash differs from the last event of conversation",
             "SELECT c.id FROM conversation c LEFT JOIN event e ON e.conversation_id = c.id AND e.seq = c.next_seq - 1"
             " WHERE (c.next_seq > 1 AND (e.seq IS NULL OR e.fence > c.fence OR e.hash <> c.hash))"
             " OR EXISTS (SELECT 1 FROM event l WHERE l.conversation_id = c.id AND l.seq >= c.next_seq)",
             violations));
  GR_TRY(Report(db, "events without conversation",
                "SELECT DISTINCT conversation_id FROM event WHERE conversation_id NOT IN (SELECT id FROM conversation)",
                violations));
  GR_TRY(Report(db, "events of a turn whose message is not done or not of the conversation:", kTurnsWithoutMessage,
                violations));
  GR_TRY(Report(db, "message that is done without a reply status:",
                "SELECT id FROM inbox WHERE state >= 2 AND reply_status = 0", violations));
  GR_TRY(Report(db, "two messages with one key:",
                "SELECT max(id) FROM inbox WHERE key <> '' GROUP BY conversation_id, channel, key HAVING count(*) > 1",
                violations));
  GR_TRY(Report(db, "action call without message:",
                "SELECT inbox_id FROM action_call WHERE inbox_id NOT IN (SELECT id FROM inbox)", violations));
  return Report(db, "outbox row without event in conversation",
                "SELECT o.conversation_id FROM outbox o LEFT JOIN event e ON e.conversation_id = o.conversation_id AND "
                "e.seq = o.seq"
                " WHERE e.seq IS NULL",
                violations);
}

}  // namespace

Result<std::vector<std::string>> VerifyStore(Database& db) {
  std::vector<std::string> violations;
  GR_TRY(db.Execute("BEGIN"));
  Result<void> checked = CheckAll(db, violations);
  Result<void> ended = db.Execute("COMMIT");
  if (!checked) return std::move(checked).error();
  if (!ended) return std::move(ended).error();
  return violations;
}

}  // namespace greenroom

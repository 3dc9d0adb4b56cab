#include "storage/retention.h"

namespace greenroom {
namespace {

constexpr int64_t kDone = 2;  // this state and later ones: InboxState

// The first message to keep of the oldest ones; 0 without any.
Result<int64_t> FirstToKeep(Database& db, double now) {
  Statement oldest = db.Use("SELECT id, state, received_at FROM inbox ORDER BY id LIMIT ?");
  oldest.Int(kForgottenAtOnce + 1);
  int64_t keep = 0;
  while (true) {
    GR_ASSIGN(bool found, oldest.Row());
    if (!found) return keep;
    keep = oldest.IntAt(0);
    if (oldest.IntAt(1) < kDone || !KeyExpired(oldest.RealAt(2), now)) return keep;
  }
}

}  // namespace

Result<void> FreeKey(Database& db, int64_t inbox_id) {
  return db.Use("UPDATE inbox SET key = '' WHERE id = ?").Int(inbox_id).Run();
}

Result<void> ForgetOldMessages(Database& db, double now) {
  GR_ASSIGN(const int64_t keep, FirstToKeep(db, now));
  GR_TRY(db.Use("DELETE FROM action_call WHERE inbox_id < ?").Int(keep).Run());
  return db.Use("DELETE FROM inbox WHERE id < ?").Int(keep).Run();
}

}  // namespace greenroom

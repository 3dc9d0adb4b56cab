// Rows of the table inbox: accepted messages on their way to a turn.
//
//   GR_ASSIGN(bool duplicate, FindDuplicate(db, conversation, now, acceptance));
//   GR_TRY(FinishInbox(db, id, conversation, {InboxState::kDone, reply, 200}));
//
// Times are unix seconds. Errors: those of the TurnStore port, inbox_not_found (kNotFound), turn_finished (kConflict).
// Thread rules: what writes runs on the committing thread, inside its transaction.
#pragma once

#include <string_view>
#include <vector>

#include "conversation/turn_store.h"
#include "storage/sqlite.h"

namespace greenroom {

// What our own rows may hold.
inline constexpr JsonLimits kStoredJson{.bytes = 64u << 20, .depth = 128, .nodes = 5'000'000};

Error InboxNotFound(int64_t id);

// Looks for an earlier message of the same key; if there is one, `acceptance` becomes what it says. A key that is past
// its time is free again.
Result<bool> FindDuplicate(Database& db, int64_t conversation, double now, Acceptance& acceptance);

struct Outcome {
  InboxState state;
  std::string_view reply;
  int status;
};
// `conversation` 0: whichever the message belongs to.
Result<void> FinishInbox(Database& db, int64_t id, int64_t conversation, const Outcome& outcome);

// The messages without a turn, as TurnStore::TakeUnfinished gives them.
Result<void> ReadUnfinished(Database& db, int count_up_to, std::vector<InboxEntry>& entries);
Result<void> AddAttempt(Database& db, int64_t id);

// Those set aside because their turn failed, not those that found their queue full.
Result<FailedMessages> ReadFailed(Database& db, const std::string& environment, int64_t limit, int64_t offset);
Result<InboxEntry> RequeueOne(Database& db, int64_t id);

}  // namespace greenroom

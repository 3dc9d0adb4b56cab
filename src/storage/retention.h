// Retention of accepted messages: inbox rows answer repeated idempotency keys, and nobody repeats a key after days.
// What a conversation was lives on in its events.
//
//   GR_TRY(ForgetOldMessages(db, now));            // a few rows; call it often
//
// Rows go from the oldest on and without gaps, so that the smallest id tells what was forgotten; the newest stays, so
// that ids are never given twice. A message without its turn is kept, and all after it.
// Thread rules: on the committing thread, inside its transaction.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "storage/sqlite.h"

namespace greenroom {

// Seconds. The longest that a platform repeats a delivery is 36 hours (Messenger); five times that, and some.
constexpr double kKeyRetention = 8 * 86'400.0;

// Received so long ago that its key may be used for another message.
inline bool KeyExpired(double received_at, double now) { return received_at < now - kKeyRetention; }

// Takes the key from a message that is done, so that another may have it.
Result<void> FreeKey(Database& db, int64_t inbox_id);

// Removes at most `kForgottenAtOnce` expired messages with their action calls.
constexpr int kForgottenAtOnce = 32;
Result<void> ForgetOldMessages(Database& db, double now);

}  // namespace greenroom

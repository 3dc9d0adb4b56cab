// The invariants of a store, checked row by row: the file itself; sequence numbers without gap; the chain of event
// hashes; fences that never decrease; turns that are contiguous with one model and one fence; messages and turns that
// belong together; outbox rows that have their event.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "storage/sqlite.h"

namespace greenroom {

// One line per violation, at most 1,000. Reads everything in one snapshot.
Result<std::vector<std::string>> VerifyStore(Database& db);

}  // namespace greenroom

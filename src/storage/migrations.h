// Migrations: the numbered steps that bring a store to the schema of this program.
//
// Each step runs in one transaction and leaves its number and the digest of its SQL in `schema_version`. A step that
// was published is never changed: a further one is appended. Errors: schema_too_new (the store was written by a later
// program; both numbers are named), schema_mismatch (a step was changed), not_a_store (a SQLite file of someone else).
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "storage/sqlite.h"

namespace greenroom {

struct Migration {
  int number = 0;
  const char* sql = "";
};

// All steps, ascending from 1.
std::span<const Migration> Migrations();
// Applies what is missing. `now` (unix seconds) is written beside each step.
Result<void> Migrate(Database& db, double now);

}  // namespace greenroom

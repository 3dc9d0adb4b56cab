// Inspection: looks at a store without changing it, also while a server has it open.
//
//   GR_ASSIGN(StoreInspection seen, InspectStore(home + "/greenroom.db"));
//   if (seen.schema < seen.known_schema) ...   // the next start of a server brings it up
//
// Errors: store_missing, not_a_store, those of sqlite.h. Thread rules: plain functions, from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace greenroom {

struct StoredModelFile {
  std::string name;
  std::string digest;
  std::string path;  // relative to the data directory
};

// What grows with use.
struct StoreRows {
  int64_t messages = 0;   // accepted ones that are remembered for their keys
  int64_t set_aside = 0;  // of these: could not be handled, however often they were tried
  int64_t events = 0;
  int64_t outbox = 0;  // events that wait to be sent on
  int64_t audit = 0;
  int64_t jobs = 0;  // trainings
};

struct StoreInspection {
  int64_t schema = 0;          // version of the store
  int64_t known_schema = 0;    // version of this program
  bool changed_steps = false;  // a migration of the store is not the one of this program
  std::string damage;          // first finding of SQLite's quick check, "" when there is none
  // Broken invariants. Only checked when the store has this program's schema and is not damaged.
  std::vector<std::string> violations;
  StoreRows rows;  // as for `violations`
  std::vector<StoredModelFile> models;
  int64_t bytes = 0;
  double latest = 0;  // unix seconds: the latest moment that anything in the store carries
};

Result<StoreInspection> InspectStore(const std::string& path);
// The models that a store lists.
Result<std::vector<StoredModelFile>> ListStoredModels(const std::string& path);
// Copies the store as it is at one moment into a new file, without disturbing who writes. The copy is on disk.
Result<void> CopyStore(const std::string& from, const std::string& to);

}  // namespace greenroom

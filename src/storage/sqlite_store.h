// SqliteStore: everything that Greenroom keeps, in one SQLite file that one process owns.
//
//   GR_ASSIGN(auto store, SqliteStore::Open(data_dir + "/greenroom.db", {}));
//   store->turns().Accept(...);  store->registry();  store->accounts();  store->jobs();
//
// Write-ahead log with synchronous=FULL; one connection writes, checkpoints and commits in groups; a few read.
// Errors of Open: store_in_use (kConflict: another process holds the lock file `<path>.lock`), schema_too_new,
// schema_mismatch, not_a_store, store_corrupt, store_unwritable, no_space.
// Thread rules: Open and destruction by the owner; the ports are safe from any thread. Destruction writes what was
// submitted; nothing may be submitted any more by then.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "accounts/accounts.h"
#include "accounts/secret_box.h"
#include "base/clock.h"
#include "base/result.h"
#include "conversation/conversation_index.h"
#include "conversation/outbox.h"
#include "conversation/turn_store.h"
#include "registry/registry.h"
#include "training/job_store.h"

namespace greenroom {

class SqliteStore {
 public:
  struct Options {
    // false is the negative control of the torture runs: writes are acknowledged before they are committed, and the
    // disk is never synced, so that acknowledged turns get lost. Never for production.
    bool durable = true;
    // Pages of 4096 bytes at most (0: no limit): then writes fail with no_space. Makes a full disk testable.
    int64_t max_pages = 0;
    const Clock* clock = nullptr;  // nullptr: the machine's
    int readers = 4;
    std::optional<SecretBox> box = {};  // seals tokens of remote servers; nullopt: they are neither sealed nor opened
  };

  static Result<std::unique_ptr<SqliteStore>> Open(const std::string& path, const Options& options);
  ~SqliteStore();
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  TurnStore& turns();
  RegistryStore& registry();
  AccountStore& accounts();
  JobStore& jobs();
  OutboxStore& outbox();
  ConversationIndex& conversations();
  // False once a commit failed: all writes fail until the process starts again. For the health route.
  bool writable() const;

 private:
  struct Parts;
  explicit SqliteStore(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace greenroom

// Committer: the one thread that writes. It takes all waiting writes as one transaction and acknowledges them after
// COMMIT (group commit): under load many writes share one sync of the disk.
//
//   committer.Submit({.apply = [](Database& db) { return InsertRow(db); }, .done = [](Result<void> outcome) { ... }});
//   GR_TRY(committer.Run([&](Database& db) { return MoveRow(db); }));     // the same, waiting for the outcome
//
// A write that fails does not disturb the others. `apply` may run twice (when another write of its group has to be
// undone, the group is repeated), so it must depend on nothing but the database; effects outside belong into `done`.
// Checkpoints of the log run on the same thread between transactions, when nothing waits if possible.
// Errors: no_space (the store goes on when there is space again), storage_failed (a commit failed: what the disk holds
// is not known any more, so that this and all later writes fail until the process starts again), store_closed. Thread
// rules: Submit and Run from any thread but not from `done` (Run); `done` runs on the committing thread, except after
// Stop or a failure, where it may run at once on the caller's. Callbacks must be short.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "storage/sqlite.h"

namespace greenroom {

struct StoreWrite {
  std::function<Result<void>(Database&)> apply;
  std::function<void(Result<void>)> done;
  // What `done` says must be visible to readers; only matters to kAcknowledgeEarly.
  bool visible = false;
};

class Committer {
 public:
  // kAcknowledgeEarly is the negative control of the torture runs: it acknowledges before COMMIT and commits late, so
  // that a killed process loses acknowledged writes. Never for production.
  enum class Durability { kFull, kAcknowledgeEarly };

  Committer(std::unique_ptr<Database> db, Durability durability);
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  void Submit(StoreWrite write);
  Result<void> Run(std::function<Result<void>(Database&)> apply);
  // Writes what was submitted, checkpoints and joins; later writes fail with store_closed.
  void Stop();
  bool failed() const { return failed_; }

 private:
  void Loop();
  std::vector<StoreWrite> Wait();
  void WriteGroup(std::vector<StoreWrite>& group);
  // Applies all writes in one transaction without savepoints; false when one has to be undone.
  bool ApplyPlainly(std::vector<StoreWrite>& group, std::vector<Result<void>>& outcomes);
  void ApplyGuarded(std::vector<StoreWrite>& group, std::vector<Result<void>>& outcomes);
  Result<void> Finish();
  void WriteEarly(std::vector<StoreWrite>& group);
  void FlushEarly();
  void CheckpointIfDue(bool idle);
  void Checkpoint(Database::Checkpoint kind);
  bool Idle();

  std::unique_ptr<Database> db_;
  const Durability durability_;
  Mutex mutex_;
  ConditionVariable ready_;
  std::vector<StoreWrite> waiting_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::atomic<bool> failed_ = false;
  std::thread thread_;
};

}  // namespace greenroom

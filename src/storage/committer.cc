#include "storage/committer.h"

#include <pthread.h>

#include <chrono>
#include <future>

#include "base/log.h"

namespace greenroom {
namespace {

constexpr int64_t kIdleCheckpointFrames = 1000;  // 4 MB
constexpr int64_t kBusyCheckpointFrames = 8000;  // 32 MB
constexpr int64_t kLongestLogFrames = 32000;     // 128 MB: readers held the log back too long
constexpr std::chrono::milliseconds kEarlyFlush{200};

Error StorageFailed() {
  return {ErrorCode::kUnavailable, "storage_failed", "the store stopped writing because a commit failed",
          "look at the disk and the log, then start again"};
}

Error StoreClosed() { return {ErrorCode::kUnavailable, "store_closed", "the store is closing"}; }

}  // namespace

Committer::Committer(std::unique_ptr<Database> db, Durability durability)
    : db_(std::move(db)), durability_(durability), thread_([this] { Loop(); }) {
  pthread_setname_np(thread_.native_handle(), "commit");
}

Committer::~Committer() { Stop(); }

void Committer::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  ready_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

void Committer::Submit(StoreWrite write) {
  bool stopped = false;
  bool wake = false, taken = false;
  {
    MutexLock lock(mutex_);
    stopped = stopping_;
    taken = !stopped && !failed_;
    wake = taken && waiting_.empty();
    if (taken) waiting_.push_back(std::exchange(write, {}));
  }
  if (wake) ready_.NotifyOne();
  if (write.done) write.done(stopped ? StoreClosed() : StorageFailed());
}

Result<void> Committer::Run(std::function<Result<void>(Database&)> apply) {
  std::promise<Result<void>> outcome;
  std::future<Result<void>> future = outcome.get_future();
  Submit({std::move(apply), [&outcome](Result<void> result) { outcome.set_value(std::move(result)); }, true});
  return future.get();
}

std::vector<StoreWrite> Committer::Wait() {
  MutexLock lock(mutex_);
  auto due = [this]() REQUIRES_LOCK(mutex_) { return stopping_ || !waiting_.empty(); };
  if (db_->in_transaction())
    ready_.WaitFor(mutex_, kEarlyFlush, due);
  else
    ready_.Wait(mutex_, due);
  return std::exchange(waiting_, {});
}

bool Committer::Idle() {
  MutexLock lock(mutex_);
  return waiting_.empty();
}

void Committer::Loop() {
  auto flushed = std::chrono::steady_clock::now();
  while (true) {
    std::vector<StoreWrite> group = Wait();
    if (group.empty() && !db_->in_transaction()) break;
    if (durability_ == Durability::kFull) {
      WriteGroup(group);
    } else {
      WriteEarly(group);
      if (!group.empty() && std::chrono::steady_clock::now() - flushed < kEarlyFlush) continue;
      FlushEarly();
      flushed = std::chrono::steady_clock::now();
    }
    CheckpointIfDue(Idle());
  }
  // So that the file alone is the whole store once it is closed.
  if (!failed_) Checkpoint(Database::Checkpoint::kTruncate);
}

void Committer::WriteGroup(std::vector<StoreWrite>& group) {
  std::vector<Result<void>> outcomes(group.size());
  if (failed_) {
    std::fill(outcomes.begin(), outcomes.end(), Result<void>(StorageFailed()));
  } else if (!ApplyPlainly(group, outcomes)) {
    ApplyGuarded(group, outcomes);
  }
  for (size_t i = 0; i < group.size(); ++i) group[i].done(std::move(outcomes[i]));
}

bool Committer::ApplyPlainly(std::vector<StoreWrite>& group, std::vector<Result<void>>& outcomes) {
  bool clean = db_->Use("BEGIN IMMEDIATE").Run().ok();
  for (size_t i = 0; i < group.size() && clean; ++i) {
    int64_t before = db_->total_changes();
    outcomes[i] = group[i].apply(*db_);
    clean = outcomes[i].ok() || (db_->total_changes() == before && db_->in_transaction());
  }
  if (clean) {
    Result<void> committed = Finish();
    if (!committed) std::fill(outcomes.begin(), outcomes.end(), committed);
    return true;
  }
  if (db_->in_transaction() && !db_->Execute("ROLLBACK").ok()) failed_ = true;
  return false;
}

// The slow path: each write is a transaction of its own, so that it can be undone alone and what fits on the disk is
// kept.
void Committer::ApplyGuarded(std::vector<StoreWrite>& group, std::vector<Result<void>>& outcomes) {
  for (size_t i = 0; i < group.size(); ++i) {
    outcomes[i] = failed_ ? Result<void>(StorageFailed()) : db_->Execute("BEGIN IMMEDIATE");
    if (!outcomes[i].ok()) continue;
    outcomes[i] = group[i].apply(*db_);
    if (outcomes[i].ok())
      outcomes[i] = Finish();
    else if (db_->in_transaction() && !db_->Execute("ROLLBACK").ok())
      failed_ = true;
  }
}

Result<void> Committer::Finish() {
  Result<void> committed = db_->Use("COMMIT").Run();
  if (committed) return committed;
  Error error = committed.error();
  bool undone = !db_->in_transaction() || db_->Execute("ROLLBACK").ok();
  if (undone && error.reason == "no_space") return error;
  failed_ = true;
  Log(LogLevel::kError, "storage_failed", {{"reason", error.reason}, {"message", error.message}});
  return StorageFailed();
}

void Committer::WriteEarly(std::vector<StoreWrite>& group) {
  for (StoreWrite& write : group) {
    Result<void> outcome = db_->in_transaction() ? Result<void>() : db_->Execute("BEGIN IMMEDIATE");
    if (outcome.ok()) outcome = db_->Execute("SAVEPOINT one");
    if (outcome.ok()) {
      outcome = write.apply(*db_);
      Result<void> kept = outcome.ok() ? Result<void>() : db_->Execute("ROLLBACK TO one");
      if (kept) kept = db_->Execute("RELEASE one");
      if (!kept) outcome = kept;
    }
    if (write.visible && outcome.ok()) outcome = Finish();
    write.done(std::move(outcome));
  }
}

void Committer::FlushEarly() {
  if (db_->in_transaction() && !Finish().ok()) failed_ = true;
}

void Committer::CheckpointIfDue(bool idle) {
  int64_t frames = db_->wal_frames();
  if (frames < (idle ? kIdleCheckpointFrames : kBusyCheckpointFrames) || failed_) return;
  Checkpoint(frames < kLongestLogFrames ? Database::Checkpoint::kPassive : Database::Checkpoint::kTruncate);
}

void Committer::Checkpoint(Database::Checkpoint kind) {
  if (Result<void> result = db_->RunCheckpoint(kind); !result) {
    // The log still holds everything: nothing is lost, and the next checkpoint tries again.
    Log(LogLevel::kWarning, "checkpoint_failed",
        {{"reason", result.error().reason}, {"message", result.error().message}});
  }
}

}  // namespace greenroom

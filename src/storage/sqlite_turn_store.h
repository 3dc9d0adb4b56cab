// The TurnStore on SQLite: tables inbox, conversation, event, action_call and outbox.
//
// The caller's thread turns events into JSON text; the committing thread only binds and inserts. The fence of a claim
// lives in memory, because the lock file keeps other processes out, and becomes durable with the commit that carries
// it.
//
//   store->turns().Accept(entry, [](Result<Acceptance> a) { ... });   // runs on the committing thread, after COMMIT
//
// Errors besides those of the port: turn_finished (kConflict: the inbox row is done or dead already), inbox_not_found,
// event_unreadable (kDataLoss), those of Committer.
// Thread rules: as TurnStore says.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "conversation/turn_store.h"
#include "storage/claim_table.h"
#include "storage/committer.h"
#include "storage/reader_pool.h"

namespace greenroom {

class SqliteTurnStore final : public TurnStore {
 public:
  SqliteTurnStore(Committer& committer, ReaderPool& readers, const Clock& clock);

  void Accept(InboxEntry entry, Callback<Acceptance> done) override;
  Result<Claim> TakeClaim(const ConversationKey& key) override;
  void RecordCall(ActionCall call, Callback<void> done) override;
  void RecordAnswer(ActionCall call, Callback<void> done) override;
  void Commit(TurnCommit turn, Callback<void> done) override;
  void Erase(Erasure erasure, Callback<void> done) override;
  void MarkDead(int64_t inbox_id, std::string reply, int status, Callback<void> done) override;
  Result<std::vector<InboxEntry>> TakeUnfinished(int count_up_to) override;
  void CountAttempt(int64_t inbox_id, Callback<void> done) override;
  Result<FailedMessages> Failed(const std::string& environment, int64_t limit, int64_t offset) const override;
  void Requeue(Requeuing requeuing, Callback<InboxEntry> done) override;
  Result<std::vector<ActionCall>> CallsOf(int64_t inbox_id) const override;
  Result<std::vector<StoredEvent>> Events(const ConversationKey& key, int64_t after) const override;
  Result<std::vector<ConversationSummary>> Conversations(const std::string& assistant, const std::string& environment,
                                                         int64_t limit, int64_t offset) const override;
  Result<std::vector<std::string>> Verify() const override;

 private:
  struct PreparedTurn;

  Result<int64_t> ModelId(Database& db, const std::string& assistant, const std::string& digest);
  Result<void> AcceptOne(Database& db, const std::string& message, double now, Acceptance& acceptance);
  Result<void> InsertInbox(Database& db, int64_t conversation, const std::string& message, double now,
                           InboxEntry& entry);
  static std::shared_ptr<PreparedTurn> Prepare(TurnCommit turn);
  Result<void> EraseOne(Database& db, const Erasure& erasure, PreparedTurn& prepared);
  Result<void> CommitOne(Database& db, const PreparedTurn& prepared);
  Result<void> InsertEvents(Database& db, const PreparedTurn& prepared, int64_t conversation, int64_t model,
                            int64_t hash);

  Committer& committer_;
  ReaderPool& readers_;
  const Clock& clock_;
  ClaimTable claims_;
  // Touched by the committing thread only: committed numbers of model digests; messages accepted since the start.
  std::map<std::pair<std::string, std::string>, int64_t> model_ids_;
  uint64_t accepted_ = 0;
};

}  // namespace greenroom

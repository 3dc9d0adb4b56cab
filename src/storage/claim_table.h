// ClaimTable: the latest fence and next sequence number of the conversations that are being talked in. Bounded: the
// conversation that was claimed longest ago and has no write under way leaves first; the store knows it all.
//
// Losing an entry is safe: a fence may then be given out again, but the store checks the sequence number of each
// commit. Thread rules: safe from any thread.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <optional>

#include "base/mutex.h"
#include "conversation/turn_store.h"

namespace greenroom {

class ClaimTable {
 public:
  explicit ClaimTable(size_t capacity) : capacity_(capacity) {}

  // A new claim with a higher fence; nullopt when the conversation is not here.
  std::optional<Claim> Take(const ConversationKey& key);
  // Puts in what the store says (unless another thread was faster), then claims.
  Claim PutAndTake(const ConversationKey& key, const Claim& stored);
  // Whether no later claim was taken, as far as this table knows.
  bool IsLatest(const ConversationKey& key, int64_t fence);
  // Before a write: false when a later claim was taken, and nothing may be written.
  bool BeginWrite(const ConversationKey& key, int64_t fence);
  // After the write: the next sequence number, or nullopt when it failed and nothing was written.
  void EndWrite(const ConversationKey& key, std::optional<int64_t> next_seq);
  // After an erasure that went well: the only thing that makes the next sequence number smaller.
  void Restart(const ConversationKey& key, int64_t next_seq);

 private:
  struct Entry {
    Claim claim;
    int writes = 0;
    std::list<const ConversationKey*>::iterator age;
  };
  void Shrink() REQUIRES_LOCK(mutex_);

  const size_t capacity_;
  Mutex mutex_;
  std::map<ConversationKey, Entry> entries_ GUARDED_BY(mutex_);
  std::list<const ConversationKey*> ages_ GUARDED_BY(mutex_);  // latest first; points at the keys of the map
};

}  // namespace greenroom

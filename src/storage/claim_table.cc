#include "storage/claim_table.h"

#include <algorithm>

namespace greenroom {

std::optional<Claim> ClaimTable::Take(const ConversationKey& key) {
  MutexLock lock(mutex_);
  auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  Entry& entry = found->second;
  ages_.splice(ages_.begin(), ages_, entry.age);
  ++entry.claim.fence;
  return entry.claim;
}

Claim ClaimTable::PutAndTake(const ConversationKey& key, const Claim& stored) {
  MutexLock lock(mutex_);
  auto [place, added] = entries_.try_emplace(key, Entry{.claim = stored});
  if (added) {
    ages_.push_front(&place->first);
    place->second.age = ages_.begin();
  }
  Claim claim = place->second.claim;
  claim.fence = ++place->second.claim.fence;
  if (entries_.size() > capacity_) Shrink();
  return claim;
}

bool ClaimTable::IsLatest(const ConversationKey& key, int64_t fence) {
  MutexLock lock(mutex_);
  auto found = entries_.find(key);
  return found == entries_.end() || found->second.claim.fence == fence;
}

bool ClaimTable::BeginWrite(const ConversationKey& key, int64_t fence) {
  MutexLock lock(mutex_);
  auto found = entries_.find(key);
  if (found == entries_.end()) return true;
  if (found->second.claim.fence != fence) return false;
  ++found->second.writes;
  return true;
}

void ClaimTable::EndWrite(const ConversationKey& key, std::optional<int64_t> next_seq) {
  MutexLock lock(mutex_);
  auto found = entries_.find(key);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.writes = std::max(0, entry.writes - 1);
  if (next_seq) entry.claim.next_seq = std::max(entry.claim.next_seq, *next_seq);
}

void ClaimTable::Restart(const ConversationKey& key, int64_t next_seq) {
  MutexLock lock(mutex_);
  auto found = entries_.find(key);
  if (found != entries_.end()) found->second.claim.next_seq = next_seq;
}

void ClaimTable::Shrink() {
  for (auto age = std::prev(ages_.end()); age != ages_.begin(); --age) {
    auto oldest = entries_.find(**age);
    if (oldest->second.writes > 0) continue;
    ages_.erase(age);
    entries_.erase(oldest);
    return;
  }
}

}  // namespace greenroom

#include "serving/tracker_cache.h"

namespace greenroom {

std::optional<CachedTracker> TrackerCache::Find(const std::string& key) {
  MutexLock lock(mutex_);
  auto entry = entries_.find(key);
  if (entry == entries_.end()) return std::nullopt;
  order_.splice(order_.begin(), order_, entry->second.place);
  return entry->second.value;
}

void TrackerCache::Put(const std::string& key, CachedTracker value) {
  CachedTracker replaced, evicted;  // freed after the lock is released
  MutexLock lock(mutex_);
  if (auto entry = entries_.find(key); entry != entries_.end()) {
    replaced = std::exchange(entry->second.value, std::move(value));
    order_.splice(order_.begin(), order_, entry->second.place);
    return;
  }
  order_.push_front(key);
  entries_.emplace(key, Entry{std::move(value), order_.begin()});
  if (entries_.size() <= capacity_) return;
  auto oldest = entries_.find(order_.back());
  evicted = std::move(oldest->second.value);
  entries_.erase(oldest);
  order_.pop_back();
}

void TrackerCache::Drop(const std::string& key) {
  MutexLock lock(mutex_);
  auto entry = entries_.find(key);
  if (entry == entries_.end()) return;
  order_.erase(entry->second.place);
  entries_.erase(entry);
}

}  // namespace greenroom

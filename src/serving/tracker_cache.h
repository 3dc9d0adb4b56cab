// TrackerCache: recently used conversations with their folded state, so that a turn need not read its events again.
//
// The truth is in the store; an entry is used only when its sequence number is the one the claim gives, and is dropped
// when a commit fails. Bounded by number of conversations; the least recently used goes first.
// Thread rules: safe from any thread; the values are immutable.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/mutex.h"
#include "conversation/tracker.h"
#include "dialogue/state_trail.h"

namespace greenroom {

struct CachedTracker {
  std::shared_ptr<const Tracker> tracker;
  std::shared_ptr<const StateTrail> trail = {};  // what turns found out about exactly this tracker
  int64_t next_seq = 1;                          // the events 1 .. next_seq-1 are folded in
  std::shared_ptr<const SlotTable> slots;        // of the model it was folded with
};

class TrackerCache {
 public:
  explicit TrackerCache(size_t capacity) : capacity_(capacity) {}
  std::optional<CachedTracker> Find(const std::string& key);
  void Put(const std::string& key, CachedTracker entry);
  void Drop(const std::string& key);

 private:
  using Order = std::list<std::string>;
  struct Entry {
    CachedTracker value;
    Order::iterator place;
  };
  size_t capacity_;
  Mutex mutex_;
  Order order_ GUARDED_BY(mutex_);  // most recently used first
  std::unordered_map<std::string, Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace greenroom

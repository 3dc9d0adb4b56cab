// ConversationQueues: one turn at a time per conversation, in order of arrival; different conversations run in
// parallel.
//
// A task is started on the executor when it is first in its queue, and keeps its place until it calls `leave`, which it
// may do later from any thread: a turn that waits for an action server holds its queue but no thread.
// Thread rules: Enter from any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/executor.h"
#include "base/mutex.h"

namespace greenroom {

class ConversationQueues {
 public:
  using Leave = std::function<void()>;
  using Task = std::function<void(Leave leave)>;

  // `max_waiting` bounds the tasks behind the running one, per conversation.
  ConversationQueues(Executor& executor, size_t max_waiting)
      : executor_(executor), max_waiting_(max_waiting), shards_(64) {}

  // False when the queue of this conversation is full; the task is then not taken.
  bool Enter(uint64_t conversation, Task task);
  // Whether Enter would refuse now.
  bool Full(uint64_t conversation);
  // Tasks that run or wait.
  size_t size() const { return size_.load(); }

 private:
  struct Shard {
    Mutex mutex;
    std::unordered_map<uint64_t, std::deque<Task>> queues GUARDED_BY(mutex);
  };
  Shard& ShardOf(uint64_t conversation) { return *shards_[conversation % shards_.size()]; }
  void StartFirst(uint64_t conversation);
  void LeaveQueue(uint64_t conversation);

  struct ShardOwner : std::unique_ptr<Shard> {
    ShardOwner() : std::unique_ptr<Shard>(std::make_unique<Shard>()) {}
  };
  Executor& executor_;
  size_t max_waiting_;
  std::vector<ShardOwner> shards_;
  std::atomic<size_t> size_ = 0;
};

}  // namespace greenroom

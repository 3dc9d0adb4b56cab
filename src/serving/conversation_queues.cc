#include "serving/conversation_queues.h"

namespace greenroom {

bool ConversationQueues::Enter(uint64_t conversation, Task task) {
  {
    Shard& shard = ShardOf(conversation);
    MutexLock lock(shard.mutex);
    std::deque<Task>& queue = shard.queues[conversation];
    if (queue.size() > max_waiting_) return false;
    queue.push_back(std::move(task));
    size_.fetch_add(1);
    if (queue.size() > 1) return true;
  }
  StartFirst(conversation);
  return true;
}

bool ConversationQueues::Full(uint64_t conversation) {
  Shard& shard = ShardOf(conversation);
  MutexLock lock(shard.mutex);
  auto queue = shard.queues.find(conversation);
  return queue != shard.queues.end() && queue->second.size() > max_waiting_;
}

void ConversationQueues::StartFirst(uint64_t conversation) {
  executor_.Submit([this, conversation] {
    Task task;
    {
      Shard& shard = ShardOf(conversation);
      MutexLock lock(shard.mutex);
      task = std::move(shard.queues[conversation].front());  // its empty place stays until it leaves
    }
    task([this, conversation] { LeaveQueue(conversation); });
  });
}

void ConversationQueues::LeaveQueue(uint64_t conversation) {
  {
    Shard& shard = ShardOf(conversation);
    MutexLock lock(shard.mutex);
    auto queue = shard.queues.find(conversation);
    queue->second.pop_front();
    size_.fetch_sub(1);
    if (queue->second.empty()) {
      shard.queues.erase(queue);
      return;
    }
  }
  StartFirst(conversation);
}

}  // namespace greenroom

// RelayPlan: decides which of the waiting events may go out now. Pure: no store, no broker, no clock.
//
//   RelayPlan plan(waiting);                       // of each conversation in order, as OutboxStore::Waiting gives them
//   while (!(next = plan.Next(200)).empty())       // at most one event of each conversation
//     plan.Note(next, outcomes);                   // what the broker said of each
//   plan.TakeSettled();                            // may leave the outbox
//
// Event n of a conversation goes only after n-1 is confirmed, because confirms come in any order and a broker that dies
// may keep a later message and lose an earlier one. A conversation whose event failed has nothing more to send in this
// plan; the others go on. Thread rules: one owner.
#pragma once

#include <deque>
#include <vector>

#include "brokers/broker.h"
#include "conversation/outbox.h"

namespace greenroom {

class RelayPlan {
 public:
  explicit RelayPlan(std::vector<OutboxEvent> waiting);

  // Each conversation's next event, conversations taking turns.
  std::vector<OutboxEvent> Next(size_t limit);
  // Outcomes of what the last Next gave, in its order.
  void Note(const std::vector<Delivery>& outcomes);
  // Events that were confirmed or refused since the last call.
  std::vector<OutboxEvent> TakeSettled();
  size_t settled() const { return settled_.size(); }
  bool any_failed() const { return any_failed_; }

 private:
  using Line = std::deque<OutboxEvent>;

  std::deque<Line> lines_;       // with an event that may go
  std::vector<Line> under_way_;  // whose first event the last Next gave
  std::vector<OutboxEvent> settled_;
  bool any_failed_ = false;
};

}  // namespace greenroom

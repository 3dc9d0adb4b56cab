// Applied events: what policies see of a conversation's history. A restart or a new session forgets what was before; an
// undo takes actions or messages back; the repeated happy runs of a loop (form) are one run.
//
//   AppliedEvents applied;
//   for (const Event& event : events) applied.Add(event, events);
//   applied.list().back()->As<ActionExecuted>()
//
// Loops are the names that became active somewhere in the conversation. An event costs what it adds or takes back; only
// the first time that a loop becomes active is everything gone through again, because what ran under its name before
// counts too. Semantics: Rasa 3.6, `DialogueStateTracker.applied_events`.
// Thread rules: a plain value with one owner; the events must outlive it and stay where they are.
#pragma once

#include <string>
#include <vector>

#include "conversation/event_list.h"

namespace greenroom {

using AppliedList = SharedList<const Event*>;

class AppliedEvents {
 public:
  // `event` is the last of `all`.
  void Add(const Event& event, const EventList& all);
  const AppliedList& list() const { return list_; }

 private:
  void Take(const Event& event);
  bool IsLoop(const std::string& name) const;
  // The place of the run of this loop that a new run belongs to; -1 when the new one stands for itself.
  long EarlierHappyRun(const std::string& loop) const;
  void MergeRun(size_t earlier);

  AppliedList list_;
  std::vector<std::string> loops_;  // that became active so far
};

}  // namespace greenroom

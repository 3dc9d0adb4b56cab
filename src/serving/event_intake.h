// EventIntake: takes over events that other servers made, each once and in the order of its conversation.
//
//   EventIntake intake(store);
//   GR_ASSIGN(IntakeReport report, intake.Take({.environment = "staging", .origin = "server-7", .events = ...}));
//
// An event is known by its origin (the id of the server that made it), its conversation, its number there and its time
// (a conversation that was erased there counts from 1 again); or, when it has no number, by an id that the sender of a
// batch vouches for. Both are kept in the metadata of the stored event, under `origin`, so a batch that comes again,
// whole or in other pieces, changes nothing. Timestamps stay as they are. Events of several servers in one conversation
// follow each other in the order in which they arrive. Errors: those of the store; sequence_conflict when somebody else
// writes the conversation again and again. What was taken before an error stays taken. Thread rules: Take blocks until
// the disk has it; from any thread but the committing one.
#pragma once

#include <string>
#include <vector>

#include "conversation/turn_store.h"

namespace greenroom {

struct ForeignEvent {
  std::string conversation;
  int64_t number = 0;   // within the conversation at its origin, from 1; 0: it has none
  std::string id = {};  // what it is known by when it has no number; at most 255 bytes
  std::string model = {};
  Event event;
};

struct IntakeBatch {
  std::string environment;
  std::string origin;                // of events with a number
  std::vector<ForeignEvent> events;  // in order within each conversation
};

struct IntakeReport {
  int64_t taken = 0, known = 0;
};

class EventIntake {
 public:
  explicit EventIntake(TurnStore& store) : store_(store) {}
  Result<IntakeReport> Take(const IntakeBatch& batch);

 private:
  Result<void> TakeConversation(const IntakeBatch& batch, const std::vector<const ForeignEvent*>& events,
                                IntakeReport& report);
  struct Known;
  Result<Known> KnownOf(const ConversationKey& key, const std::string& origin) const;
  Result<void> Commit(TurnCommit commit);

  TurnStore& store_;
};

}  // namespace greenroom

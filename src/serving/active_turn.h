// ActiveTurn: one message on its way from the front of its conversation's queue to its reply. Internal to serving.
//
// States follow each other by callbacks: Start -> Step -> (record call -> call -> record answer -> Step)* -> Commit ->
// done. It keeps itself alive through its callbacks and leaves the queue exactly once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "conversation/turn_store.h"
#include "dialogue/turn.h"
#include "serving/message_codec.h"
#include "serving/turn_service.h"

namespace greenroom {

// Why a message was set aside, as FailedMessage carries it and as the log says it.
std::string FailureText(const Error& error);
void LogSetAside(const InboxEntry& entry, const Error& error);

class ActiveTurn : public std::enable_shared_from_this<ActiveTurn> {
 public:
  using Done = std::function<void(Result<TurnReply>)>;
  // Gives the conversation's state before the turn; `fresh` forbids the cache.
  using TrackerSource =
      std::function<Result<CachedTracker>(const Claim& claim, std::shared_ptr<const SlotTable> slots)>;
  using TrackerSink = std::function<void(std::optional<CachedTracker>)>;

  struct Wiring {
    TurnServiceParts& parts;
    const TurnServiceOptions& options;
    TrackerSource load;
    TrackerSink keep;  // nullopt = forget what is cached
    ConversationQueues::Leave leave;
    Done done;
  };

  ActiveTurn(Wiring wiring, InboxEntry entry, ServingHandle handle)
      : wiring_(std::move(wiring)), entry_(std::move(entry)), handle_(std::move(handle)) {}

  // Called on the executor when the turn is first in its queue.
  void Start();

 private:
  // Claims the conversation, folds its state and parses the message.
  Result<void> Prepare();
  Result<void> TakeRecordedAnswers();
  // Runs the turn with the answers so far; goes on with a call or the commit.
  void Step();
  void Perform(const TurnCall& call);
  void Answered(ActionCall record, CallAnswer answer);
  void Commit(TurnProgress progress);
  void Committed(const Result<void>& outcome, const std::string& reply);
  void GiveUp(Error error);  // begins again where another claim came between, else ends
  // Leaves the queue, then answers. A turn that failed by itself is tried again in its place, then set aside.
  void End(Result<TurnReply> reply);
  void SetAside(Error error);
  void Leave(Result<TurnReply> reply);
  std::string CallKey(int step) const;
  std::shared_ptr<const Tracker> After(const TurnProgress& progress) const;

  Wiring wiring_;
  InboxEntry entry_;
  ServingHandle handle_;
  TurnInput input_;
  Claim claim_;
  std::vector<CallAnswer> answers_;
  std::vector<ActionCall> recorded_;  // from before a restart
  CachedTracker after_;
  int tries_ = 0;
};

}  // namespace greenroom

// Replays recorded conversations turn by turn and says where ours differ.
//
// Every turn begins from the recorded history, so one difference does not drag others after it. Calls to the action
// server get the recorded replies in their order. Compared are the events (without times and ids), the slots, the loop
// and what was said; of a response with several variations any is right.
//
//   Replay replay(*model, "conversation");
//   std::string difference = replay.Take(turn, ParseBy::kRecording);   // "" = the same
//
// Thread rules: test code, one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "assistant/source.h"
#include "dialogue/turn.h"

namespace greenroom::golden {

enum class ParseBy { kRecording, kModel };

// Trains policies, and NLU where asked, without a package. nullptr and the reasons in `errors` when training refuses.
std::shared_ptr<const LiveModel> TrainLive(const LoadedSource& loaded, ParseBy parse, std::string& errors);

class Replay {
 public:
  Replay(const LiveModel& model, std::string conversation, std::string channel);

  // Runs a recorded turn and then takes over the recorded events, whatever ours were.
  std::string Take(const Json& turn, ParseBy parse);

 private:
  TurnProgress Run(const Json& turn, const UserMessage& message, double now);
  UserMessage MessageOf(const Json& turn, ParseBy parse) const;
  std::string Compare(const Json& turn, const TurnProgress& ours) const;
  std::string CompareState(const Json& turn, const TurnProgress& ours) const;
  void Follow(const Json& turn);

  const LiveModel& model_;
  std::string conversation_, channel_;
  std::shared_ptr<const Tracker> tracker_;
};

// A turn in which a policy that learns decided: two models that learnt well may differ there.
bool IsLearnedTurn(const Json& turn);

}  // namespace greenroom::golden

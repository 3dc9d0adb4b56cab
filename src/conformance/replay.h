// TalkReplay: one recorded conversation taken again, turn by turn, without a network: the recorded parse result stands
// in for NLU, the recorded replies for the action server.
//
//   TalkReplay replay(*model, {.conversation_id = "gold-1"});
//   replay.Run(talk["turns"].array(), [&](const ReplayedTurn& turn) { ... turn.difference ... });
//
// With History::kRecorded every turn begins from what was recorded before it, so that one difference does not drag
// others after it; with kOwn it begins from our own turns. Thread rules: one owner.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "conformance/comparison.h"
#include "dialogue/turn.h"

namespace greenroom::conformance {

enum class History { kRecorded, kOwn };

struct ReplayOptions {
  std::string conversation_id;
  std::string channel = "rest";
  History history = History::kRecorded;
};

// A turn that was taken and compared.
struct ReplayedTurn {
  const Json& turn;       // as recorded
  const Tracker& before;  // the history it began from
  const TurnProgress& ours;
  const TurnDifference& difference;
};

class TalkReplay {
 public:
  // `model` outlives this.
  TalkReplay(const LiveModel& model, ReplayOptions options);

  // Turns that cannot be compared (failed there, silent after an endless one, lost by the recorder) are followed, not
  // seen.
  void Run(const Json::Array& turns, const std::function<void(const ReplayedTurn&)>& seen);
  // How many turns were asked but not compared.
  size_t skipped() const { return skipped_; }

 private:
  bool Follow(const Json& turn, const std::function<void(const ReplayedTurn&)>& seen);
  void Take(const Json& turn, const std::function<void(const ReplayedTurn&)>& seen);
  UserMessage MessageOf(const Json& turn) const;
  void Adopt(const Json& turn);

  const LiveModel& model_;
  ReplayOptions options_;
  std::shared_ptr<const Tracker> tracker_;
  size_t skipped_ = 0;
  bool mute_ = false;  // the recorded conversation, since its last turn with an action
};

}  // namespace greenroom::conformance

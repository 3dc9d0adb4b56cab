// Recording: what the reference engine did, as the files of a golden folder hold it, and how a turn of one is read.
//
//   for (const Json& talk : ReadJsonLines(folder / "conversations.jsonl")) ... talk["turns"] ...
//   for (const Json& turn : TurnsOf(recorded)) if (IsTurn(turn)) ...
//
// A recorded turn holds `message`, `trigger`, `append` or `sleep`, the `events` that it appended, the `action_calls`
// with their replies, the `responses`, and, where the recorder looked, `slots`, `active_loop` and `paused`.
// Errors: files that cannot be read are null or empty. Thread rules: free functions; RecordedCalls has one owner.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "dialogue/turn.h"

namespace greenroom::conformance {

Json ReadJsonFile(const std::filesystem::path& path);
std::vector<Json> ReadJsonLines(const std::filesystem::path& path);
// Folders below `root`, by name.
std::vector<std::filesystem::path> FoldersOf(const std::filesystem::path& root);

// A message or a triggered intent that the reference went through with, and whose events are all there.
bool IsTurn(const Json& turn);
// The recording lost events of this turn: nobody knows the history of those that follow.
bool IsHole(const Json& turn);
// A policy that learns decided: two models that learnt well may differ there.
bool IsLearnedTurn(const Json& turn);
// Whether the turn has an event of this type.
bool HasEvent(const Json& turn, std::string_view type);
// A reminder that fired before a message was recorded together with it: two turns, each with its own message.
std::vector<Json> TurnsOf(const Json& recorded);
// The (first) message of the user in the events of a turn; nullptr without one.
const Json* RecordedUserEvent(const Json& turn);

// The recorded replies of the action server: the n-th call of an action gets its n-th reply.
class RecordedCalls {
 public:
  // `calls` outlives this.
  explicit RecordedCalls(const Json& calls) : calls_(calls), used_(calls.size(), false) {}

  CallAnswer Answer(const TurnCall& call);
  // Calls that were not recorded, and recorded ones that were not made; "" when all is well.
  std::string Problems() const;

 private:
  const Json& calls_;
  std::vector<bool> used_;
  std::string unexpected_;
};

}  // namespace greenroom::conformance

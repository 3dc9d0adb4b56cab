// MemoizationPolicy and AugmentedMemoizationPolicy: recall what the stories do after exactly this history.
//
// The memory maps the text of the last `max_history` states to an action; histories after which stories disagree are
// forgotten for good. The augmented policy, when it recalls nothing, pretends that the conversation began later: it
// drops events from the front, one action at a time, so that slots set earlier vanish, and looks again.
//
// Keys are kept as two 64-bit hashes of the text. Thread rules: const after training.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "dialogue/policy.h"

namespace greenroom {

class StateMemory {
 public:
  // Adds every predictable action of a story.
  void Learn(const StateEncoder& encoder, const TrainingConversation& story, size_t max_history);
  // The action after these states; nullptr when there is none or more than one.
  const std::string* Recall(std::span<const DialogueState> states) const;
  size_t size() const { return actions_.size(); }
  size_t longest() const { return longest_; }  // states of the longest key

  std::string ToBytes() const;
  // Errors: package_corrupt.
  static Result<StateMemory> FromBytes(std::string_view bytes);

 private:
  using Key = std::pair<uint64_t, uint64_t>;
  static Key KeyOf(std::span<const DialogueState> states);

  std::map<Key, std::string> actions_;  // "" = ambiguous
  size_t longest_ = 0;
};

class MemoizationPolicy final : public Policy {
 public:
  enum class Kind { kExact, kAugmented };
  MemoizationPolicy(Kind kind, StateMemory memory, PolicyLoadContext context);

  Prediction Predict(const DialogueHistory& history) const override;
  // Without a limit, a history that is longer than every key cannot be found.
  HistoryReach reach() const override { return {.visible = max_history_ > 0 ? max_history_ : memory_.longest() + 1}; }
  void Save(BlobWriter& blobs) const override;

 private:
  // Places of actions in the applied events, newest first: where a history may be cut so that it can still be found.
  std::vector<size_t> UsefulCuts(const DialogueHistory& history) const;
  const std::string* RecallShortened(const DialogueHistory& history) const;

  Kind kind_;
  StateMemory memory_;
  std::shared_ptr<const ActionIndex> actions_;
  size_t max_history_;
  bool use_nlu_confidence_;
};

}  // namespace greenroom

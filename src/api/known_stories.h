// KnownStories: which conversations are stories of the project that the server trains.
//
//   KnownStories stories(services.project_directory);
//   std::vector<int64_t> hashes = stories.Hashes();        // compared with ConversationCard::story
//
// A story is its user intents and its actions in order; slots, loops and bot texts say nothing about whether somebody
// went that way. Each alternative of an `or` step is a story of its own (up to kMostVariants). Stories with checkpoints
// are left out: what a conversation shows is not one of them alone. Hashes are read again at most every kSeconds.
// Errors: a project that cannot be read has no stories. Thread rules: safe from any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "assistant/source.h"
#include "base/mutex.h"

namespace greenroom {

class KnownStories {
 public:
  static constexpr int kSeconds = 10;
  static constexpr size_t kMostVariants = 1000;  // of one story

  explicit KnownStories(std::string project) : project_(std::move(project)) {}
  // False when the server has no project: then nothing is known of any conversation.
  bool known() const { return !project_.empty(); }
  std::vector<int64_t> Hashes();

 private:
  const std::string project_;
  Mutex mutex_;
  std::vector<int64_t> hashes_ GUARDED_BY(mutex_);
  std::optional<std::chrono::steady_clock::time_point> read_ GUARDED_BY(mutex_);
};

// The hashes of all stories of a source, sorted. Pure.
std::vector<int64_t> StoryHashes(const std::vector<Story>& stories);

}  // namespace greenroom

#include "api/known_stories.h"

#include <algorithm>

#include "base/environment.h"
#include "conversation/conversation_index.h"

namespace greenroom {
namespace {

using Hashes = std::vector<int64_t>;

// Continues each hash with the steps; nullopt when they lead elsewhere or to too many variants.
std::optional<Hashes> Continue(Hashes hashes, const std::vector<StoryStep>& steps) {
  for (const StoryStep& step : steps) {
    if (step.kind == StoryStep::Kind::kCheckpoint) return std::nullopt;
    if (step.kind == StoryStep::Kind::kUser || step.kind == StoryStep::Kind::kAction) {
      const char* kind = step.kind == StoryStep::Kind::kUser ? "intent" : "action";
      for (int64_t& hash : hashes) hash = NextStoryHash(hash, kind, step.name);
    }
    if (step.kind != StoryStep::Kind::kOr) continue;
    Hashes all;
    for (const std::vector<StoryStep>& alternative : step.alternatives) {
      auto continued = Continue(hashes, alternative);
      if (!continued || all.size() + continued->size() > KnownStories::kMostVariants) return std::nullopt;
      all.insert(all.end(), continued->begin(), continued->end());
    }
    hashes = std::move(all);
  }
  return hashes;
}

}  // namespace

std::vector<int64_t> StoryHashes(const std::vector<Story>& stories) {
  Hashes all;
  for (const Story& story : stories) {
    if (auto hashes = Continue({0}, story.steps)) all.insert(all.end(), hashes->begin(), hashes->end());
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<int64_t> KnownStories::Hashes() {
  auto now = std::chrono::steady_clock::now();
  {
    MutexLock lock(mutex_);
    if (project_.empty() || (read_ && now - *read_ < std::chrono::seconds(kSeconds))) return hashes_;
  }
  std::vector<int64_t> hashes = StoryHashes(LoadSource({.root = project_}, ProcessEnvironment()).source.data.stories);
  MutexLock lock(mutex_);
  hashes_ = hashes;
  read_ = now;
  return hashes;
}

}  // namespace greenroom

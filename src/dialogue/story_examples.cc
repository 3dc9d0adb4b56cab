#include "dialogue/story_examples.h"

#include "base/random.h"

namespace greenroom {
namespace {

constexpr size_t kPredecessors = 2;

}  // namespace

std::vector<StateExample> ExamplesOfStories(const std::vector<TrainingConversation>& conversations,
                                            const SnippetOptions& options, const AddStoryExamples& add) {
  std::vector<const TrainingConversation*> stories;
  for (const TrainingConversation& conversation : conversations) {
    if (!conversation.is_rule) stories.push_back(&conversation);
  }
  std::vector<StateExample> examples;
  for (size_t i = 0; i < stories.size(); ++i) add({.story = *stories[i], .group = i}, examples);
  if (examples.size() > options.enough || stories.size() < 2) return examples;
  Random random(options.seed);
  for (size_t i = 0; i < stories.size(); ++i) {
    for (size_t k = 0; k < kPredecessors; ++k) {
      add({.before = stories[random.Below(stories.size())], .story = *stories[i], .group = i}, examples);
    }
  }
  return examples;
}

}  // namespace greenroom

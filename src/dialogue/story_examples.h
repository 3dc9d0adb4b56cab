// Examples of stories for policies that learn, with the few stories of a small project told more than once.
//
// Conversations do not begin anew with each topic. Where the stories alone give at most `enough` examples they are
// snippets, and each is told twice more, after stories that are drawn at random; with more, the data are conversations
// already. Rules are left out. The same seed gives the same examples.
//
//   auto examples = ExamplesOfStories(conversations, {.enough = 5'000, .seed = 1}, add);
//
// Thread rules: pure function, when `add` is one.
#pragma once

#include <functional>
#include <vector>

#include "dialogue/state_classifier.h"
#include "dialogue/story_trackers.h"

namespace greenroom {

struct SnippetOptions {
  size_t enough = 0;  // examples
  uint64_t seed = 0;
};

// A story as it is told once: after `before` when that is given. `group` is the number of the story: examples with the
// same group are never on both sides of a fold.
struct ToldStory {
  const TrainingConversation* before = nullptr;
  const TrainingConversation& story;
  size_t group = 0;
};
using AddStoryExamples = std::function<void(const ToldStory& told, std::vector<StateExample>& examples)>;

std::vector<StateExample> ExamplesOfStories(const std::vector<TrainingConversation>& conversations,
                                            const SnippetOptions& options, const AddStoryExamples& add);

}  // namespace greenroom

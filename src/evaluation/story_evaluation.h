// StoryEvaluation: a model's policies against stories that say what they shall do.
//
//   StoryEvaluation found = EvaluateStories(model, TestConversations(model.domain, stories, diagnostics), {});
//   found.report.ToJson(false);  found.stories[0].failed;
//
// A story is replayed event by event. Before each of its actions the policies are asked; what the story says is then
// taken for what happened, so that one mistake does not spoil the rest. A form that would go on although the story does
// something else is rejected and the policies are asked again. An unexpected action_unlikely_intent is a warning, when
// the policies are right without it. Stories that test the same are one. Nothing is sent to an action server and no
// slot is filled but by the story.
//
// With `end_to_end` the texts of messages are parsed as well. Intents then count like actions; a wrong entity fails the
// story but has no row in the report, as with Rasa. The story's own annotation is what policies see.
// Thread rules: pure; concurrent calls are safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dialogue/story_trackers.h"
#include "dialogue/turn.h"
#include "evaluation/classification_report.h"

namespace greenroom {

struct StoryTestOptions {
  bool end_to_end = false;
  bool stop_at_first_failure = false;  // the stories after the first failed one are left out
  int max_actions = 10;                // in a row; further ones are "circuit breaker tripped"
};

// One story and what became of it.
struct TestedStory {
  std::string name;  // with the file: "greet (tests/test_stories.yml)"
  SourceSpan span = {};
  bool failed = false;
  bool warned = false;  // action_unlikely_intent came unexpectedly, and the rest was right
  std::vector<Event> events = {};
  std::map<size_t, std::string> comments = {};  // by place among the events: "predicted: utter_x"
};

struct StoryEvaluation {
  std::vector<TestedStory> stories = {};
  std::vector<std::string> truth = {}, predicted = {};
  ClassificationReport report = {};
  Json actions = Json::List();  // {action, predicted, policy, confidence} of every prediction, in order
  bool end_to_end = false;

  size_t failed() const;
  size_t warned() const;
};

// The conversations of stories and rules as tests want them. Codes: those of story_trackers.h.
std::vector<TrainingConversation> TestConversations(const Domain& domain, std::vector<Story> stories,
                                                    Diagnostics& diagnostics);

StoryEvaluation EvaluateStories(const LiveModel& model, const std::vector<TrainingConversation>& conversations,
                                const StoryTestOptions& options);

// story_report.json: the report and conversation_accuracy; {} when there were no stories.
Json StoryReportJson(const StoryEvaluation& evaluation);
// The answer of POST /model/test/stories.
Json StoryEvaluationToJson(const StoryEvaluation& evaluation);

// A file of the chosen stories with their comments, or `otherwise` as a comment when there is none.
enum class StoryChoice { kFailed, kSuccessful, kWarned };
std::string StoriesText(const StoryEvaluation& evaluation, StoryChoice choice);

}  // namespace greenroom

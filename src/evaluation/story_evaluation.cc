#include "evaluation/story_evaluation.h"

#include <algorithm>
#include <set>

#include "conversation/story_text.h"
#include "evaluation/message_comparison.h"

namespace greenroom {
namespace {

constexpr char kBreaker[] = "circuit breaker tripped";

struct Guess {
  std::string action;
  std::string policy = {};
  double confidence = 0;
  std::vector<Event> events = {};
};

// Replays one story.
class Replay {
 public:
  Replay(const LiveModel& model, const StoryTestOptions& options, StoryEvaluation& evaluation)
      : model_(model),
        options_(options),
        evaluation_(evaluation),
        tracker_(model.slot_table, "test"),
        trail_(model.ensemble->TrailFrom(nullptr)) {}

  TestedStory Run(const TrainingConversation& conversation) {
    story_.name = conversation.name;
    if (!conversation.span.file.empty()) story_.name += " (" + conversation.span.file + ")";
    story_.span = conversation.span;
    story_.events = conversation.events;
    if (!options_.end_to_end) LeaveOutTexts();
    for (at_ = 0; at_ < story_.events.size(); ++at_) Take(story_.events[at_]);
    story_.warned = warned_ && !story_.failed;
    return std::move(story_);
  }

 private:
  // Texts that nobody understands are not shown beside the intents that count.
  void LeaveOutTexts() {
    for (Event& event : story_.events) {
      auto* user = std::get_if<UserUttered>(&event.body);
      if (user != nullptr && !user->parse.intent.name.empty()) user->text.reset();
    }
  }

  void Take(const Event& event) {
    // A conversation begins with listening; nobody decides that.
    if (at_ == 0) return tracker_.Apply(event);
    if (const auto* action = event.As<ActionExecuted>()) return TakeAction(*action);
    if (const auto* user = event.As<UserUttered>()) TakeMessage(*user);
    tracker_.Apply(event);
  }

  void TakeMessage(const UserUttered& user) {
    in_a_row_ = 0;
    listened_ = false;
    if (!options_.end_to_end) return;
    const Parse parse = user.text ? model_.nlu->ParseMessage(*user.text) : user.parse;
    const MessageComparison found = CompareMessage(user, parse);
    evaluation_.truth.insert(evaluation_.truth.end(), found.truth.begin(), found.truth.end());
    evaluation_.predicted.insert(evaluation_.predicted.end(), found.predicted.begin(), found.predicted.end());
    if (found.right) return;
    story_.failed = true;
    story_.comments[at_] = "predicted: " + found.intent + ": " + found.marked;
  }

  void TakeAction(const ActionExecuted& action) {
    const std::string expected = action.action_text.value_or(action.name);
    const Guess guess = BestGuess(expected);
    listened_ = guess.action == kActionListen;
    ++in_a_row_;
    evaluation_.truth.push_back(expected);
    evaluation_.predicted.push_back(guess.action);
    evaluation_.actions.Append(Json::Object({{"action", expected},
                                             {"predicted", guess.action},
                                             {"policy", guess.policy.empty() ? Json() : Json(guess.policy)},
                                             {"confidence", guess.confidence}}));
    ActionExecuted happened = action;
    if (guess.action == expected) {
      for (const Event& event : guess.events) tracker_.Apply(event);
      // Turns of rules are not hidden from the other policies here: stories show what they build upon, as with Rasa.
      happened.policy = guess.policy;
      happened.confidence = guess.confidence;
    } else {
      story_.failed = true;
      story_.comments[at_] = "predicted: " + guess.action;
    }
    tracker_.Apply({.body = EventBody(std::move(happened))});
  }

  // The policies' answer, with a form out of the way and without an unlikely intent that the story does not know.
  Guess BestGuess(const std::string& expected) {
    if (in_a_row_ >= options_.max_actions && !listened_) return {.action = kBreaker};
    Guess guess = Ask();
    if (guess.action != expected && guess.action == tracker_.loop().name &&
        model_.domain.FindForm(guess.action) != nullptr) {
      tracker_.Apply({.body = ActionRejected{.name = guess.action}});
      guess = Ask();
    }
    if (guess.action == kActionUnlikelyIntent && guess.action != expected) {
      warned_ = true;
      story_.comments[at_] = "predicted: " + guess.action;
      tracker_.Apply(
          {.body = ActionExecuted{.name = guess.action, .policy = guess.policy, .confidence = guess.confidence}});
      guess = Ask();
    }
    return guess;
  }

  Guess Ask() {
    Prediction prediction = model_.ensemble->Predict(tracker_, trail_);
    const auto [action, confidence] = prediction.Best();
    return {.action = action < 0 ? std::string() : model_.ensemble->actions().Name(action),
            .policy = std::move(prediction.policy),
            .confidence = confidence,
            .events = std::move(prediction.events)};
  }

  const LiveModel& model_;
  const StoryTestOptions& options_;
  StoryEvaluation& evaluation_;
  Tracker tracker_;
  StateTrail trail_;
  TestedStory story_;
  size_t at_ = 0;
  int in_a_row_ = 0;
  bool listened_ = false;
  bool warned_ = false;
};

// What a story tests, as text: two that test the same are one. Other words make another test, understood or not.
std::string TestedPart(const TrainingConversation& conversation) {
  std::string part;
  for (const Event& event : conversation.events) {
    const auto* user = event.As<UserUttered>();
    if (user == nullptr) {
      part += EventToJson(event).Dump() + "\n";
      continue;
    }
    part += "user " + user->parse.intent.name + user->parse.intent_extra.Dump();
    for (const Entity& entity : user->parse.entities) part += EntityToJson(entity).Dump();
    part += Json(user->text.value_or("")).Dump() + "\n";
  }
  return part;
}

bool IsChosen(const TestedStory& story, StoryChoice choice) {
  if (choice == StoryChoice::kFailed) return story.failed;
  return choice == StoryChoice::kWarned ? story.warned : !story.failed;
}

const char* NoneOf(StoryChoice choice) {
  if (choice == StoryChoice::kFailed) return "# None of the test stories failed - all good!";
  return choice == StoryChoice::kWarned ? "# No warnings for test stories" : "# None of the test stories succeeded :(";
}

size_t CountIf(const std::vector<TestedStory>& stories, StoryChoice choice) {
  return static_cast<size_t>(
      std::count_if(stories.begin(), stories.end(), [&](const TestedStory& story) { return IsChosen(story, choice); }));
}

}  // namespace

size_t StoryEvaluation::failed() const { return CountIf(stories, StoryChoice::kFailed); }
size_t StoryEvaluation::warned() const { return CountIf(stories, StoryChoice::kWarned); }

std::vector<TrainingConversation> TestConversations(const Domain& domain, std::vector<Story> stories,
                                                    Diagnostics& diagnostics) {
  Source source;
  source.domain = domain;
  for (Story& story : stories) {
    // What must hold for a rule stands at the beginning of the story that it is here.
    story.steps.insert(story.steps.begin(), story.condition.begin(), story.condition.end());
    story.condition.clear();
    story.is_rule = false;
  }
  source.data.stories = std::move(stories);
  return BuildTrainingConversations(source, diagnostics, StoryUse::kTest);
}

StoryEvaluation EvaluateStories(const LiveModel& model, const std::vector<TrainingConversation>& conversations,
                                const StoryTestOptions& options) {
  StoryEvaluation evaluation{.end_to_end = options.end_to_end};
  std::set<std::string> tested;
  for (const TrainingConversation& conversation : conversations) {
    if (!tested.insert(TestedPart(conversation)).second) continue;
    evaluation.stories.push_back(Replay(model, options, evaluation).Run(conversation));
    if (options.stop_at_first_failure && evaluation.stories.back().failed) break;
  }
  evaluation.report = MakeReport(evaluation.truth, evaluation.predicted, "");
  return evaluation;
}

Json StoryReportJson(const StoryEvaluation& evaluation) {
  Json json = evaluation.report.ToJson(false);
  if (evaluation.report.empty()) return json;
  const size_t total = evaluation.stories.size(), correct = total - evaluation.failed();
  json.Set("conversation_accuracy",
           Json::Object({{"accuracy", static_cast<double>(correct) / static_cast<double>(total)},
                         {"correct", static_cast<int64_t>(correct)},
                         {"with_warnings", static_cast<int64_t>(evaluation.warned())},
                         {"total", static_cast<int64_t>(total)}}));
  return json;
}

Json StoryEvaluationToJson(const StoryEvaluation& evaluation) {
  const ClassificationReport& report = evaluation.report;
  // The fraction is always 0 in Rasa 3: it looks for policy names in the form that Rasa 2 gave them.
  return Json::Object({{"report", report.ToJson(false)},
                       {"precision", report.weighted.precision},
                       {"f1", report.weighted.f1},
                       {"accuracy", report.accuracy},
                       {"actions", evaluation.actions},
                       {"in_training_data_fraction", 0.0},
                       {"is_end_to_end_evaluation", evaluation.end_to_end}});
}

std::string StoriesText(const StoryEvaluation& evaluation, StoryChoice choice) {
  std::string text;
  for (const TestedStory& story : evaluation.stories) {
    if (IsChosen(story, choice)) text += CommentedStory(story.events, story.name, story.comments);
  }
  return text.empty() ? NoneOf(choice) : "version: \"3.1\"\nstories:\n" + text;
}

}  // namespace greenroom

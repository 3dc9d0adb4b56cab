#include "dialogue/unexpected_intent_policy.h"

#include <algorithm>
#include <numeric>

#include "dialogue/builtin_policies.h"
#include "dialogue/story_examples.h"
#include "pipeline/learned_blob.h"

namespace greenroom {
namespace {

constexpr size_t kFolds = 5;
constexpr double kQuantile = 0.01;
constexpr double kModelShare = 0.2;  // of the time of training; the rest is for the folds

// With more user turns than this the data are conversations already, not snippets.
constexpr size_t kSnippetTurns = 2'000;

// Adds the states before each user turn of the story, with the intent that follows.
void AddExamples(const StateEncoder& encoder, const ToldStory& told, size_t max_history,
                 std::vector<StateExample>& examples) {
  StateFold fold(encoder);
  std::vector<DialogueState> states;
  for (const TrainingConversation* part : {told.before, &told.story}) {
    if (part == nullptr) continue;
    for (const Event& event : part->events) {
      const bool repeated = part == &told.story && told.before != nullptr && &event == &part->events.front() &&
                            fold.previous_action() == kActionListen;
      if (repeated) continue;
      if (event.As<ActionExecuted>() != nullptr) states.push_back(fold.Current());
      const auto* message = event.As<UserUttered>();
      if (part == &told.story && message != nullptr && !message->parse.intent.name.empty() && !states.empty()) {
        examples.push_back({.features = FeaturesOf(LastStates(states, max_history)),
                            .label = message->parse.intent.name,
                            .group = told.group});
      }
      fold.Apply(event);
    }
  }
}

std::vector<StateExample> IntentExamples(const StateEncoder& encoder,
                                         const std::vector<TrainingConversation>& conversations, size_t max_history,
                                         uint64_t seed) {
  const auto add = [&](const ToldStory& told, std::vector<StateExample>& examples) {
    AddExamples(encoder, told, max_history, examples);
  };
  return ExamplesOfStories(conversations, {.enough = kSnippetTurns, .seed = seed}, add);
}

float ProbabilityOf(const StateClassifier& classifier, const StateExample& example) {
  const int label = classifier.FindClass(example.label);
  return label < 0 ? 0.0f : classifier.Predict(example.features)[static_cast<size_t>(label)];
}

}  // namespace

UnexpectedIntentPolicy::UnexpectedIntentPolicy(const PolicyLoadContext& context)
    : actions_(context.actions),
      max_history_(MaxHistoryOf(context.parameters)),
      ranking_length_(static_cast<size_t>(context.parameters["ranking_length"].AsInt())),
      tolerance_(static_cast<float>(context.parameters["tolerance"].AsDouble())) {
  for (const Json& intent : context.parameters["ignore_intents_list"].array()) ignored_.insert(intent.AsString());
}

Result<void> UnexpectedIntentPolicy::Adopt(std::string_view blob) {
  blob_ = blob;
  if (blob.empty()) return {};
  GR_ASSIGN(classifier_, StateClassifier::Open(blob));
  return {};
}

void UnexpectedIntentPolicy::Calibrate(const std::vector<StateExample>& examples, const StateTrainOptions& options,
                                       const ParallelFor& parallel_for) {
  std::vector<std::string> blobs(kFolds);
  ParallelProgress progress(options.progress, "", std::vector<double>(kFolds, 1.0));
  auto train = [&](size_t fold) {
    StateTrainOptions fold_options = options;
    fold_options.progress = progress.Task(fold);
    blobs[fold] = TrainStateClassifier(examples, fold_options,
                                       [fold](const StateExample& example) { return example.group % kFolds != fold; });
  };
  if (parallel_for)
    parallel_for(kFolds, train);
  else
    for (size_t fold = 0; fold < kFolds; ++fold) train(fold);

  std::vector<std::vector<float>> right(classifier_.classes().size());
  std::vector<float> smallest(right.size(), 1.0f);
  std::vector<StateClassifier> folds;
  for (const std::string& blob : blobs)
    folds.push_back(blob.empty() ? StateClassifier() : StateClassifier::Open(blob).value());
  for (const StateExample& example : examples) {
    const size_t label = static_cast<size_t>(classifier_.FindClass(example.label));
    // A fold that never saw the intent says nothing about it.
    const StateClassifier& fold = folds[example.group % kFolds];
    if (fold.FindClass(example.label) >= 0) right[label].push_back(ProbabilityOf(fold, example));
    smallest[label] = std::min(smallest[label], ProbabilityOf(classifier_, example));
  }
  for (size_t label = 0; label < right.size(); ++label) {
    std::sort(right[label].begin(), right[label].end());
    const size_t place = static_cast<size_t>(kQuantile * static_cast<double>(right[label].size()));
    thresholds_.push_back(right[label].empty() ? smallest[label] : std::min(right[label][place], smallest[label]));
  }
}

Result<std::unique_ptr<Policy>> UnexpectedIntentPolicy::Train(PolicyTrainContext& context) {
  std::unique_ptr<UnexpectedIntentPolicy> policy(
      new UnexpectedIntentPolicy({context.actions, context.encoder, context.parameters}));
  const std::vector<StateExample> examples =
      IntentExamples(*context.encoder, *context.conversations, policy->max_history_, context.seed);
  ProgressShare model_progress(context.progress, "", 0, kModelShare);
  ProgressShare folds_progress(context.progress, "", kModelShare, 1);
  StateTrainOptions options{.effort = 0.5 * context.parameters["epochs"].AsDouble(100) / 100.0,
                            .seed = context.seed,
                            .progress = &model_progress};
  if (!examples.empty()) policy->owned_ = TrainStateClassifier(examples, options);
  GR_TRY(policy->Adopt(policy->owned_));
  options.progress = &folds_progress;
  if (!examples.empty()) policy->Calibrate(examples, options, context.parallel_for);
  return std::unique_ptr<Policy>(std::move(policy));
}

Result<std::unique_ptr<Policy>> UnexpectedIntentPolicy::Load(const PolicyLoadContext& context,
                                                             const BlobReader& blobs) {
  std::unique_ptr<UnexpectedIntentPolicy> policy(new UnexpectedIntentPolicy(context));
  GR_ASSIGN(std::string_view bytes, blobs.Get("weights"));
  GR_ASSIGN(std::string_view thresholds, blobs.Get("thresholds"));
  GR_TRY(policy->Adopt(bytes));
  LearnedBlobReader reader(thresholds);
  policy->thresholds_ = reader.Floats();
  if (!reader.ok() || policy->thresholds_.size() != policy->classifier_.classes().size())
    return BlobCorrupt("intent thresholds");
  return std::unique_ptr<Policy>(std::move(policy));
}

void UnexpectedIntentPolicy::Save(BlobWriter& blobs) const {
  LearnedBlobWriter writer;
  writer.Floats(thresholds_);
  blobs.Put("weights", std::string(blob_));
  blobs.Put("thresholds", writer.Take());
}

Json UnexpectedIntentPolicy::Judged(size_t intent, float score) const {
  const float threshold = thresholds_[intent] * (1.0f - tolerance_);
  return Json::Object({{"name", classifier_.classes()[intent]},
                       {"score", static_cast<double>(score)},
                       {"threshold", static_cast<double>(threshold)},
                       {"severity", static_cast<double>(threshold - score)}});
}

// The last state, which knows what was said, is left out.
HistoryReach UnexpectedIntentPolicy::reach() const {
  if (max_history_ > 0) return {.visible = max_history_ + 1};
  return {.visible = kStatesSeen + 1, .turns = kTurnsSeen + 1};
}

Prediction UnexpectedIntentPolicy::Predict(const DialogueHistory& history) const {
  Prediction prediction;
  const std::vector<DialogueState>& visible = history.visible();
  const int label = classifier_.FindClass(history.intent());
  if (!history.after_listen() || visible.size() < 2 || label < 0 || ignored_.contains(history.intent()))
    return prediction;
  // The last state already knows what was said.
  const std::span<const DialogueState> before = std::span(visible).first(visible.size() - 1);
  const std::span<const DialogueState> last =
      max_history_ == 0 || before.size() <= max_history_ ? before : before.last(max_history_);
  const std::vector<float> probabilities = classifier_.Predict(FeaturesOf(last));
  const float score = probabilities[static_cast<size_t>(label)];
  const float threshold = thresholds_[static_cast<size_t>(label)] * (1.0f - tolerance_);
  const auto best = std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin();
  const int unlikely = actions_->Find(kActionUnlikelyIntent);
  if (score >= threshold || best == label || unlikely < 0) return prediction;

  std::vector<size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return probabilities[a] > probabilities[b]; });
  Json ranking = Json::List();
  for (size_t i = 0; i < order.size() && (ranking_length_ == 0 || i < ranking_length_); ++i) {
    ranking.Append(Judged(order[i], probabilities[order[i]]));
  }
  prediction.diagnostics =
      Json::Object({{"query_intent", Judged(static_cast<size_t>(label), score)}, {"ranking", std::move(ranking)}});
  prediction.scores.assign(actions_->size(), 0.0);
  prediction.scores[static_cast<size_t>(unlikely)] = 1.0;
  return prediction;
}

PolicyFactory UnexpectedIntentPolicyFactory() {
  PolicyFactory factory{.default_priority = 2, .expected_cost = 30};
  factory.spec.name = "UnexpecTEDIntentPolicy";
  factory.spec.parameters = NetParameters(2);
  factory.spec.parameters.push_back(
      {.kind = ParameterSpec::Kind::kInt, .name = "ranking_length", .default_value = 10, .min = 0, .max = 1e6});
  factory.spec.parameters.push_back(ParameterWithoutEffect("renormalize_confidences", nullptr));
  factory.spec.parameters.push_back(FractionParameter("tolerance", 0.0));
  factory.spec.parameters.push_back(
      {.kind = ParameterSpec::Kind::kStringList, .name = "ignore_intents_list", .default_value = Json::List()});
  factory.train = &UnexpectedIntentPolicy::Train;
  factory.load = &UnexpectedIntentPolicy::Load;
  return factory;
}

}  // namespace greenroom

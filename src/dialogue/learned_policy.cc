#include "dialogue/learned_policy.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "dialogue/builtin_policies.h"
#include "dialogue/story_examples.h"

namespace greenroom {
namespace {

// With more examples than this the data are conversations already, not snippets.
constexpr size_t kSnippetExamples = 5'000;

// Adds an example for each action of the story.
void AddExamples(const StateEncoder& encoder, const ToldStory& told, size_t max_history,
                 std::vector<StateExample>& examples) {
  StateFold fold(encoder);
  std::vector<DialogueState> states;
  auto tell = [&](const TrainingConversation& conversation, bool learn) {
    for (size_t i = 0; i < conversation.events.size(); ++i) {
      const auto* action = conversation.events[i].As<ActionExecuted>();
      // Between two stories there is one listen, not two.
      const bool repeated =
          action != nullptr && told.before != nullptr && learn && i == 0 && fold.previous_action() == kActionListen;
      if (repeated) continue;
      if (action != nullptr && action->name != kActionUnlikelyIntent) {
        states.push_back(fold.Current());
        const std::string& label = action->action_text ? *action->action_text : action->name;
        if (learn && conversation.unpredictable[i] == 0) {
          examples.push_back(
              {.features = FeaturesOf(LastStates(states, max_history)), .label = label, .group = told.group});
        }
      }
      fold.Apply(conversation.events[i]);
    }
  };
  if (told.before != nullptr) tell(*told.before, false);
  tell(told.story, true);
}

// What the original would have learnt: its net begins with equal scores for all actions but the listen, and needs this
// many steps until it is sure of anything; with similarities that are constrained, fewer. (Measured on recordings of
// it.)
constexpr double kBatch = 160;  // examples a step, on average
constexpr double kStepsToLearn = 260, kStepsToLearnConstrained = 100;
constexpr double kLeastSureness = 0.03;

double SurenessAfter(const Json& parameters, size_t examples) {
  const Json& given = parameters["batch_size"];
  const double batch =
      given.is_array() && given.size() > 0 ? given.array().back().AsDouble(kBatch) : given.AsDouble(kBatch);
  const double passes = std::max(1.0, static_cast<double>(examples) / std::max(1.0, batch));
  const double steps = parameters["epochs"].AsDouble(100) * passes;
  const double needed = parameters["constrain_similarities"].AsBool() ? kStepsToLearnConstrained : kStepsToLearn;
  return std::clamp(std::pow(steps / needed, 4), kLeastSureness, 1.0);
}

bool HasTexts(const std::vector<TrainingConversation>& conversations) {
  for (const TrainingConversation& conversation : conversations) {
    if (conversation.is_rule) continue;
    for (const Event& event : conversation.events) {
      const auto* message = event.As<UserUttered>();
      if (message != nullptr && message->parse.intent.name.empty() && message->text) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<StateExample> ActionExamples(const StateEncoder& encoder,
                                         const std::vector<TrainingConversation>& conversations, size_t max_history,
                                         uint64_t seed) {
  const auto add = [&](const ToldStory& told, std::vector<StateExample>& examples) {
    AddExamples(encoder, told, max_history, examples);
  };
  return ExamplesOfStories(conversations, {.enough = kSnippetExamples, .seed = seed}, add);
}

LearnedPolicy::LearnedPolicy(const PolicyLoadContext& context)
    : actions_(context.actions),
      max_history_(MaxHistoryOf(context.parameters)),
      ranking_length_(static_cast<size_t>(context.parameters["ranking_length"].AsInt())),
      renormalize_(context.parameters["renormalize_confidences"].AsBool()),
      text_threshold_(context.parameters["e2e_confidence_threshold"].AsDouble()) {}

Result<void> LearnedPolicy::Adopt(std::string_view blob, bool end_to_end) {
  blob_ = blob;
  end_to_end_ = end_to_end;
  if (blob.empty()) return {};
  GR_ASSIGN(classifier_, StateClassifier::Open(blob));
  for (const std::string& name : classifier_.classes()) action_of_class_.push_back(actions_->Find(name));
  return {};
}

Result<std::unique_ptr<Policy>> LearnedPolicy::Train(PolicyTrainContext& context) {
  std::unique_ptr<LearnedPolicy> policy(new LearnedPolicy({context.actions, context.encoder, context.parameters}));
  const std::vector<StateExample> examples =
      ActionExamples(*context.encoder, *context.conversations, policy->max_history_, context.seed);
  if (!examples.empty()) {
    policy->owned_ = TrainStateClassifier(examples, {.effort = context.parameters["epochs"].AsDouble(100) / 100.0,
                                                     .seed = context.seed,
                                                     .progress = context.progress});
  }
  policy->sureness_ = SurenessAfter(context.parameters, examples.size());
  if (context.metrics != nullptr) context.metrics->Set("examples", examples.size());
  GR_TRY(policy->Adopt(policy->owned_, HasTexts(*context.conversations)));
  return std::unique_ptr<Policy>(std::move(policy));
}

Result<std::unique_ptr<Policy>> LearnedPolicy::Load(const PolicyLoadContext& context, const BlobReader& blobs) {
  std::unique_ptr<LearnedPolicy> policy(new LearnedPolicy(context));
  GR_ASSIGN(std::string_view meta_bytes, blobs.Get("meta.json"));
  GR_ASSIGN(Json meta, ParseJson(meta_bytes, {}));
  GR_ASSIGN(std::string_view bytes, blobs.Get("weights"));
  GR_TRY(policy->Adopt(bytes, meta["end_to_end"].AsBool()));
  policy->sureness_ = meta["sureness"].AsDouble(1);
  return std::unique_ptr<Policy>(std::move(policy));
}

void LearnedPolicy::Save(BlobWriter& blobs) const {
  blobs.Put("weights", std::string(blob_));
  blobs.Put("meta.json", Json::Object({{"end_to_end", end_to_end_}, {"sureness", sureness_}}).Dump());
}

void LearnedPolicy::CutRanking(std::vector<double>& scores) const {
  if (ranking_length_ == 0 || ranking_length_ >= scores.size()) return;
  std::vector<double> sorted(scores);
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(ranking_length_ - 1), sorted.end(),
                   std::greater<>());
  const double least = sorted[ranking_length_ - 1];
  for (double& score : scores) score = score < least ? 0.0 : score;
  const double sum = std::accumulate(scores.begin(), scores.end(), 0.0);
  if (!renormalize_ || sum <= 0) return;
  for (double& score : scores) score /= sum;
}

void LearnedPolicy::Temper(std::vector<float>& probabilities) const {
  const auto best = std::max_element(probabilities.begin(), probabilities.end());
  // Half of all examples are listens: they are learnt first.
  const bool listens = classifier_.classes()[static_cast<size_t>(best - probabilities.begin())] == kActionListen;
  if (sureness_ >= 1 || listens) return;
  const float highest = *best;
  float sum = 0;
  for (float& p : probabilities) {
    p = std::pow(std::max(p, 1e-12f) / highest, static_cast<float>(sureness_));
    sum += p;
  }
  for (float& p : probabilities) p /= sum;
}

HistoryReach LearnedPolicy::reach() const {
  if (max_history_ > 0) return {.visible = max_history_};
  return {.visible = kStatesSeen, .turns = kTurnsSeen};
}

Prediction LearnedPolicy::Predict(const DialogueHistory& history) const {
  Prediction prediction;
  if (classifier_.classes().empty()) return prediction;
  const auto states = LastStates(history.visible(), max_history_);
  std::vector<float> probabilities = classifier_.Predict(FeaturesOf(states));
  if (end_to_end_) {
    if (std::optional<DialogueState> last = history.LastStateByText()) {
      std::vector<DialogueState> by_text(states.begin(), states.end());
      by_text.back().user = last->user;
      std::vector<float> from_text = classifier_.Predict(FeaturesOf(by_text));
      const float best = *std::max_element(from_text.begin(), from_text.end());
      if (best > static_cast<float>(text_threshold_) &&
          best > *std::max_element(probabilities.begin(), probabilities.end())) {
        probabilities = std::move(from_text);
        prediction.is_end_to_end = true;
      }
    }
  }
  Temper(probabilities);
  prediction.scores.assign(actions_->size(), 0.0);
  for (size_t c = 0; c < probabilities.size(); ++c) {
    if (action_of_class_[c] >= 0)
      prediction.scores[static_cast<size_t>(action_of_class_[c])] = static_cast<double>(probabilities[c]);
  }
  CutRanking(prediction.scores);
  return prediction;
}

std::vector<ParameterSpec> NetParameters(int priority) {
  std::vector<ParameterSpec> parameters = CommonPolicyParameters(priority);
  parameters.push_back(
      {.kind = ParameterSpec::Kind::kInt, .name = "epochs", .default_value = 100, .min = 1, .max = 1e6});
  parameters.push_back({.kind = ParameterSpec::Kind::kInt, .name = "random_seed", .default_value = nullptr});
  parameters.push_back(SwitchParameter("constrain_similarities", false));
  parameters.push_back({.kind = ParameterSpec::Kind::kAny, .name = "batch_size", .default_value = nullptr});
  for (const char* name : {"hidden_layers_sizes",
                           "dense_dimension",
                           "concat_dimension",
                           "encoding_dimension",
                           "transformer_size",
                           "number_of_transformer_layers",
                           "number_of_attention_heads",
                           "unidirectional_encoder",
                           "batch_strategy",
                           "learning_rate",
                           "embedding_dimension",
                           "number_of_negative_examples",
                           "similarity_type",
                           "loss_type",
                           "scale_loss",
                           "regularization_constant",
                           "drop_rate_dialogue",
                           "drop_rate",
                           "drop_rate_label",
                           "drop_rate_attention",
                           "connection_density",
                           "maximum_positive_similarity",
                           "maximum_negative_similarity",
                           "use_maximum_negative_similarity",
                           "negative_margin_scale",
                           "entity_recognition",
                           "split_entities_by_comma",
                           "model_confidence",
                           "use_gpu",
                           "use_key_relative_attention",
                           "use_value_relative_attention",
                           "max_relative_position",
                           "share_hidden_layers",
                           "use_masked_language_model",
                           "BILOU_flag",
                           "evaluate_every_number_of_epochs",
                           "evaluate_on_number_of_examples",
                           "tensorboard_log_directory",
                           "tensorboard_log_level",
                           "checkpoint_model",
                           "featurizers",
                           "drop_small_last_batch",
                           "sparse_input_dropout",
                           "dense_input_dropout",
                           "use_nlu_confidence_as_score",
                           "run_eagerly"}) {
    parameters.push_back(ParameterWithoutEffect(name, nullptr));
  }
  return parameters;
}

PolicyFactory LearnedPolicyFactory() {
  PolicyFactory factory{.default_priority = 1, .expected_cost = 10};
  factory.spec.name = "TEDPolicy";
  factory.spec.parameters = NetParameters(1);
  factory.spec.parameters.push_back(
      {.kind = ParameterSpec::Kind::kInt, .name = "ranking_length", .default_value = 0, .min = 0, .max = 1e6});
  factory.spec.parameters.push_back(SwitchParameter("renormalize_confidences", false));
  factory.spec.parameters.push_back(FractionParameter("e2e_confidence_threshold", 0.5));
  factory.train = &LearnedPolicy::Train;
  factory.load = &LearnedPolicy::Load;
  return factory;
}

}  // namespace greenroom

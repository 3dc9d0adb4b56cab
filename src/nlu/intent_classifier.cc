#include "nlu/intent_classifier.h"

#include <algorithm>
#include <numeric>

#include "nlu/entity_model.h"
#include "nlu/intent_model.h"
#include "nlu/language_training.h"
#include "nlu/learned_bytes.h"
#include "nlu/without_effect.h"

namespace greenroom {
namespace {

constexpr int64_t kRankingLength = 10;
constexpr const char* kDiet = "DIETClassifier";

bool HasFeatures(const MessageState& message) {
  return !message.word_features.empty() || !message.char_features.empty() || !message.extra_features.empty();
}

class IntentClassifier final : public Component {
 public:
  static Result<std::unique_ptr<Component>> Open(const Json& parameters, LearnedBytes intents, LearnedBytes entities) {
    auto classifier = std::make_unique<IntentClassifier>();
    classifier->intent_bytes_ = std::move(intents);
    classifier->entity_bytes_ = std::move(entities);
    if (!classifier->intent_bytes_.view().empty()) {
      GR_ASSIGN(classifier->intents_, IntentModel::Open(classifier->intent_bytes_.view()));
    }
    GR_ASSIGN(classifier->entities_, EntityModel::Open(classifier->entity_bytes_.view()));
    classifier->commas_ = CommaSplit::FromParameter(parameters["split_entities_by_comma"]);
    classifier->ranking_length_ =
        static_cast<size_t>(std::max<int64_t>(parameters["ranking_length"].AsInt(kRankingLength), 0));
    return std::unique_ptr<Component>(std::move(classifier));
  }

  void Process(MessageState& message) const override {
    IntentPrediction prediction;
    if (HasFeatures(message)) prediction = intents_.Predict(message);
    if (!intents_.classes().empty())
      SetIntentRanking(intents_.classes(), prediction.probabilities, ranking_length_, message.parse);
    for (Entity& entity : entities_.Find(message, prediction.soft, commas_)) {
      entity.extractor = kDiet;
      message.parse.entities.push_back(std::move(entity));
    }
  }

  // What it would predict for its own training messages says nothing and is read by nobody.
  void ProcessTraining(std::span<MessageState>) const override {}

  void Save(BlobWriter& blobs) const override {
    blobs.Put("intents", std::string(intent_bytes_.view()));
    blobs.Put("entities", std::string(entity_bytes_.view()));
  }

 private:
  LearnedBytes intent_bytes_, entity_bytes_;
  IntentModel intents_;
  EntityModel entities_;
  CommaSplit commas_;
  size_t ranking_length_ = 0;
};

Result<std::unique_ptr<Component>> TrainClassifier(TrainContext& context, const LanguageTrainingOptions& options) {
  GR_ASSIGN(LanguageBlobs blobs, TrainLanguage(context, options));
  return IntentClassifier::Open(context.parameters, LearnedBytes::Owned(std::move(blobs.intents)),
                                LearnedBytes::Owned(std::move(blobs.entities)));
}

Result<std::unique_ptr<Component>> LoadClassifier(const Json& parameters, const BlobReader& blobs) {
  GR_ASSIGN(const std::string_view intents, blobs.Get("intents"));
  GR_ASSIGN(const std::string_view entities, blobs.Get("entities"));
  return IntentClassifier::Open(parameters, LearnedBytes::Borrowed(intents), LearnedBytes::Borrowed(entities));
}

std::vector<ParameterSpec> DietParameters() {
  using Kind = ParameterSpec::Kind;
  std::vector<ParameterSpec> parameters = {
      {.kind = Kind::kBool, .name = "intent_classification", .default_value = true},
      {.kind = Kind::kBool, .name = "entity_recognition", .default_value = true},
      {.kind = Kind::kInt, .name = "ranking_length", .default_value = kRankingLength, .min = 0, .max = 1e6},
      {.kind = Kind::kInt, .name = "random_seed"},
      {.kind = Kind::kAny, .name = "split_entities_by_comma", .default_value = true}};
  AddWithoutEffect(parameters, kTransformerParameters);
  AddWithoutEffect(parameters, {"BILOU_flag", "intent_tokenization_flag", "intent_split_symbol"});
  return parameters;
}

std::vector<ParameterSpec> LinearParameters() {
  using Kind = ParameterSpec::Kind;
  std::vector<ParameterSpec> parameters = {
      {.kind = Kind::kInt, .name = "ranking_length", .default_value = kRankingLength, .min = 0, .max = 1e6},
      {.kind = Kind::kInt, .name = "random_seed"}};
  AddWithoutEffect(parameters, {"class_weight", "max_iter", "solver", "tol", "random_state", "C", "gamma", "kernels",
                                "max_cross_validation_folds", "scoring_function", "num_threads", "featurizers"});
  return parameters;
}

}  // namespace

void SetIntentRanking(const std::vector<std::string>& classes, const std::vector<float>& probabilities, size_t length,
                      Parse& parse) {
  parse.ranking.clear();
  parse.intent = {.name = "", .confidence = 0.0};
  if (probabilities.empty()) return;
  std::vector<uint32_t> order(classes.size());
  std::iota(order.begin(), order.end(), 0u);
  const size_t count = length == 0 ? order.size() : std::min(length, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    [&](uint32_t a, uint32_t b) {
                      return probabilities[a] != probabilities[b] ? probabilities[a] > probabilities[b] : a < b;
                    });
  parse.ranking.reserve(count);
  for (size_t i = 0; i < count; ++i)
    parse.ranking.push_back({.name = classes[order[i]], .confidence = probabilities[order[i]]});
  parse.intent = parse.ranking.front();
}

ComponentFactory DietClassifierFactory() {
  ComponentFactory factory;
  factory.spec = {.name = kDiet,
                  .kind = ComponentKind::kClassifier,
                  .parameters = DietParameters(),
                  .requires_before = {ComponentKind::kTokenizer, ComponentKind::kFeaturizer}};
  factory.train = [](TrainContext& context) {
    return TrainClassifier(context, {.intents = context.parameters["intent_classification"].AsBool(true),
                                     .entities = context.parameters["entity_recognition"].AsBool(true)});
  };
  factory.load = LoadClassifier;
  return factory;
}

ComponentFactory LogisticRegressionFactory() {
  ComponentFactory factory;
  factory.spec = {.name = "LogisticRegressionClassifier",
                  .kind = ComponentKind::kClassifier,
                  .parameters = LinearParameters(),
                  .requires_before = {ComponentKind::kTokenizer, ComponentKind::kFeaturizer}};
  factory.train = [](TrainContext& context) {
    return TrainClassifier(context, {.entities = false, .nets = NetUse::kNever});
  };
  factory.load = LoadClassifier;
  return factory;
}

}  // namespace greenroom

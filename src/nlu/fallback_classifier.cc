#include "nlu/fallback_classifier.h"

namespace greenroom {
namespace {

constexpr const char* kFallbackIntent = "nlu_fallback";

class FallbackClassifier final : public Component {
 public:
  explicit FallbackClassifier(const Json& parameters)
      : threshold_(parameters["threshold"].AsDouble(0.3)),
        ambiguity_threshold_(parameters["ambiguity_threshold"].AsDouble(0.1)) {}

  void Process(MessageState& message) const override {
    if (!FallsBack(message.parse)) return;
    const IntentScore fallback{kFallbackIntent, threshold_};
    message.parse.intent = fallback;
    auto& ranking = message.parse.ranking;
    if (!ranking.empty()) ranking.insert(ranking.begin(), fallback);
  }
  void ProcessTraining(std::span<MessageState>) const override {}
  void Save(BlobWriter&) const override {}

 private:
  bool FallsBack(const Parse& parse) const {
    if (parse.intent.confidence.value_or(0) < threshold_) return true;
    if (parse.ranking.size() < 2) return false;
    return parse.ranking[0].confidence.value_or(0) - parse.ranking[1].confidence.value_or(0) < ambiguity_threshold_;
  }

  double threshold_;
  double ambiguity_threshold_;
};

}  // namespace

ComponentFactory FallbackClassifierFactory() {
  using Kind = ParameterSpec::Kind;
  ComponentFactory factory;
  factory.spec = {
      .name = "FallbackClassifier",
      .kind = ComponentKind::kClassifier,
      .parameters = {{.kind = Kind::kFloat, .name = "threshold", .default_value = 0.3, .min = 0, .max = 1},
                     {.kind = Kind::kFloat, .name = "ambiguity_threshold", .default_value = 0.1, .min = 0, .max = 1}},
      .requires_before = {ComponentKind::kClassifier}};
  factory.train = [](TrainContext& context) -> Result<std::unique_ptr<Component>> {
    return std::unique_ptr<Component>(std::make_unique<FallbackClassifier>(context.parameters));
  };
  factory.load = [](const Json& parameters, const BlobReader&) -> Result<std::unique_ptr<Component>> {
    return std::unique_ptr<Component>(std::make_unique<FallbackClassifier>(parameters));
  };
  return factory;
}

}  // namespace greenroom

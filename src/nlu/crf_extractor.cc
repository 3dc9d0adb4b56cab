#include "nlu/crf_extractor.h"

#include "nlu/entity_model.h"
#include "nlu/language_training.h"
#include "nlu/learned_bytes.h"
#include "nlu/without_effect.h"

namespace greenroom {
namespace {

constexpr const char* kName = "CRFEntityExtractor";

class CrfExtractor final : public Component {
 public:
  static Result<std::unique_ptr<Component>> Open(const Json& parameters, LearnedBytes bytes) {
    auto extractor = std::make_unique<CrfExtractor>();
    extractor->bytes_ = std::move(bytes);
    extractor->commas_ = CommaSplit::FromParameter(parameters["split_entities_by_comma"]);
    GR_ASSIGN(extractor->model_, EntityModel::Open(extractor->bytes_.view()));
    return std::unique_ptr<Component>(std::move(extractor));
  }

  void Process(MessageState& message) const override {
    for (Entity& entity : model_.Find(message, {}, commas_)) {
      entity.extractor = kName;
      message.parse.entities.push_back(std::move(entity));
    }
  }

  void ProcessTraining(std::span<MessageState>) const override {}

  void Save(BlobWriter& blobs) const override { blobs.Put("entities", std::string(bytes_.view())); }

 private:
  LearnedBytes bytes_;
  EntityModel model_;
  CommaSplit commas_;
};

std::vector<ParameterSpec> Parameters() {
  using Kind = ParameterSpec::Kind;
  std::vector<ParameterSpec> parameters = {
      {.kind = Kind::kAny, .name = "split_entities_by_comma", .default_value = true},
      {.kind = Kind::kInt, .name = "random_seed"}};
  AddWithoutEffect(parameters, {"BILOU_flag", "features", "max_iterations", "L1_c", "L2_c", "featurizers"});
  return parameters;
}

}  // namespace

ComponentFactory CrfExtractorFactory() {
  ComponentFactory factory;
  factory.spec = {.name = kName,
                  .kind = ComponentKind::kExtractor,
                  .parameters = Parameters(),
                  .requires_before = {ComponentKind::kTokenizer}};
  factory.train = [](TrainContext& context) -> Result<std::unique_ptr<Component>> {
    GR_ASSIGN(LanguageBlobs blobs, TrainLanguage(context, {.intents = false}));
    return CrfExtractor::Open(context.parameters, LearnedBytes::Owned(std::move(blobs.entities)));
  };
  factory.load = [](const Json& parameters, const BlobReader& blobs) -> Result<std::unique_ptr<Component>> {
    GR_ASSIGN(const std::string_view bytes, blobs.Get("entities"));
    return CrfExtractor::Open(parameters, LearnedBytes::Borrowed(bytes));
  };
  return factory;
}

}  // namespace greenroom

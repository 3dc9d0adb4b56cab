#include "nlu/lexical_syntactic_featurizer.h"

namespace greenroom {
namespace {

class LexicalSyntacticFeaturizer final : public Component {
 public:
  void Process(MessageState&) const override {}
  void ProcessTraining(std::span<MessageState>) const override {}
  void Save(BlobWriter&) const override {}
};

}  // namespace

ComponentFactory LexicalSyntacticFeaturizerFactory() {
  ComponentFactory factory;
  factory.spec = {.name = "LexicalSyntacticFeaturizer",
                  .kind = ComponentKind::kFeaturizer,
                  .parameters = {{.name = "features", .no_effect = true}, {.name = "alias", .no_effect = true}},
                  .requires_before = {ComponentKind::kTokenizer}};
  factory.train = [](TrainContext&) -> Result<std::unique_ptr<Component>> {
    return std::unique_ptr<Component>(std::make_unique<LexicalSyntacticFeaturizer>());
  };
  factory.load = [](const Json&, const BlobReader&) -> Result<std::unique_ptr<Component>> {
    return std::unique_ptr<Component>(std::make_unique<LexicalSyntacticFeaturizer>());
  };
  return factory;
}

}  // namespace greenroom

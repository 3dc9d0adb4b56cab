#include "nlu/entity_synonym_mapper.h"

#include <map>

#include "base/text.h"
#include "nlu/component_blobs.h"

namespace greenroom {
namespace {

// Lower-cased text -> value.
using SynonymMap = std::map<std::string, std::string, std::less<>>;

std::string ValueText(const Json& value) { return value.is_string() ? value.AsString() : value.Dump(); }

class EntitySynonymMapper final : public Component {
 public:
  explicit EntitySynonymMapper(SynonymMap synonyms) : synonyms_(std::move(synonyms)) {}

  void Process(MessageState& message) const override {
    for (Entity& entity : message.parse.entities) {
      const auto found = synonyms_.find(LowerCase(ValueText(entity.value)));
      if (found == synonyms_.end()) continue;
      entity.value = found->second;
      entity.processors.push_back("EntitySynonymMapper");
    }
  }
  void ProcessTraining(std::span<MessageState>) const override {}

  void Save(BlobWriter& blobs) const override {
    Json synonyms = Json::Object();
    for (const auto& [text, value] : synonyms_) synonyms.MutableMembers().emplace_back(text, value);  // keys are unique
    blobs.Put("meta.json", Json::Object({{"synonyms", std::move(synonyms)}}).Dump());
  }

 private:
  SynonymMap synonyms_;
};

SynonymMap CollectSynonyms(const NluData& data, Diagnostics* diagnostics) {
  SynonymMap synonyms;
  for (const Synonym& synonym : data.synonyms) {
    if (synonym.text == synonym.value) continue;
    const auto [place, fresh] = synonyms.try_emplace(LowerCase(synonym.text), synonym.value);
    if (fresh || place->second == synonym.value) continue;
    if (diagnostics != nullptr) {
      diagnostics->Add(
          {.severity = Severity::kWarning,
           .code = "N105",
           .message = "`" + synonym.text + "` is a synonym of `" + place->second + "` and of `" + synonym.value + "`",
           .span = synonym.span,
           .label = "this one counts",
           .help = "keep one of them"});
    }
    place->second = synonym.value;
  }
  return synonyms;
}

}  // namespace

ComponentFactory EntitySynonymMapperFactory() {
  ComponentFactory factory;
  factory.spec = {.name = "EntitySynonymMapper", .kind = ComponentKind::kPostProcessor};
  factory.train = [](TrainContext& context) -> Result<std::unique_ptr<Component>> {
    return std::unique_ptr<Component>(
        std::make_unique<EntitySynonymMapper>(CollectSynonyms(context.source->data.nlu, context.diagnostics)));
  };
  factory.load = [](const Json&, const BlobReader& blobs) -> Result<std::unique_ptr<Component>> {
    GR_ASSIGN(const Json meta, ReadMeta(blobs));
    SynonymMap synonyms;
    for (const auto& [text, value] : meta["synonyms"].members()) synonyms[text] = value.AsString();
    return std::unique_ptr<Component>(std::make_unique<EntitySynonymMapper>(std::move(synonyms)));
  };
  return factory;
}

}  // namespace greenroom

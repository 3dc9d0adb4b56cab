// EntityModel: finds entities in the tokens of a message with a chain CRF whose weights are int8 rows, read from one
// blob that is used in place.
//
//   GR_ASSIGN(std::string blob, TrainEntityModel({.messages = messages, .intents = soft}));
//   GR_ASSIGN(EntityModel model, EntityModel::Open(blob));
//   std::vector<Entity> found = model.Find(message, soft, commas);   // offsets in code points, value = slice of the
//   text
//
// The confidence of an entity is the probability of its span: the product of the marginals of its tokens. Rows whose
// weights are all negligible are left out of the blob.
//
// A cancelled training gives the model learnt so far: the caller asks its progress. Errors of Open: package_corrupt.
// Thread rules: const, borrows its blob; Find may be called concurrently.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "nlu/crf.h"
#include "nlu/entity_tags.h"
#include "nlu/intent_model.h"
#include "nlu/token_features.h"
#include "pipeline/feature_map.h"
#include "pipeline/quantized_rows.h"

namespace greenroom {

struct EntityTraining {
  std::span<const MessageState> messages;  // with gold
  // Per message: what a model that has not seen the message takes for its intent. Empty = no soft intents at all.
  std::vector<std::vector<SoftIntent>> intents = {};
  uint64_t seed = 1;
  TrainProgress* progress = nullptr;
};

// The blob, or "" when no message has an entity.
std::string TrainEntityModel(const EntityTraining& training);

// Rasa's split_entities_by_comma: whether a comma inside a found span makes two entities of it ("Rome, Paris").
// A label whose own annotations hold commas ("March 3, 2030") is never cut.
struct CommaSplit {
  bool by_default = true;
  std::map<std::string, bool, std::less<>> by_entity = {};
  // Reads true, false or {"address": false}.
  static CommaSplit FromParameter(const Json& parameter);
  bool Splits(const std::string& entity) const;
};

class EntityModel {
 public:
  EntityModel() = default;                                 // finds nothing
  static Result<EntityModel> Open(std::string_view blob);  // "" opens as the model that finds nothing

  const EntityTags& tags() const { return tags_; }
  // The found entities in order of their place, without `extractor`.
  std::vector<Entity> Find(const MessageState& message, std::span<const SoftIntent> intents,
                           const CommaSplit& commas) const;

 private:
  Result<void> ReadChain(std::string_view bytes);
  void Emit(const TokenFeatures& features, size_t tokens, CrfChain::Workspace& work) const;
  std::vector<EntityTags::Span> SplitSpans(const MessageState& message, std::span<const uint32_t> path,
                                           const CommaSplit& commas) const;
  Entity MakeEntity(const MessageState& message, const EntityTags::Span& span, const CrfChain::Workspace& work) const;

  EntityTags tags_;
  CrfChain chain_;
  FeatureMap words_;                     // words by falling frequency, for their rarity
  std::vector<uint32_t> rarity_limits_;  // words with a row below limits[c] were seen more than c times
  FeatureMap map_;
  QuantizedRows rows_;
};

}  // namespace greenroom

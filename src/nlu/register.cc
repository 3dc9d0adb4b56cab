#include "nlu/register.h"

#include "nlu/count_vectors_featurizer.h"
#include "nlu/crf_extractor.h"
#include "nlu/entity_synonym_mapper.h"
#include "nlu/fallback_classifier.h"
#include "nlu/intent_classifier.h"
#include "nlu/keyword_intent_classifier.h"
#include "nlu/lexical_syntactic_featurizer.h"
#include "nlu/pattern_components.h"
#include "nlu/response_selector.h"
#include "nlu/whitespace_tokenizer.h"

namespace greenroom {

void RegisterNluComponents(ComponentRegistry& registry, const NluServices& services) {
  registry.Add(WhitespaceTokenizerFactory());
  registry.Add(RegexFeaturizerFactory());
  registry.Add(LexicalSyntacticFeaturizerFactory());
  registry.Add(CountVectorsFeaturizerFactory());
  registry.Add(DietClassifierFactory());
  registry.Add(LogisticRegressionFactory());
  registry.Add(KeywordIntentClassifierFactory());
  registry.Add(FallbackClassifierFactory());
  registry.Add(CrfExtractorFactory());
  registry.Add(RegexEntityExtractorFactory());
  registry.Add(DucklingEntityExtractorFactory(services.duckling));
  registry.Add(EntitySynonymMapperFactory());
  registry.Add(ResponseSelectorFactory());
}

}  // namespace greenroom

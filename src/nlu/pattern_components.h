// The two components that use the regexes and lookup tables of the training data.
//
// RegexFeaturizer marks the tokens that a pattern touches (Token::patterns) and adds one extra feature a pattern that
// matches. RegexEntityExtractor makes an entity of every match of those patterns that bear the name of an entity which
// is annotated somewhere in the training data.
//
// Parameters of both: case_sensitive, use_lookup_tables, use_regexes, use_word_boundaries (around lookup elements).
// Errors of training: pattern_invalid, pattern_too_long; the place is in the diagnostics (N101).
// Thread rules: const after training.
#pragma once

#include "pipeline/component.h"

namespace greenroom {

ComponentFactory RegexFeaturizerFactory();
ComponentFactory RegexEntityExtractorFactory();

}  // namespace greenroom

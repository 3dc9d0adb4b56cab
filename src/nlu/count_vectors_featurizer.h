// CountVectorsFeaturizer: turns the text of a message into hashed features for the learners. Words give 1-grams and
// 2-grams with the ends of the text, words with their borders give character n-grams (`analyzer: char_wb`), and the
// whole text gives them with `analyzer: char`.
//
//   word_features <- analyzer word;   char_features <- analyzer char_wb or char
//
// A block may hold a feature several times; the learners take it as a set. Words are runs of word characters; an
// ideograph is a word. Which n-grams are made when is decided in docs/decisions/0011-feature-blocks.md.
// Thread rules: const after training.
#pragma once

#include "pipeline/component.h"

namespace greenroom {

ComponentFactory CountVectorsFeaturizerFactory();

// Features of other components, for example a pattern that matched: a block of their own by `prefix`.
uint64_t ExtraFeature(std::string_view prefix, uint64_t index);

}  // namespace greenroom

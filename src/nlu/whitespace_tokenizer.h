// WhitespaceTokenizer: splits a text at blanks after taking punctuation off the words, exactly as Rasa's does, so that
// annotations and `text_tokens` fit. With `language: zh` or `ja` each ideograph is a token of its own.
//
//   std::vector<Token> tokens = SplitIntoTokens("Hi, there!", Ideographs::kKept);   // Hi [0,2)  there [4,9)
//
// Linear in the length of the text, whatever it holds. A text of emoji or punctuation only is one token.
// Thread rules: pure function; the component is const after training.
#pragma once

#include <string_view>
#include <vector>

#include "pipeline/component.h"

namespace greenroom {

enum class Ideographs { kKept, kSplit };

std::vector<Token> SplitIntoTokens(std::string_view text, Ideographs ideographs);

// Parameters: token_pattern (a regular expression; each token becomes all its matches).
ComponentFactory WhitespaceTokenizerFactory();

}  // namespace greenroom

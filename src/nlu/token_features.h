// Token features: what the entity model sees of each token, as 64-bit hashes: the words around it, word pairs, prefixes
// and suffixes, shape, position, how rare the word is, the punctuation around
// it, the other words of the sentence, the patterns that touch it, and
// the probable intents of the sentence (with their probability as value).
//
//   TokenFeatures features;
//   features.Assign({.text = message.text, .tokens = message.tokens, .rarity = rarity, .intents = soft});
//   for token i: features.hashes() between features.Begin(i) and features.End(i)
//
// Thread rules: a TokenFeatures belongs to one call.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "nlu/intent_model.h"
#include "pipeline/component.h"

namespace greenroom {

// The hash under which words are counted for their rarity.
uint64_t WordHash(std::string_view lower);

struct TokenFeatureInput {
  std::string_view text;  // of the message, in which the tokens lie
  std::span<const Token> tokens;
  std::span<const uint8_t> rarity;  // per token: 0 = never seen elsewhere ... 4 = seen four times or more
  std::span<const SoftIntent> intents = {};
};

class TokenFeatures {
 public:
  void Assign(const TokenFeatureInput& input);
  std::span<const uint64_t> hashes() const { return hashes_; }
  std::span<const float> values() const { return values_; }
  size_t Begin(size_t token) const { return token == 0 ? 0 : ends_[token - 1]; }
  size_t End(size_t token) const { return ends_[token]; }

 private:
  struct Word;
  void ReadGaps(const TokenFeatureInput& input);
  void Add(uint64_t hash, float value = 1.0f);
  uint64_t WordAt(std::ptrdiff_t i) const;
  void AddContext(std::ptrdiff_t i);
  void AddAffixes(const Word& word);
  void AddShapes(std::ptrdiff_t i);
  void AddPosition(std::ptrdiff_t i);
  void AddRarity(const TokenFeatureInput& input, size_t i);
  void AddGaps(size_t i);
  void AddBag(size_t i);
  void AddPatterns(std::span<const Token> tokens, std::ptrdiff_t i);
  void AddIntents(std::span<const SoftIntent> intents, std::ptrdiff_t i);

  struct Word {
    std::string_view lower;
    uint64_t hash = 0;
    uint64_t shape = 0;
    uint64_t suffix = 0;  // of three characters; 0 for shorter words
    uint32_t length = 0;  // code points
  };
  std::vector<Word> words_;
  std::vector<uint64_t> gaps_;  // of the text before each token and after the last, without blanks
  std::vector<uint64_t> hashes_;
  std::vector<float> values_;
  std::vector<size_t> ends_;
};

}  // namespace greenroom

#include "nlu/token_features.h"

#include <algorithm>

namespace greenroom {
namespace {

// Every kind of feature has its own number, so that the same word in two roles is two features.
enum Kind : uint64_t {
  kAlways = 1,
  kWord = 10,
  kPairBefore = 21,
  kPairAfter = 22,
  kPrefix = 30,
  kSuffix = 40,
  kShape = 50,
  kNeighbourSuffix = 60,
  kFromStart = 70,
  kFromEnd = 71,
  kLength = 72,
  kFirstWord = 73,
  kRarity = 80,
  kRarityPair = 81,
  kBagBefore = 90,
  kBagAfter = 91,
  kPattern = 100,
  kGapBefore = 105,
  kGapAfter = 106,
  kIntent = 110,
  kIntentWord = 111,
  kIntentShape = 112,
  kIntentBefore = 113,
  kIntentAfter = 114,
  kIntentSuffix = 115
};
constexpr uint64_t kBeforeFirst = 0x51ED270B7F4A7C15ull;
constexpr uint64_t kAfterLast = 0xA24BAED4963EE407ull;
constexpr size_t kLongestAffix = 5;
constexpr std::ptrdiff_t kWindow = 2;

constexpr uint64_t Mix(uint64_t a, uint64_t b) {
  a ^= b + 0x9E3779B97F4A7C15ull + (a << 6) + (a >> 2);
  a *= 0xFF51AFD7ED558CCDull;
  return a ^ (a >> 32);
}

uint64_t HashBytes(std::string_view bytes) {
  uint64_t hash = 0xCBF29CE484222325ull;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3ull;
  return hash ^ (hash >> 29);
}

bool StartsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

// The last `count` code points, or nothing when the word is shorter.
std::string_view LastCharacters(std::string_view word, size_t count) {
  for (size_t i = word.size(); i-- > 0;) {
    if (StartsCharacter(word[i]) && --count == 0) return word.substr(i);
  }
  return {};
}

char ShapeOf(unsigned char c) {
  if (c >= 'A' && c <= 'Z') return 'X';
  if (c >= 'a' && c <= 'z') return 'x';
  if (c >= '0' && c <= '9') return 'd';
  return c >= 128 ? 'u' : static_cast<char>(c);
}

// "Berlin42" -> "Xxxdd": runs are cut after two characters.
uint64_t ShapeHash(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325ull;
  char last = 0, before = 0;
  for (const char byte : text) {
    if (!StartsCharacter(byte)) continue;
    const char shape = ShapeOf(static_cast<unsigned char>(byte));
    if (shape == last && shape == before) continue;
    hash = (hash ^ static_cast<unsigned char>(shape)) * 0x100000001B3ull;
    before = last;
    last = shape;
  }
  return hash ^ (hash >> 29);
}

}  // namespace

uint64_t WordHash(std::string_view lower) { return HashBytes(lower); }

void TokenFeatures::Add(uint64_t hash, float value) {
  hashes_.push_back(hash);
  values_.push_back(value);
}

uint64_t TokenFeatures::WordAt(std::ptrdiff_t i) const {
  if (i < 0) return kBeforeFirst;
  return static_cast<size_t>(i) < words_.size() ? words_[static_cast<size_t>(i)].hash : kAfterLast;
}

void TokenFeatures::AddContext(std::ptrdiff_t i) {
  Add(kAlways);
  for (std::ptrdiff_t d = -kWindow; d <= kWindow; ++d)
    Add(Mix(WordAt(i + d), kWord + static_cast<uint64_t>(d + kWindow)));
  Add(Mix(Mix(WordAt(i - 1), kPairBefore), WordAt(i)));
  Add(Mix(Mix(WordAt(i), kPairAfter), WordAt(i + 1)));
  Add(Mix(WordAt(0), kFirstWord));
}

void TokenFeatures::AddAffixes(const Word& word) {
  size_t count = 0;
  for (size_t i = 1; i <= word.lower.size() && count < kLongestAffix; ++i) {
    if (i < word.lower.size() && !StartsCharacter(word.lower[i])) continue;
    ++count;
    Add(Mix(HashBytes(word.lower.substr(0, i)), kPrefix + count));
  }
  count = 0;
  for (size_t i = word.lower.size(); i-- > 0 && count < kLongestAffix;) {
    if (!StartsCharacter(word.lower[i])) continue;
    ++count;
    Add(Mix(HashBytes(word.lower.substr(i)), kSuffix + count));
  }
}

void TokenFeatures::AddShapes(std::ptrdiff_t i) {
  for (std::ptrdiff_t d = -1; d <= 1; ++d) {
    if (i + d < 0 || static_cast<size_t>(i + d) >= words_.size()) continue;
    const Word& word = words_[static_cast<size_t>(i + d)];
    Add(Mix(word.shape, kShape + static_cast<uint64_t>(d + 1)));
    if (d != 0 && word.suffix != 0) Add(Mix(word.suffix, kNeighbourSuffix + static_cast<uint64_t>(d + 1)));
  }
}

void TokenFeatures::AddPosition(std::ptrdiff_t i) {
  const auto last = static_cast<std::ptrdiff_t>(words_.size()) - 1;
  Add(Mix(kFromStart, static_cast<uint64_t>(std::min<std::ptrdiff_t>(i, 3))));
  Add(Mix(kFromEnd, static_cast<uint64_t>(std::min<std::ptrdiff_t>(last - i, 3))));
  Add(Mix(kLength, std::min<uint64_t>(words_[static_cast<size_t>(i)].length, 8)));
}

void TokenFeatures::AddRarity(const TokenFeatureInput& input, size_t i) {
  Add(Mix(kRarity, input.rarity[i]));
  if (i > 0) Add(Mix(Mix(kRarityPair, input.rarity[i - 1]), input.rarity[i]));
}

// Tokenizers drop punctuation, but a comma tells where a span ends. Offsets are code points, so one walk over the text.
void TokenFeatures::ReadGaps(const TokenFeatureInput& input) {
  gaps_.assign(input.tokens.size() + 1, 0);
  size_t token = 0;
  int character = -1;
  uint64_t hash = 0;
  for (const char byte : input.text) {
    if (StartsCharacter(byte)) ++character;
    while (token < input.tokens.size() && character >= input.tokens[token].start) {
      gaps_[token++] = hash;
      hash = 0;
    }
    const bool inside = token > 0 && character < input.tokens[token - 1].end;
    if (!inside && byte != ' ') hash = Mix(hash, static_cast<unsigned char>(byte));
  }
  gaps_[token] = hash;
}

void TokenFeatures::AddGaps(size_t i) {
  if (gaps_[i] != 0) Add(Mix(kGapBefore, gaps_[i]));
  if (gaps_[i + 1] != 0) Add(Mix(kGapAfter, gaps_[i + 1]));
}

void TokenFeatures::AddBag(size_t i) {
  for (size_t k = 0; k < words_.size(); ++k) {
    const size_t distance = k < i ? i - k : k - i;
    if (distance > static_cast<size_t>(kWindow)) Add(Mix(words_[k].hash, k < i ? kBagBefore : kBagAfter));
  }
}

void TokenFeatures::AddPatterns(std::span<const Token> tokens, std::ptrdiff_t i) {
  for (std::ptrdiff_t d = -1; d <= 1; ++d) {
    if (i + d < 0 || static_cast<size_t>(i + d) >= tokens.size()) continue;
    for (uint32_t pattern : tokens[static_cast<size_t>(i + d)].patterns)
      Add(Mix(Mix(kPattern, static_cast<uint64_t>(d + 1)), pattern));
  }
}

void TokenFeatures::AddIntents(std::span<const SoftIntent> intents, std::ptrdiff_t i) {
  const Word& word = words_[static_cast<size_t>(i)];
  for (const SoftIntent& intent : intents) {
    const uint64_t base = Mix(kIntent, intent.label);
    Add(base, intent.probability);
    Add(Mix(Mix(base, kIntentWord), word.hash), intent.probability);
    Add(Mix(Mix(base, kIntentShape), word.shape), intent.probability);
    Add(Mix(Mix(base, kIntentBefore), WordAt(i - 1)), intent.probability);
    Add(Mix(Mix(base, kIntentAfter), WordAt(i + 1)), intent.probability);
    if (word.suffix != 0) Add(Mix(Mix(base, kIntentSuffix), word.suffix), intent.probability);
  }
}

void TokenFeatures::Assign(const TokenFeatureInput& input) {
  words_.clear();
  hashes_.clear();
  values_.clear();
  ends_.clear();
  ReadGaps(input);
  for (const Token& token : input.tokens) {
    const std::string_view suffix = LastCharacters(token.lower, 3);
    words_.push_back(
        {.lower = token.lower,
         .hash = WordHash(token.lower),
         .shape = ShapeHash(token.text),
         .suffix = suffix.empty() ? 0 : HashBytes(suffix),
         .length = static_cast<uint32_t>(std::count_if(token.lower.begin(), token.lower.end(), StartsCharacter))});
  }
  for (size_t i = 0; i < words_.size(); ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    AddContext(at);
    AddAffixes(words_[i]);
    AddShapes(at);
    AddPosition(at);
    AddRarity(input, i);
    AddGaps(i);
    AddBag(i);
    AddPatterns(input.tokens, at);
    AddIntents(input.intents, at);
    ends_.push_back(hashes_.size());
  }
}

}  // namespace greenroom

#include "base/digest.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace greenroom {
namespace {

TEST(Digest, Sha256MatchesThePublishedVectors) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, Sha256InPiecesEqualsTheWhole) {
  Sha256 sha;
  sha.Update("a");
  sha.Update("");
  sha.Update("bc");
  EXPECT_EQ(sha.HexDigest(), Sha256Hex("abc"));
}

// These values are stored in model packages: they may never change.
TEST(Digest, Hash64IsTheSameForever) {
  EXPECT_EQ(Hash64(""), 0x832ff0d450935050ull);
  EXPECT_EQ(Hash64("greet"), 0xb30aca808f7df18bull);
  EXPECT_EQ(Hash64("a longer key of more than sixteen bytes"), 0xf4278ea5b4081ba2ull);
  EXPECT_EQ(HashCombine(1, 2), 0xf7858b38a8499be9ull);
  EXPECT_NE(Hash64("greet"), Hash64("greet", 1));
  EXPECT_NE(Hash64("a"), Hash64(std::string_view("a\0", 2)));
  EXPECT_NE(HashCombine(1, 2), HashCombine(2, 1));
}

TEST(Digest, Hash64SpreadsShortKeys) {
  std::set<uint64_t> low_bits;
  for (int i = 0; i < 4096; ++i) low_bits.insert(Hash64("key" + std::to_string(i)) % 65536);
  EXPECT_GT(low_bits.size(), 3850u);
}

TEST(Digest, SecretsCompareByContentAndLength) {
  EXPECT_TRUE(SecretEquals("token", "token"));
  EXPECT_FALSE(SecretEquals("token", "tokem"));
  EXPECT_FALSE(SecretEquals("token", "token1"));
  EXPECT_TRUE(SecretEquals("", ""));
}

TEST(Random, GivesTheSameNumbersForTheSameSeed) {
  Random a(7), b(7), c(8);
  EXPECT_EQ(a.Next(), b.Next());
  EXPECT_NE(b.Next(), c.Next());
  EXPECT_EQ(Random(0).Next(), 0xe220a8397b1dcdafull);
}

TEST(Random, StaysInRangeAndLooksUniform) {
  Random random(1);
  double sum = 0, squares = 0;
  int buckets[10] = {};
  for (int i = 0; i < 10'000; ++i) {
    double unit = random.Unit();
    ASSERT_TRUE(unit >= 0 && unit < 1);
    ++buckets[random.Below(10)];
    double normal = random.Normal();
    sum += normal;
    squares += normal * normal;
  }
  for (int count : buckets) EXPECT_NEAR(count, 1000, 150);
  EXPECT_NEAR(sum / 10'000, 0, 0.05);
  EXPECT_NEAR(squares / 10'000, 1, 0.06);
}

TEST(Random, ShuffleKeepsTheElements) {
  std::vector<int> values = {1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<int> shuffled = values;
  Random(3).Shuffle(shuffled);
  EXPECT_NE(shuffled, values);
  std::sort(shuffled.begin(), shuffled.end());
  EXPECT_EQ(shuffled, values);
}

TEST(Random, IdsAreLongAndDiffer) {
  EXPECT_EQ(NewId().size(), 32u);
  EXPECT_NE(NewId(), NewId());
  EXPECT_EQ(SecureToken(24).size(), 48u);
}

}  // namespace
}  // namespace greenroom

#include "conversation/shared_list.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace greenroom {
namespace {

std::vector<int> ValuesOf(const SharedList<int>& list) { return {list.begin(), list.end()}; }

SharedList<int> Counting(int to) {
  SharedList<int> list;
  for (int i = 0; i < to; ++i) list.push_back(i);
  return list;
}

TEST(SharedList, HoldsWhatWasAddedInOrder) {
  const SharedList<int> list = Counting(200);
  std::vector<int> expected(200);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(ValuesOf(list), expected);
  EXPECT_EQ(list.back(), 199);
  EXPECT_EQ(std::vector<int>(list.rbegin(), list.rend()).front(), 199);
  EXPECT_TRUE(SharedList<int>().empty());
}

TEST(SharedList, ACopyGoesItsOwnWay) {
  SharedList<int> one = Counting(130);
  SharedList<int> two = one;
  two.Truncate(70);
  two.push_back(-1);
  one.push_back(130);
  EXPECT_EQ(ValuesOf(one).size(), 131u);
  EXPECT_EQ(ValuesOf(two).size(), 71u);
  EXPECT_EQ(one.CommonPrefix(two), 70u);
  EXPECT_EQ(two.CommonPrefix(one), 70u);
  EXPECT_EQ(one.CommonPrefix(one), 131u);
}

TEST(SharedList, AVeryLongListEndsWithoutADeepStack) {
  SharedList<int> list = Counting(20'000'000);
  const SharedList<int> copy = list;
  list = {};
  EXPECT_EQ(copy[0], 0);
}

TEST(SharedList, WalksForthAndBackAcrossChunks) {
  const SharedList<int> list = Counting(128);
  EXPECT_EQ(std::vector<int>(list.rbegin(), list.rend()).back(), 0);
  auto at = list.end();
  --at;
  EXPECT_EQ(*at, 127);
  for (int i = 0; i < 64; ++i) --at;
  EXPECT_EQ(*at, 63);
  EXPECT_EQ(*at++, 63);
  EXPECT_EQ(*at, 64);
}

TEST(SharedList, BehavesLikeAVectorWhateverIsDoneToIt) {
  std::mt19937 random(7);
  SharedList<int> list;
  std::vector<int> vector;
  for (int step = 0; step < 20'000; ++step) {
    if (random() % 4 != 0 || vector.empty()) {
      list.push_back(step);
      vector.push_back(step);
    } else {
      const size_t size = vector.size() - random() % std::min<size_t>(vector.size(), 5 + random() % 90);
      list.Truncate(size);
      vector.resize(size);
    }
    ASSERT_EQ(list.size(), vector.size());
    if (vector.empty()) continue;
    const size_t at = random() % vector.size();
    ASSERT_EQ(list[at], vector[at]);
  }
  EXPECT_EQ(ValuesOf(list), vector);
}

}  // namespace
}  // namespace greenroom

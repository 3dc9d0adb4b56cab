#include "serving/traffic.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

TEST(Traffic, CountsTurnsAndFailuresByEnvironmentAndMinute) {
  FakeClock clock(6'000);
  Traffic traffic(clock);
  traffic.Count("production", 0.01, false);
  traffic.Count("production", 0.01, true);
  traffic.Count("worker", 0.01, false);
  clock.Advance(60);
  traffic.Count("production", 0.01, false);
  const auto minutes = traffic.LastHour("production");
  ASSERT_EQ(minutes.size(), 60u);
  EXPECT_EQ(minutes[59].turns, 1u);
  EXPECT_EQ(minutes[59].at, 6'060);
  EXPECT_EQ(minutes[58].turns, 2u);
  EXPECT_EQ(minutes[58].failed, 1u);
  EXPECT_EQ(minutes[57].turns, 0u);
  EXPECT_EQ(traffic.LastHour("unknown").size(), 60u);
}

TEST(Traffic, QuantilesAreExactToTheirClass) {
  FakeClock clock;
  Traffic traffic(clock);
  for (int i = 1; i <= 1'000; ++i) traffic.Count("production", i / 1'000.0, false);
  const TrafficMinute minute = traffic.LastHour("production").back();
  EXPECT_GE(minute.p50, 0.5);
  EXPECT_LE(minute.p50, 0.5 * 1.19);
  EXPECT_GE(minute.p95, 0.95);
  EXPECT_LE(minute.p95, 0.95 * 1.19);
}

TEST(Traffic, WhatIsOlderThanAnHourIsGone) {
  FakeClock clock;
  Traffic traffic(clock);
  traffic.Count("production", 1e9, false);
  traffic.Count("production", 0, false);
  EXPECT_EQ(traffic.LastHour("production").back().turns, 2u);
  clock.Advance(3'600);
  for (const TrafficMinute& minute : traffic.LastHour("production")) EXPECT_EQ(minute.turns, 0u);
  traffic.Count("production", 1, false);
  EXPECT_EQ(traffic.LastHour("production").back().turns, 1u);
}

}  // namespace
}  // namespace greenroom

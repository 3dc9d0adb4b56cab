#include "dialogue/date_text.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

TEST(DateText, IsoDatesComeOutInOneForm) {
  EXPECT_EQ(ReadDateText("2001-02-03 04:05:06"), "2001-02-03T04:05:06");
  EXPECT_EQ(ReadDateText("2001-02-03T04:05:06.25"), "2001-02-03T04:05:06.250000");
  EXPECT_EQ(ReadDateText("2199-12-31T23:59:59+02:00"), "2199-12-31T23:59:59+02:00");
  EXPECT_EQ(ReadDateText("2002-02-02T02:02:02Z"), "2002-02-02T02:02:02+00:00");
  EXPECT_EQ(ReadDateText("2026-11-23T21:08:56.828201+00:00"), "2026-11-23T21:08:56.828201+00:00");
  EXPECT_EQ(ReadDateText("20010203T040506"), "2001-02-03T04:05:06");
  EXPECT_EQ(ReadDateText("2150-01-01"), "2150-01-01T00:00:00");
}

TEST(DateText, PeopleMayWriteThemInEnglish) {
  EXPECT_EQ(ReadDateText("Feb 3 2001 4pm"), "2001-02-03T16:00:00");
  EXPECT_EQ(ReadDateText("Saturday, 3rd of February 2001 at 4:30 am"), "2001-02-03T04:30:00");
  EXPECT_EQ(ReadDateText("2/3/01"), "2001-02-03T00:00:00");
  EXPECT_EQ(ReadDateText("23/3/2001 12 am"), "2001-03-23T00:00:00");
}

TEST(DateText, WithoutAWholeDateTheTextStays) {
  EXPECT_EQ(ReadDateText("4pm"), "4pm");
  EXPECT_EQ(ReadDateText("May 3"), "May 3");
}

TEST(DateText, WhatIsNoDateIsNotReadable) {
  for (const char* text : {"", "some day", "in 5 minutes", "2001-02-30", "2001-13-01", "25:00", "13 pm", "1 2 3 4",
                           "99999999999999999999", "2001-02-03T04:05:06+1"}) {
    EXPECT_FALSE(ReadDateText(text)) << text;
  }
}

}  // namespace
}  // namespace greenroom

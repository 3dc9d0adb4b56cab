// Dates as action servers write them in reminders: ISO 8601, and what people write in English.
//
//   ReadDateText("2001-02-03 04:05:06")        // "2001-02-03T04:05:06"
//   ReadDateText("Feb 3 2001 4pm")             // "2001-02-03T16:00:00"
//   ReadDateText("2199-12-31T23:59:59+02:00")  // "2199-12-31T23:59:59+02:00"
//   ReadDateText("some day")                   // nullopt
//
// Month, day and year may stand in any order; where numbers alone do not tell, it is month/day/year, and a year first
// means year-month-day. A text without a whole date ("4pm", "May 3") is readable and stays as it is written: which day
// it means depends on when it is read. Thread rules: pure function.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace greenroom {

std::optional<std::string> ReadDateText(std::string_view text);

}  // namespace greenroom

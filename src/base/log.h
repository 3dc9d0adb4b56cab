// Structured log on standard error: one event per line, key=value or JSON. Values are escaped; never log a secret.
//
//   Log(LogLevel::kInfo, "environment_switched", {{"environment", name}, {"to", model}});
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace greenroom {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };
enum class LogFormat { kText, kJson };

using LogFields = std::vector<std::pair<std::string_view, std::string>>;

// Safe from any thread; drops the line when its level is below the threshold.
void Log(LogLevel level, std::string_view event, const LogFields& fields);
// The line that Log would write, without the line break.
std::string FormatLogLine(LogFormat format, LogLevel level, std::string_view event, const LogFields& fields);
// Called at start, before other threads log.
void SetLogFormat(LogFormat format);
void SetLogLevel(LogLevel level);
bool LogEnabled(LogLevel level);

}  // namespace greenroom

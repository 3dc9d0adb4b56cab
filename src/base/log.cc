#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

namespace greenroom {
namespace {

struct LogState {
  std::atomic<LogLevel> level = LogLevel::kInfo;
  std::atomic<LogFormat> format = LogFormat::kText;
  std::shared_ptr<spdlog::logger> logger;

  LogState()
      : logger(std::make_shared<spdlog::logger>("greenroom", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
    logger->set_pattern("%v");
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::trace);
  }
};

LogState& State() {
  static LogState state;
  return state;
}

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    default:
      return "error";
  }
}

// Bare where it is one plain word, else in quotes with escapes: no value can break a line or forge a field.
std::string Quoted(const std::string& value) {
  bool plain = !value.empty();
  for (unsigned char c : value) plain = plain && c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
  return plain ? value : Json(EscapeControls(value)).Dump();
}

std::string TextLine(LogLevel level, std::string_view event, const LogFields& fields) {
  std::string line =
      FormatIso8601(SystemClock().NowSeconds()) + " " + std::string(LevelName(level)) + " " + std::string(event);
  for (const auto& [key, value] : fields) line += " " + std::string(key) + "=" + Quoted(value);
  return line;
}

std::string JsonLine(LogLevel level, std::string_view event, const LogFields& fields) {
  Json line = Json::Object({{"at", SystemClock().NowSeconds()}, {"level", LevelName(level)}, {"event", event}});
  for (const auto& [key, value] : fields) line.Set(std::string(key), EscapeControls(value));
  return line.Dump();
}

}  // namespace

std::string FormatLogLine(LogFormat format, LogLevel level, std::string_view event, const LogFields& fields) {
  return format == LogFormat::kJson ? JsonLine(level, event, fields) : TextLine(level, event, fields);
}

void Log(LogLevel level, std::string_view event, const LogFields& fields) {
  if (!LogEnabled(level)) return;
  std::string line = FormatLogLine(State().format, level, event, fields);
  State().logger->log(spdlog::level::info, spdlog::string_view_t(line));
}

void SetLogFormat(LogFormat format) { State().format = format; }
void SetLogLevel(LogLevel level) { State().level = level; }
bool LogEnabled(LogLevel level) { return level >= State().level.load(); }

}  // namespace greenroom

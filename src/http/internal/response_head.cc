#include "http/internal/response_head.h"

#include <algorithm>
#include <charconv>
#include <ctime>

namespace greenroom {
namespace {

constexpr std::string_view kOwned[] = {"Content-Length", "Transfer-Encoding", "Connection",
                                       "Date",           "X-Request-Id",      "Keep-Alive"};

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool IsFieldName(std::string_view name) {
  return !name.empty() &&
         std::none_of(name.begin(), name.end(), [](char c) { return IsControl(c) || c == ' ' || c == ':'; });
}

void AppendNumber(uint64_t value, int base, std::string& out) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, base).ptr;
  out.append(digits, end);
}

void AppendField(std::string_view name, std::string_view value, std::string& out) {
  out.append(name).append(": ");
  const size_t start = out.size();
  out.append(value);
  std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(start), out.end(), IsControl, ' ');
  out.append("\r\n");
}

void AppendDefaults(const HttpResponse& response, std::string& out) {
  if (!response.headers.Find("X-Content-Type-Options")) out.append("X-Content-Type-Options: nosniff\r\n");
  if (!response.headers.Find("Referrer-Policy")) out.append("Referrer-Policy: no-referrer\r\n");
  if (!response.headers.Find("X-Frame-Options")) out.append("X-Frame-Options: SAMEORIGIN\r\n");
}

}  // namespace

void AppendResponseHead(const HttpResponse& response, const ResponseHead& head, std::string& out) {
  out.append("HTTP/1.1 ");
  AppendNumber(static_cast<uint64_t>(std::max(response.status, 100)), 10, out);
  out.append(" ").append(HttpReasonPhrase(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers) {
    const bool owned = std::any_of(std::begin(kOwned), std::end(kOwned),
                                   [&](std::string_view field) { return EqualsIgnoringCase(field, name); });
    if (!owned && IsFieldName(name)) AppendField(name, value, out);
  }
  AppendField("Date", head.date, out);
  AppendField("X-Request-Id", head.request_id, out);
  AppendDefaults(response, out);
  if (head.framing == BodyFraming::kChunked) out.append("Transfer-Encoding: chunked\r\n");
  if (head.framing == BodyFraming::kLength) {
    out.append("Content-Length: ");
    AppendNumber(head.length, 10, out);
    out.append("\r\n");
  }
  if (head.connection == ResponseHead::Connection::kClose) out.append("Connection: close\r\n");
  if (head.connection == ResponseHead::Connection::kKeepAlive) out.append("Connection: keep-alive\r\n");
  out.append("\r\n");
}

void AppendChunk(std::string_view bytes, std::string& out) {
  if (bytes.empty()) return;
  AppendNumber(bytes.size(), 16, out);
  out.append("\r\n").append(bytes).append("\r\n");
}

bool IsValidRequestId(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  });
}

std::string HttpDate(int64_t unix_seconds) {
  const std::time_t time = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char text[64];
  const int length =
      std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[parts.tm_wday], parts.tm_mday,
                    kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return std::string(text, static_cast<size_t>(length));
}

}  // namespace greenroom

#include <algorithm>

#include "http/request_parser.h"

namespace greenroom {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Well-formed UTF-8 by the table of the Unicode standard (no overlong forms, surrogates or values above 10FFFF).
bool IsUtf8(std::string_view text) {
  size_t i = 0;
  const auto byte = [&](size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
  const auto continues = [&](size_t at) { return (byte(at) & 0xC0u) == 0x80u; };
  while (i < text.size()) {
    const unsigned lead = byte(i);
    const unsigned second = byte(i + 1);
    if (lead < 0x80) {
      i += 1;
    } else if (lead >= 0xC2 && lead <= 0xDF && continues(i + 1)) {
      i += 2;
    } else if (lead >= 0xE0 && lead <= 0xEF && continues(i + 1) && continues(i + 2) &&
               !(lead == 0xE0 && second < 0xA0) && !(lead == 0xED && second > 0x9F)) {
      i += 3;
    } else if (lead >= 0xF0 && lead <= 0xF4 && continues(i + 1) && continues(i + 2) && continues(i + 3) &&
               !(lead == 0xF0 && second < 0x90) && !(lead == 0xF4 && second > 0x8F)) {
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

enum class Plus { kLiteral, kSpace };

Result<std::string> DecodePercent(std::string_view text, Plus plus, std::string_view reason) {
  std::string decoded;
  decoded.reserve(text.size());
  const auto fail = [&](std::string_view why) {
    return Error{ErrorCode::kInvalidArgument, std::string(reason), std::string(why)};
  };
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 1 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) return fail("a percent sign must be followed by two hex digits");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus == Plus::kSpace) {
      c = ' ';
    }
    if (c == '\0') return fail("the target holds a NUL");
    decoded += c;
  }
  if (!IsUtf8(decoded)) return fail("the target is not UTF-8");
  return decoded;
}

bool IsDotSegment(std::string_view segment) { return segment == "." || segment == ".."; }

Result<void> DecodePath(std::string_view path, HttpRequest& request) {
  request.path.clear();
  request.path_segments.clear();
  if (path == "/" || path == "*") {
    request.path = path;
    return {};
  }
  size_t start = 1;
  while (start <= path.size()) {
    const size_t end = std::min(path.find('/', start), path.size());
    GR_ASSIGN(std::string segment, DecodePercent(path.substr(start, end - start), Plus::kLiteral, "bad_path"));
    if (IsDotSegment(segment)) {
      return Error{ErrorCode::kInvalidArgument, "bad_path", "dot segments are not allowed"};
    }
    request.path += '/';
    request.path += segment;
    request.path_segments.push_back(std::move(segment));
    start = end + 1;
  }
  return {};
}

Result<void> DecodeQuery(std::string_view query, HttpRequest& request) {
  request.query.clear();
  size_t start = 0;
  while (start < query.size()) {
    const size_t end = std::min(query.find('&', start), query.size());
    const std::string_view pair = query.substr(start, end - start);
    start = end + 1;
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    GR_ASSIGN(std::string name, DecodePercent(pair.substr(0, equals), Plus::kSpace, "bad_query"));
    const std::string_view raw = equals < pair.size() ? pair.substr(equals + 1) : std::string_view();
    GR_ASSIGN(std::string value, DecodePercent(raw, Plus::kSpace, "bad_query"));
    request.query.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

}  // namespace

Result<void> DecodeTarget(HttpRequest& request) {
  const std::string_view target = request.target;
  if (target.empty() || (target[0] != '/' && target != "*")) {
    return Error{ErrorCode::kInvalidArgument, "bad_path", "the target must begin with a slash"};
  }
  if (target.find('#') != std::string_view::npos) {
    return Error{ErrorCode::kInvalidArgument, "bad_path", "the target holds a fragment"};
  }
  const size_t mark = std::min(target.find('?'), target.size());
  GR_TRY(DecodePath(target.substr(0, mark), request));
  return mark < target.size() ? DecodeQuery(target.substr(mark + 1), request) : Result<void>();
}

}  // namespace greenroom

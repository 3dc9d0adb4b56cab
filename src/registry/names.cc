#include "registry/names.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace greenroom {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsAlphanumeric(char c) { return IsDigit(c) || IsLower(c) || (c >= 'A' && c <= 'Z'); }

template <typename First>
bool Matches(std::string_view name, size_t longest, First first, std::string_view others) {
  if (name.empty() || name.size() > longest || !first(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return first(c) || others.find(c) != std::string_view::npos; });
}

Error Invalid(const char* reason, std::string_view what, std::string help) {
  // The value itself may hold anything; the caller knows it.
  return {ErrorCode::kInvalidArgument, reason, std::string(what) + " is not allowed", std::move(help)};
}

bool IsPort(std::string_view text) {
  int port = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  return problem == std::errc() && end == text.data() + text.size() && IsDigit(text.front()) && port >= 1 &&
         port <= 65535;
}

bool IsHostAndPort(std::string_view text) {
  std::string_view host = text.substr(0, text.find(':'));
  std::string_view rest = text.substr(host.size());
  auto allowed = [](char c) { return IsAlphanumeric(c) || c == '.' || c == '-' || c == '_'; };
  if (text.starts_with('[')) {
    size_t end = text.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    auto address = [](char c) {
      return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
    };
    if (!std::all_of(host.begin(), host.end(), address)) return false;
  } else if (host.empty() || !IsAlphanumeric(host.front()) || !std::all_of(host.begin(), host.end(), allowed)) {
    return false;
  }
  if (rest.empty()) return true;
  return rest.size() > 1 && rest.front() == ':' && IsPort(rest.substr(1));
}

}  // namespace

Result<void> CheckEnvironmentName(std::string_view name) {
  auto first = [](char c) { return IsLower(c) || IsDigit(c); };
  if (Matches(name, 63, first, "_-")) return {};
  return Invalid("environment_name_invalid", "the name of the environment",
                 "use 1 to 63 of a-z, 0-9, _ and -, with a letter or digit first");
}

Result<void> CheckTagName(std::string_view name) {
  if (Matches(name, 63, IsAlphanumeric, " ._-") && name.back() != ' ') return {};
  return Invalid("tag_name_invalid", "the name of the tag",
                 "use 1 to 63 letters, digits, spaces, dots, _ and -, with a letter or digit first");
}

Result<void> CheckModelName(std::string_view name) {
  bool version = std::all_of(name.begin(), name.end(), IsDigit);
  if (Matches(name, 128, IsAlphanumeric, "._-") && !version) return {};
  return Invalid("model_name_invalid", "the name of the model",
                 "use 1 to 128 letters, digits, dots, _ and -, with a letter or digit first, and not only digits");
}

Result<void> CheckEnvironmentUrl(std::string_view url) {
  if (url.empty()) return {};
  for (std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme) && IsHostAndPort(url.substr(scheme.size()))) return {};
  }
  return Invalid("environment_url_invalid", "the url of the environment",
                 "use http:// or https:// with a host and perhaps a port, and nothing after it");
}

}  // namespace greenroom

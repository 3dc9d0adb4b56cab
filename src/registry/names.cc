#include "registry/names.h"

#include <algorithm>
#include <string>

#include "base/server_url.h"

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
  // Models are also found by version and digest: no name may stand for another model's.
  bool digest = name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (Matches(name, 128, IsAlphanumeric, "._-") && !version && !digest) return {};
  return Invalid("model_name_invalid", "the name of the model",
                 "use 1 to 128 letters, digits, dots, _ and -, with a letter or digit first; no number, no digest");
}

Result<void> CheckEnvironmentUrl(std::string_view url) {
  if (url.empty()) return {};
  Result<void> checked = CheckServerUrl(url);
  if (checked) return {};
  return Error{ErrorCode::kInvalidArgument, "environment_url_invalid",
               "the url of the environment is not allowed: " + checked.error().message, checked.error().help};
}

}  // namespace greenroom

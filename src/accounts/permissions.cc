#include "accounts/permissions.h"

#include <algorithm>
#include <array>

namespace greenroom {
namespace {

constexpr std::array<std::string_view, 12> kCategories = {
    "test_conversation", "conversations", "nlu",       "stories", "responses", "models",
    "analytics",         "environments",  "share_bot", "users",   "tokens",    "audit"};
constexpr std::string_view kView = ".view", kModify = ".modify", kWrite = ".write", kEnvironment = "environments.";

bool IsWriteGrant(std::string_view grant) {
  return grant.starts_with(kEnvironment) && grant.ends_with(kWrite) &&
         grant.size() > kEnvironment.size() + kWrite.size();
}

bool Holds(std::string_view grant, std::string_view needed) {
  if (grant == kAllGrants || grant == needed) return true;
  if (IsWriteGrant(needed)) return grant == "environments.*.write";
  if (needed == "environments.view" && IsWriteGrant(grant)) return true;
  if (!needed.ends_with(kView) || !grant.ends_with(kModify)) return false;
  needed.remove_suffix(kView.size());
  grant.remove_suffix(kModify.size());
  return needed == grant;
}

bool IsEnvironmentName(std::string_view name) {
  if (name == "*") return true;
  return name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                  c == '.';
         });
}

bool IsCategoryGrant(std::string_view grant) {
  for (std::string_view end : {kView, kModify}) {
    if (!grant.ends_with(end)) continue;
    std::string_view category = grant.substr(0, grant.size() - end.size());
    if (std::find(kCategories.begin(), kCategories.end(), category) != kCategories.end()) return true;
  }
  return false;
}

}  // namespace

std::span<const std::string_view> PermissionCategories() { return kCategories; }

bool Allows(const Grants& grants, std::string_view needed) {
  return std::any_of(grants.begin(), grants.end(), [&](const std::string& grant) { return Holds(grant, needed); });
}

bool Covers(const Grants& grants, const Grants& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& grant) { return Allows(grants, grant); });
}

Grants Common(const Grants& a, const Grants& b) {
  Grants common;
  for (const std::string& grant : a)
    if (Allows(b, grant)) common.insert(grant);
  for (const std::string& grant : b)
    if (Allows(a, grant)) common.insert(grant);
  return common;
}

std::string WriteGrant(std::string_view environment) {
  return std::string(kEnvironment) + std::string(environment) + std::string(kWrite);
}

Result<void> CheckGrant(std::string_view grant) {
  if (grant == kAllGrants || grant == "clientEvents:create" || IsCategoryGrant(grant)) return {};
  if (IsWriteGrant(grant) &&
      IsEnvironmentName(grant.substr(kEnvironment.size(), grant.size() - kEnvironment.size() - kWrite.size()))) {
    return {};
  }
  std::string known;
  for (std::string_view category : kCategories) known += (known.empty() ? "" : ", ") + std::string(category);
  return Error{ErrorCode::kInvalidArgument, "grant_unknown",
               "`" + std::string(grant.substr(0, 100)) + "` is no permission",
               "known: <category>.view and <category>.modify of " + known +
                   "; environments.<name>.write; clientEvents:create; *"};
}

}  // namespace greenroom

#include "accounts/account_store.h"

#include <algorithm>
#include <array>

namespace greenroom {
namespace {

constexpr std::array<std::string_view, 3> kKinds = {"personal", "service", "environment"};

}  // namespace

std::string_view TokenKindName(TokenKind kind) { return kKinds[static_cast<size_t>(kind)]; }

Result<TokenKind> TokenKindOf(std::string_view name) {
  auto found = std::find(kKinds.begin(), kKinds.end(), name);
  if (found != kKinds.end()) return static_cast<TokenKind>(found - kKinds.begin());
  return Error{ErrorCode::kInvalidArgument, "bad_request", "the kind of a token is personal, service or environment"};
}

bool HasAdmin(const std::vector<UserRecord>& users, const std::vector<Role>& roles) {
  return std::any_of(users.begin(), users.end(), [&](const UserRecord& user) {
    return user.enabled && GrantsOf(user.roles, roles).contains(kAllGrants);
  });
}

std::string NameKey(std::string_view name) {
  std::string key(name);
  for (char& c : key)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return key;
}

}  // namespace greenroom

#include "accounts/roles.h"

#include <algorithm>

namespace greenroom {
namespace {

bool IsAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool IsRoleName(std::string_view name) {
  if (name.empty() || name.size() > 63 || !IsAlphanumeric(name[0])) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

}  // namespace

std::vector<Role> DefaultRoles() {
  return {{.name = kAdminRole, .description = "May do everything, also change production", .grants = {kAllGrants}},
          {.name = "annotator",
           .description = "Talks to the assistant, reads conversations, works on training data",
           .is_default = true,
           .grants = {"test_conversation.view", "conversations.modify", "nlu.modify", "stories.modify",
                      "responses.modify", "models.view"}},
          {.name = "tester",
           .description = "Talks to the assistant",
           .grants = {"test_conversation.view", "share_bot.view"}}};
}

Result<void> CheckRole(const Role& role) {
  if (!IsRoleName(role.name)) {
    return Error{ErrorCode::kInvalidArgument, "name_not_allowed", "this cannot be the name of a role",
                 "use 1 to 63 letters, digits, dots, dashes and underscores"};
  }
  if (role.description.size() > 1000 || role.grants.size() > 500) {
    return Error{ErrorCode::kInvalidArgument, "bad_request", "the role is too large"};
  }
  for (const std::string& grant : role.grants) GR_TRY(CheckGrant(grant));
  if (role.name == kAdminRole && !role.grants.contains(kAllGrants)) {
    return Error{ErrorCode::kConflict, "role_protected", "the role `admin` always may do everything",
                 "make another role"};
  }
  return {};
}

Grants GrantsOf(const std::vector<std::string>& names, const std::vector<Role>& roles) {
  Grants grants;
  for (const Role& role : roles) {
    if (std::find(names.begin(), names.end(), role.name) == names.end()) continue;
    grants.insert(role.grants.begin(), role.grants.end());
  }
  return grants;
}

}  // namespace greenroom

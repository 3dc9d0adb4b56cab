// Roles: named sets of grants that users have, and the three that every store begins with.
//
//   Role release{.name = "release", .grants = {"models.modify", "environments.staging.write"}};
//   GR_TRY(CheckRole(release));
//
// Only the role `admin` may change what production serves unless somebody grants it to another role. The grants of
// `annotator` and `tester` follow the proposal that stands in for the lists that Rasa X never published.
// Thread rules: plain values, pure functions.
#pragma once

#include <string>
#include <vector>

#include "accounts/permissions.h"

namespace greenroom {

struct Role {
  std::string name;
  std::string description = {};
  bool is_default = false;  // given to users that sign in for the first time
  Grants grants = {};
  int64_t version = 0;  // counts changes; 0 = not stored yet
};

// The role that always holds everything.
inline constexpr char kAdminRole[] = "admin";

// admin, annotator, tester.
std::vector<Role> DefaultRoles();

// Name [A-Za-z0-9][A-Za-z0-9_.-]{0,62}, description of at most 1000 bytes, at most 500 grants, all known; `admin` must
// hold "*". Errors: name_not_allowed, bad_request, grant_unknown, role_protected.
Result<void> CheckRole(const Role& role);

// The grants of all roles named; unknown names give nothing.
Grants GrantsOf(const std::vector<std::string>& names, const std::vector<Role>& roles);

}  // namespace greenroom

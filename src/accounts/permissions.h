// Permissions: what a caller may do, as texts, and the pure rules that compare them.
//
// A grant is one of
//   "<category>.view", "<category>.modify"   the nine categories of Rasa X and three of ours; modify holds view
//   "environments.<name>.write"              may change what the environment serves; <name> "*" means every one
//   "clientEvents:create"                    may act in conversations of other people
//   "*"                                      everything: an admin
//
//   Grants mine = {"models.modify", "environments.experimental.write"};
//   Allows(mine, "models.view");                       // true
//   Allows(mine, "environments.production.write");     // false
//
// Who may write an environment also sees the list of environments. "environments.modify" is about settings of
// environments; it does not let anybody move a tag. Thread rules: pure functions on values.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace greenroom {

using Grants = std::set<std::string, std::less<>>;

// The grant that holds all others.
inline constexpr char kAllGrants[] = "*";

// The categories, in the order in which screens show them.
std::span<const std::string_view> PermissionCategories();

// True when one of the grants is, or holds, the needed one. "environments.*.write" as the needed one asks for the right
// to every environment.
bool Allows(const Grants& grants, std::string_view needed);

// True when every one of `wanted` is allowed by `grants`: nobody may give away more than they have.
bool Covers(const Grants& grants, const Grants& wanted);

// What both sets allow: a token never can do more than its owner.
Grants Common(const Grants& a, const Grants& b);

// The grant that is needed to change what an environment serves.
std::string WriteGrant(std::string_view environment);

// Whether a text is a grant. Error: grant_unknown, with the known categories in the help.
Result<void> CheckGrant(std::string_view grant);

}  // namespace greenroom

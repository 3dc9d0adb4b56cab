// Users and roles in the forms that clients of Rasa X know, both ways.
//
//   Json user = ShowUser(record);       // {"username", "roles", "projects", "authentication_mechanism", "enabled"}
//   GR_ASSIGN(Grants grants, ReadGrants(body["grants"]));
//
// Grants are read as a map of lists ({"models": ["view"]}), as a list of {"category", "actions"}, or as a list of
// texts; they are shown as the map, and under `permissions` as texts. Errors: bad_request, grant_unknown. Thread rules:
// pure functions.
#pragma once

#include "accounts/accounts.h"
#include "api/services.h"

namespace greenroom {

Json ShowUser(const UserRecord& user);
Json ShowRole(const Role& role);
Result<Grants> ReadGrants(const Json& grants);

// The routes of users and roles.
std::vector<Route> PeopleRoutes(const ApiServices& services);

}  // namespace greenroom

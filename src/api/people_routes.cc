#include <algorithm>

#include "api/people.h"
#include "base/text.h"

namespace greenroom {
namespace {

Error BadRequest(std::string message) { return {ErrorCode::kInvalidArgument, "bad_request", std::move(message)}; }

// A body that is a list of names.
Result<std::vector<std::string>> ReadNames(const HttpRequest& request) {
  GR_ASSIGN(Json body, ParseJson(request.body));
  if (!body.is_array()) return BadRequest("the body must be a list of names");
  std::vector<std::string> names;
  for (const Json& name : body.array()) {
    if (!name.is_string()) return BadRequest("the body must be a list of names");
    names.push_back(name.AsString());
  }
  return names;
}

bool HasRole(const UserRecord& user, const std::string& role) {
  return std::find(user.roles.begin(), user.roles.end(), role) != user.roles.end();
}

Result<HttpResponse> ListUsers(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::vector<UserRecord> users, services.accounts.Users());
  const std::string* role = request.Query("role");
  std::vector<Json> shown;
  for (const UserRecord& user : users)
    if (!role || HasRole(user, *role)) shown.push_back(ShowUser(user));
  return Page(request, shown);
}

Result<HttpResponse> CreateUser(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadObject(request, {"username", "password", "roles", "projects", "authentication_mechanism"}));
  if (!body["username"].is_string()) return BadRequest("`username` is needed: a text");
  NewUser user{.name = body["username"].AsString()};
  if (body["password"].is_string()) user.password = body["password"].AsString();
  for (const Json& role : body["roles"].array()) user.roles.push_back(role.AsString());
  GR_ASSIGN(UserRecord made, services.accounts.CreateUser(PrincipalOf(request), user));
  return HttpResponse::Json(201, Json::List({ShowUser(made)}));
}

Result<HttpResponse> DeleteUser(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(UserRecord gone, services.accounts.DeleteUser(PrincipalOf(request), request.Param("username")));
  return HttpResponse::Json(200, ShowUser(gone));
}

Result<HttpResponse> ChangeUser(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadObject(request, {"enabled", "password"}));
  const std::string& name = request.Param("username");
  GR_ASSIGN(UserRecord user, services.accounts.GetUser(name));
  if (body["password"].is_string()) {
    GR_ASSIGN(user, services.accounts.SetPassword(PrincipalOf(request), name, body["password"].AsString()));
  }
  if (body["enabled"].is_bool()) {
    auto access = body["enabled"].AsBool() ? Accounts::Access::kEnabled : Accounts::Access::kDisabled;
    GR_ASSIGN(user, services.accounts.SetAccess(PrincipalOf(request), name, access));
  }
  return HttpResponse::Json(200, ShowUser(user));
}

Result<HttpResponse> RolesOfUser(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(UserRecord user, services.accounts.GetUser(request.Param("username")));
  GR_ASSIGN(std::vector<Role> roles, services.accounts.Roles());
  Json list = Json::List();
  for (const Role& role : roles)
    if (HasRole(user, role.name)) list.Append(ShowRole(role));
  return HttpResponse::Json(200, list);
}

Result<HttpResponse> SetRoles(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::vector<std::string> names, ReadNames(request));
  GR_ASSIGN(UserRecord user,
            services.accounts.SetRoles(PrincipalOf(request), request.Param("username"), std::move(names)));
  return HttpResponse::Json(200, ShowUser(user));
}

Result<HttpResponse> TakeRole(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(UserRecord user, services.accounts.GetUser(request.Param("username")));
  if (!HasRole(user, request.Param("role")))
    return Error{ErrorCode::kNotFound, "role_not_found", "the user does not have this role"};
  std::erase(user.roles, request.Param("role"));
  GR_ASSIGN(UserRecord changed, services.accounts.SetRoles(PrincipalOf(request), user.name, user.roles));
  return HttpResponse::Json(200, ShowUser(changed));
}

Result<HttpResponse> ListRoles(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::vector<Role> roles, services.accounts.Roles());
  if (const std::string* named = request.Query("role")) {
    std::vector<std::string> wanted = Split(*named, ',');
    std::erase_if(roles,
                  [&](const Role& role) { return std::find(wanted.begin(), wanted.end(), role.name) == wanted.end(); });
  }
  if (const std::string* pattern = request.Query("username")) {
    GR_ASSIGN(std::vector<UserRecord> users, services.accounts.Users());
    std::erase_if(roles, [&](const Role& role) {
      return std::none_of(users.begin(), users.end(), [&](const UserRecord& user) {
        return user.name.find(*pattern) != std::string::npos && HasRole(user, role.name);
      });
    });
  }
  std::vector<Json> shown;
  for (const Role& role : roles) shown.push_back(ShowRole(role));
  return Page(request, shown);
}

Result<Role> ReadRole(const HttpRequest& request, Role role) {
  GR_ASSIGN(Json body, ReadObject(request, {"role", "name", "description", "is_default", "grants", "permissions"}));
  const Json& name = body.Find("role") ? body["role"] : body["name"];
  if (role.name.empty()) role.name = name.AsString();
  if (name.is_string() && name.AsString() != role.name) return BadRequest("a role keeps its name");
  if (body["description"].is_string()) role.description = body["description"].AsString();
  role.is_default = body["is_default"].AsBool(role.is_default);
  const Json* grants = body.Find("grants") ? body.Find("grants") : body.Find("permissions");
  if (grants) {
    GR_ASSIGN(role.grants, ReadGrants(*grants));
  }
  return role;
}

Result<HttpResponse> CreateRole(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Role role, ReadRole(request, {}));
  GR_ASSIGN(Role made, services.accounts.PutRole(PrincipalOf(request), std::move(role)));
  (void)made;
  return HttpResponse::Empty(201);
}

Result<HttpResponse> ShowOneRole(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Role role, services.accounts.GetRole(request.Param("role")));
  return HttpResponse::Json(200, ShowRole(role));
}

Result<HttpResponse> PutRole(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Role known, services.accounts.GetRole(request.Param("role")));
  GR_ASSIGN(Role role, ReadRole(request, std::move(known)));
  GR_ASSIGN(Role stored, services.accounts.PutRole(PrincipalOf(request), std::move(role)));
  return HttpResponse::Json(200, ShowRole(stored));
}

Result<HttpResponse> DeleteRole(const ApiServices& services, const HttpRequest& request) {
  GR_TRY(services.accounts.DeleteRole(PrincipalOf(request), request.Param("role")));
  return HttpResponse::Empty(204);
}

Result<HttpResponse> UsersOfRole(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Role role, services.accounts.GetRole(request.Param("role")));
  GR_ASSIGN(std::vector<UserRecord> users, services.accounts.Users());
  std::vector<Json> shown;
  for (const UserRecord& user : users)
    if (HasRole(user, role.name)) shown.push_back(ShowUser(user));
  return Page(request, shown);
}

Result<HttpResponse> SetUsersOfRole(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::vector<std::string> names, ReadNames(request));
  GR_TRY(services.accounts.SetUsersOfRole(PrincipalOf(request), request.Param("role"), names));
  return UsersOfRole(services, request);
}

// "environments.x.write" -> {"environments", "x.write"}.
std::pair<std::string, std::string> SplitGrant(const std::string& grant) {
  size_t cut = grant.find_first_of(".:");
  return cut == std::string::npos ? std::pair(grant, grant) : std::pair(grant.substr(0, cut), grant.substr(cut + 1));
}

std::string JoinGrant(const std::string& category, const std::string& action) {
  if (category == kAllGrants || CheckGrant(action)) return action;
  return category + (category == "clientEvents" ? ":" : ".") + action;
}

Result<void> AddActions(Grants& grants, const std::string& category, const Json& actions) {
  if (!actions.is_array()) return BadRequest("the actions of `" + category + "` must be a list");
  for (const Json& action : actions.array()) grants.insert(JoinGrant(category, action.AsString()));
  return {};
}

std::vector<Route> UserRoutes(const ApiServices& services) {
  Json text = TypeOf("string"), list = TypeOf("array"), object = TypeOf("object");
  const std::string all = "/api/users", one = all + "/{username}";
  auto route = [&](Route base, Result<HttpResponse> (*handle)(const ApiServices&, const HttpRequest&)) {
    base.handler = Bind(services, handle);
    return base;
  };
  return {
      route({"GET", all, "list_users", "users.view", "All users", {}, list, PagingWith({{"role", "Who has it"}})},
            ListUsers),
      route({"POST", all, "create_user", "users.modify", "Add a user",
             SchemaOf({{"username", text}, {"password", text}, {"roles", list}}), list},
            CreateUser),
      route({"PATCH", one, "change_user", "users.modify", "Set a password; let in or keep out",
             SchemaOf({{"enabled", TypeOf("boolean")}, {"password", text}}), object},
            ChangeUser),
      route({"DELETE", one, "delete_user", "users.modify", "Remove a user", {}, object}, DeleteUser),
      route({"GET", one + "/roles", "roles_of_user", "users.view", "The roles of a user", {}, list}, RolesOfUser),
      route({"PUT", one + "/roles", "set_roles_of_user", "users.modify", "Set the roles of a user", list, object},
            SetRoles),
      route({"DELETE", one + "/roles/{role}", "take_role", "users.modify", "Take a role from a user", {}, object},
            TakeRole),
  };
}

std::vector<Route> RoleRoutes(const ApiServices& services) {
  Json text = TypeOf("string"), list = TypeOf("array"), object = TypeOf("object");
  Json role = SchemaOf({{"role", text},
                        {"name", text},
                        {"description", text},
                        {"is_default", TypeOf("boolean")},
                        {"grants", object},
                        {"permissions", list}});
  const std::string all = "/api/roles", one = all + "/{role}";
  auto route = [&](Route base, Result<HttpResponse> (*handle)(const ApiServices&, const HttpRequest&)) {
    base.handler = Bind(services, handle);
    return base;
  };
  return {
      route({"GET",
             all,
             "list_roles",
             "users.view",
             "All roles",
             {},
             list,
             PagingWith({{"role", "Names, separated by commas"}, {"username", "Of users whose name holds this"}})},
            ListRoles),
      route({"POST", all, "create_role", "users.modify", "Add a role", role}, CreateRole),
      route({"GET", one, "show_role", "users.view", "One role", {}, object}, ShowOneRole),
      route({"PUT", one, "put_role", "users.modify", "Change a role", role, object}, PutRole),
      route({"DELETE", one, "delete_role", "users.modify", "Remove a role that nobody has"}, DeleteRole),
      route({"GET", one + "/users", "users_of_role", "users.view", "Who has a role", {}, list, PagingWith({})},
            UsersOfRole),
      route({"PUT", one + "/users", "set_users_of_role", "users.modify", "Set who has a role", list, list},
            SetUsersOfRole),
  };
}

}  // namespace

Json ShowUser(const UserRecord& user) {
  Json roles = Json::List();
  for (const std::string& role : user.roles) roles.Append(role);
  return Json::Object({{"username", user.name},
                       {"roles", roles},
                       {"projects", Json::List({Json::Object({{"name", "default"}, {"roles", roles}})})},
                       {"authentication_mechanism", user.subject.empty() ? "username_password" : "sso"},
                       {"enabled", user.enabled},
                       {"created_at", user.created_at}});
}

Json ShowRole(const Role& role) {
  Json map = Json::Object(), texts = Json::List();
  for (const std::string& grant : role.grants) {
    auto [category, action] = SplitGrant(grant);
    if (!map.Find(category)) map.Set(category, Json::List());
    map.Find(category)->Append(action);
    texts.Append(grant);
  }
  return Json::Object({{"role", role.name},
                       {"description", role.description},
                       {"is_default", role.is_default},
                       {"grants", map},
                       {"permissions", texts}});
}

Result<Grants> ReadGrants(const Json& given) {
  Grants grants;
  for (const auto& [category, actions] : given.members()) GR_TRY(AddActions(grants, category, actions));
  for (const Json& item : given.array()) {
    if (item.is_string())
      grants.insert(item.AsString());
    else
      GR_TRY(AddActions(grants, item["category"].AsString(), item["actions"]));
  }
  if (!given.is_object() && !given.is_array()) return BadRequest("`grants` must be a map or a list");
  for (const std::string& grant : grants) GR_TRY(CheckGrant(grant));
  return grants;
}

std::vector<Route> PeopleRoutes(const ApiServices& services) {
  std::vector<Route> routes = UserRoutes(services);
  for (Route& route : RoleRoutes(services)) routes.push_back(std::move(route));
  return routes;
}

}  // namespace greenroom

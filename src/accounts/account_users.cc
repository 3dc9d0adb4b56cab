// Accounts: users and roles.
#include <algorithm>

#include "accounts/accounts.h"
#include "base/random.h"

namespace greenroom {
namespace {

bool IsAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

Error NotAllowed(std::string message) {
  return {ErrorCode::kPermissionDenied, "not_allowed", std::move(message), "ask an admin"};
}

Error RoleNotFound(const std::string& name) {
  return {ErrorCode::kNotFound, "role_not_found", "there is no role `" + name + "`", "see GET /api/roles"};
}

Json Texts(const auto& values) {
  Json list = Json::List();
  for (const std::string& value : values) list.Append(value);
  return list;
}

Result<void> CheckNewPassword(const std::string& password) {
  if (password.size() >= Accounts::kMinPassword) return {};
  return Error{ErrorCode::kInvalidArgument, "password_too_short", "the password must have 8 characters or more"};
}

}  // namespace

Result<void> CheckUserName(std::string_view name) {
  bool plain = !name.empty() && name.size() <= 64 && IsAlphanumeric(name[0]) &&
               std::all_of(name.begin(), name.end(), [](char c) {
                 return IsAlphanumeric(c) || std::string_view("._@+-").find(c) != std::string_view::npos;
               });
  std::string key = NameKey(name);
  if (plain && key != "system" && key != "anonymous") return {};
  return Error{ErrorCode::kInvalidArgument, "name_not_allowed", "this cannot be the name of a user",
               "use 1 to 64 letters without accents, digits and . _ @ + -"};
}

Json DescribeUser(const UserRecord& user) {
  return Json::Object({{"username", user.name}, {"roles", Texts(user.roles)}, {"enabled", user.enabled}});
}

Json DescribeRole(const Role& role) {
  return Json::Object({{"role", role.name},
                       {"description", role.description},
                       {"is_default", role.is_default},
                       {"grants", Texts(role.grants)}});
}

Result<UserRecord> Accounts::GetUser(const std::string& name) const {
  GR_ASSIGN(std::optional<UserRecord> user, store_.FindUserByName(name));
  if (user) return std::move(*user);
  return Error{ErrorCode::kNotFound, "user_not_found", "there is no such user", "see GET /api/users"};
}

Result<UserRecord> Accounts::CallerOf(const Principal& actor) const {
  if (actor.user.empty()) {
    return Error{ErrorCode::kPermissionDenied, "no_user", "this token belongs to no user", "log in with a user name"};
  }
  GR_ASSIGN(std::optional<UserRecord> user, store_.FindUser(actor.user));
  if (user) return std::move(*user);
  return Error{ErrorCode::kNotFound, "user_not_found", "there is no such user"};
}

// Who manages others must have all that they have, else the right to users would be the right to everything.
Result<void> Accounts::MayManage(const Principal& actor, const UserRecord& user) const {
  if (!Allows(actor.grants, "users.modify")) return NotAllowed("this needs the right to change users");
  return MayGive(actor, user.roles);
}

Result<void> Accounts::MayGive(const Principal& actor, const std::vector<std::string>& names) const {
  GR_ASSIGN(std::vector<Role> roles, store_.Roles());
  if (Covers(actor.grants, GrantsOf(names, roles))) return {};
  return NotAllowed("these roles may do more than you may");
}

Result<UserRecord> Accounts::Put(const Principal& actor, const char* action, UserRecord user) {
  AuditEntry entry{.actor = actor.name,
                   .address = actor.address,
                   .action = action,
                   .subject = user.name,
                   .after = DescribeUser(user)};
  if (user.version > 0) {
    GR_ASSIGN(std::optional<UserRecord> before, store_.FindUser(user.id));
    if (before) {
      entry.subject = before->name;
      entry.before = DescribeUser(*before);
    }
  }
  GR_TRY(Apply({.users = {user}, .audit = {std::move(entry)}}));
  ++user.version;
  return user;
}

Result<UserRecord> Accounts::CreateUser(const Principal& actor, const NewUser& user) {
  GR_TRY(CheckUserName(user.name));
  UserRecord record{.id = NewId(), .name = user.name, .roles = user.roles, .created_at = clock_.NowSeconds()};
  GR_ASSIGN(std::vector<Role> roles, store_.Roles());
  if (record.roles.empty()) {
    for (const Role& role : roles)
      if (role.is_default) record.roles.push_back(role.name);
  }
  for (const std::string& name : record.roles) {
    GR_ASSIGN(Role found, GetRole(name));
    (void)found;
  }
  GR_TRY(MayManage(actor, record));
  if (user.password) {
    GR_TRY(CheckNewPassword(*user.password));
    GR_ASSIGN(record.password, hasher_.Hash(*user.password));
  }
  return Put(actor, "user.create", std::move(record));
}

Result<UserRecord> Accounts::SignIn(const std::string& subject, const NewUser& user, const std::string& address) {
  Principal actor = SystemPrincipal();
  actor.address = address;
  GR_ASSIGN(std::optional<UserRecord> known, store_.FindUserBySubject(subject));
  if (known && (user.roles.empty() || known->roles == user.roles)) return std::move(*known);
  if (known) {
    known->roles = user.roles;
    return Put(actor, "user.roles", std::move(*known));
  }
  GR_TRY(CheckUserName(user.name));
  UserRecord record{
      .id = NewId(), .name = user.name, .roles = user.roles, .subject = subject, .created_at = clock_.NowSeconds()};
  GR_ASSIGN(std::vector<Role> roles, store_.Roles());
  if (record.roles.empty()) {
    for (const Role& role : roles)
      if (role.is_default) record.roles.push_back(role.name);
  }
  return Put(actor, "user.create", std::move(record));
}

Result<UserRecord> Accounts::DeleteUser(const Principal& actor, const std::string& name) {
  GR_ASSIGN(UserRecord user, GetUser(name));
  GR_TRY(MayManage(actor, user));
  AuditEntry entry{.actor = actor.name,
                   .address = actor.address,
                   .action = "user.delete",
                   .subject = user.name,
                   .before = DescribeUser(user)};
  GR_TRY(Apply({.removed_users = {user.id}, .audit = {std::move(entry)}}));
  return user;
}

Result<UserRecord> Accounts::SetRoles(const Principal& actor, const std::string& name, std::vector<std::string> roles) {
  GR_ASSIGN(UserRecord user, GetUser(name));
  GR_TRY(MayManage(actor, user));
  std::sort(roles.begin(), roles.end());
  roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
  for (const std::string& role : roles) {
    GR_ASSIGN(Role found, GetRole(role));
    (void)found;
  }
  GR_TRY(MayGive(actor, roles));
  user.roles = std::move(roles);
  return Put(actor, "user.roles", std::move(user));
}

Result<UserRecord> Accounts::SetAccess(const Principal& actor, const std::string& name, Access access) {
  GR_ASSIGN(UserRecord user, GetUser(name));
  GR_TRY(MayManage(actor, user));
  user.enabled = access == Access::kEnabled;
  ++user.generation;
  return Put(actor, user.enabled ? "user.enable" : "user.disable", std::move(user));
}

Result<UserRecord> Accounts::SetPassword(const Principal& actor, const std::string& name, const std::string& password) {
  GR_ASSIGN(UserRecord user, GetUser(name));
  GR_TRY(MayManage(actor, user));
  GR_TRY(CheckNewPassword(password));
  GR_ASSIGN(user.password, hasher_.Hash(password));
  ++user.generation;
  return Put(actor, "user.password", std::move(user));
}

Result<UserRecord> Accounts::ChangePassword(const Principal& actor, const std::string& old_password,
                                            const std::string& new_password) {
  GR_ASSIGN(UserRecord user, CallerOf(actor));
  GR_TRY(CheckNewPassword(new_password));
  // The same slowing down as a login: a stolen session must not be a way to guess.
  GR_ASSIGN(user, CheckPassword(user.name, old_password, actor.address));
  GR_ASSIGN(user.password, hasher_.Hash(new_password));
  ++user.generation;
  return Put(actor, "user.password", std::move(user));
}

Result<UserRecord> Accounts::Rename(const Principal& actor, const std::string& new_name) {
  GR_TRY(CheckUserName(new_name));
  GR_ASSIGN(UserRecord user, CallerOf(actor));
  if (user.name == new_name) return user;
  user.name = new_name;
  return Put(actor, "user.rename", std::move(user));
}

Result<Role> Accounts::GetRole(const std::string& name) const {
  GR_ASSIGN(std::vector<Role> roles, store_.Roles());
  auto found = std::find_if(roles.begin(), roles.end(), [&](const Role& role) { return role.name == name; });
  if (found == roles.end()) return RoleNotFound(name);
  return std::move(*found);
}

Result<Role> Accounts::PutRole(const Principal& actor, Role role) {
  GR_TRY(CheckRole(role));
  if (!Allows(actor.grants, "users.modify")) return NotAllowed("this needs the right to change users");
  AuditEntry entry{.actor = actor.name,
                   .address = actor.address,
                   .action = role.version == 0 ? "role.create" : "role.change",
                   .subject = role.name,
                   .after = DescribeRole(role)};
  if (role.version > 0) {
    GR_ASSIGN(Role before, GetRole(role.name));
    if (!Covers(actor.grants, before.grants)) return NotAllowed("this role may do more than you may");
    entry.before = DescribeRole(before);
  }
  if (!Covers(actor.grants, role.grants)) return NotAllowed("this role would do more than you may");
  GR_TRY(Apply({.roles = {role}, .audit = {std::move(entry)}}));
  ++role.version;
  return role;
}

Result<void> Accounts::SetUsersOfRole(const Principal& actor, const std::string& role,
                                      const std::vector<std::string>& names) {
  GR_ASSIGN(Role known, GetRole(role));
  GR_TRY(MayGive(actor, {known.name}));
  std::vector<std::string> wanted;
  for (const std::string& name : names) {
    GR_ASSIGN(UserRecord user, GetUser(name));
    wanted.push_back(user.id);
  }
  GR_ASSIGN(std::vector<UserRecord> users, store_.Users());
  AccountChange change;
  for (UserRecord& user : users) {
    bool has = std::find(user.roles.begin(), user.roles.end(), role) != user.roles.end();
    bool shall = std::find(wanted.begin(), wanted.end(), user.id) != wanted.end();
    if (has == shall) continue;
    GR_TRY(MayManage(actor, user));
    AuditEntry entry{.actor = actor.name,
                     .address = actor.address,
                     .action = "user.roles",
                     .subject = user.name,
                     .before = DescribeUser(user)};
    std::erase(user.roles, role);
    if (shall) user.roles.push_back(role);
    std::sort(user.roles.begin(), user.roles.end());
    entry.after = DescribeUser(user);
    change.audit.push_back(std::move(entry));
    change.users.push_back(std::move(user));
  }
  return change.users.empty() ? Result<void>() : Apply(change);
}

Result<void> Accounts::DeleteRole(const Principal& actor, const std::string& name) {
  GR_ASSIGN(Role role, GetRole(name));
  if (!Allows(actor.grants, "users.modify") || !Covers(actor.grants, role.grants))
    return NotAllowed("this role may do more than you may");
  if (name == kAdminRole) return Error{ErrorCode::kConflict, "role_protected", "the role `admin` cannot be deleted"};
  GR_ASSIGN(std::vector<UserRecord> users, store_.Users());
  for (const UserRecord& user : users) {
    if (std::find(user.roles.begin(), user.roles.end(), name) == user.roles.end()) continue;
    return Error{ErrorCode::kConflict, "role_in_use", "the user `" + user.name + "` has this role",
                 "give the users another role first"};
  }
  AuditEntry entry{.actor = actor.name,
                   .address = actor.address,
                   .action = "role.delete",
                   .subject = name,
                   .before = DescribeRole(role)};
  return Apply({.removed_roles = {name}, .audit = {std::move(entry)}});
}

}  // namespace greenroom

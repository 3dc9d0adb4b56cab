#include "storage/sqlite_accounts.h"

#include "base/text.h"
#include "storage/audit_log.h"

// What ReadUser and ReadToken read, in their order.
#define USER_COLUMNS "id, name, password, roles, enabled, subject, generation, created_at, version"
#define TOKEN_COLUMNS "id, name, kind, owner, environment, scopes, digest, created_by, created_at, expires_at"

namespace greenroom {
namespace {

// Grants and role names hold no line breaks, so a list is kept as lines.
std::string Lines(const auto& values) {
  std::string lines;
  for (const std::string& value : values) lines += (lines.empty() ? "" : "\n") + value;
  return lines;
}

std::vector<std::string> ReadLines(const std::string& lines) {
  return lines.empty() ? std::vector<std::string>() : Split(lines, '\n');
}

Grants ReadGrants(const std::string& lines) {
  std::vector<std::string> values = ReadLines(lines);
  return {values.begin(), values.end()};
}

UserRecord ReadUser(const Statement& row) {
  return {.id = row.TextAt(0),
          .name = row.TextAt(1),
          .password = row.TextAt(2),
          .roles = ReadLines(row.TextAt(3)),
          .enabled = row.IntAt(4) != 0,
          .subject = row.TextAt(5),
          .generation = row.IntAt(6),
          .created_at = row.RealAt(7),
          .version = row.IntAt(8)};
}

Role ReadRole(const Statement& row) {
  return {.name = row.TextAt(0),
          .description = row.TextAt(1),
          .is_default = row.IntAt(2) != 0,
          .grants = ReadGrants(row.TextAt(3)),
          .version = row.IntAt(4)};
}

TokenRecord ReadToken(const Statement& row) {
  auto kind = TokenKindOf(row.TextAt(2));
  return {.id = row.TextAt(0),
          .name = row.TextAt(1),
          .kind = kind ? *kind : TokenKind::kService,
          .owner = row.TextAt(3),
          .environment = row.TextAt(4),
          .scopes = ReadGrants(row.TextAt(5)),
          .digest = row.TextAt(6),
          .created_by = row.TextAt(7),
          .created_at = row.RealAt(8),
          .expires_at = row.RealAt(9)};
}

// One row or none, read by `read`.
template <typename T>
Result<std::optional<T>> FindOne(Statement& row, T (*read)(const Statement&)) {
  GR_ASSIGN(bool found, row.Row());
  return found ? std::optional<T>(read(row)) : std::nullopt;
}

template <typename T>
Result<std::vector<T>> ReadAll(Statement rows, T (*read)(const Statement&)) {
  std::vector<T> all;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return all;
    all.push_back(read(rows));
  }
}

Result<std::vector<UserRecord>> AllUsers(Database& db) {
  return ReadAll<UserRecord>(db.Use("SELECT " USER_COLUMNS " FROM account_user"
                                    " ORDER BY name_key"),
                             ReadUser);
}

Result<std::vector<Role>> AllRoles(Database& db) {
  return ReadAll<Role>(db.Use("SELECT name, description, is_default, grants, version FROM role ORDER BY name"),
                       ReadRole);
}

Error NameTaken() {
  return {ErrorCode::kAlreadyExists, "name_taken", "there is one of this name already", "choose another name"};
}

Error ChangedMeanwhile() {
  return {ErrorCode::kConflict, "changed_meanwhile", "somebody else changed it in the meantime", "try again"};
}

Result<void> PutUser(Database& db, const UserRecord& user) {
  std::string key = NameKey(user.name), roles = Lines(user.roles);
  {
    Statement other = db.Use("SELECT 1 FROM account_user WHERE assistant = 'default' AND name_key = ? AND id <> ?");
    other.Text(key).Text(user.id);
    GR_ASSIGN(bool taken, other.Row());
    if (taken) return NameTaken();
  }
  if (user.version == 0) {
    return db
        .Use(
            "INSERT INTO account_user (id, assistant, name, name_key, password, roles, enabled, subject, generation,"
            " created_at, version) VALUES (?, 'default', ?, ?, ?, ?, ?, ?, ?, ?, 1)")
        .Text(user.id)
        .Text(user.name)
        .Text(key)
        .Text(user.password)
        .Text(roles)
        .Int(user.enabled ? 1 : 0)
        .Text(user.subject)
        .Int(user.generation)
        .Real(user.created_at)
        .Run();
  }
  GR_TRY(db.Use("UPDATE account_user SET name = ?, name_key = ?, password = ?, roles = ?, enabled = ?, subject = ?,"
                " generation = ?, version = version + 1 WHERE id = ? AND version = ?")
             .Text(user.name)
             .Text(key)
             .Text(user.password)
             .Text(roles)
             .Int(user.enabled ? 1 : 0)
             .Text(user.subject)
             .Int(user.generation)
             .Text(user.id)
             .Int(user.version)
             .Run());
  return db.changes() == 1 ? Result<void>() : ChangedMeanwhile();
}

Result<void> PutRole(Database& db, const Role& role) {
  std::string grants = Lines(role.grants);
  if (role.version == 0) {
    GR_TRY(db.Use("INSERT INTO role (assistant, name, description, is_default, grants, version)"
                  " VALUES ('default', ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING")
               .Text(role.name)
               .Text(role.description)
               .Int(role.is_default ? 1 : 0)
               .Text(grants)
               .Run());
    return db.changes() == 1 ? Result<void>() : NameTaken();
  }
  GR_TRY(db.Use("UPDATE role SET description = ?, is_default = ?, grants = ?, version = version + 1"
                " WHERE assistant = 'default' AND name = ? AND version = ?")
             .Text(role.description)
             .Int(role.is_default ? 1 : 0)
             .Text(grants)
             .Text(role.name)
             .Int(role.version)
             .Run());
  return db.changes() == 1 ? Result<void>() : ChangedMeanwhile();
}

Result<void> PutToken(Database& db, const TokenRecord& token) {
  std::string scopes = Lines(token.scopes);
  GR_TRY(db.Use("DELETE FROM access_token WHERE id = ?").Text(token.id).Run());
  GR_TRY(db.Use("INSERT INTO access_token (id, assistant, name, kind, owner, environment, scopes, digest, created_by,"
                " created_at, expires_at) VALUES (?, 'default', ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
             .Text(token.id)
             .Text(token.name)
             .Text(TokenKindName(token.kind))
             .Text(token.owner)
             .Text(token.environment)
             .Text(scopes)
             .Text(token.digest)
             .Text(token.created_by)
             .Real(token.created_at)
             .Real(token.expires_at)
             .Run());
  if (db.changes() == 1) return {};
  return Error{ErrorCode::kAlreadyExists, "already_exists", "there is such a token already"};
}

Result<void> AddSession(Database& db, const SessionRecord& session, double now) {
  GR_TRY(db.Use("DELETE FROM session WHERE expires_at <= ?").Real(now).Run());
  return db
      .Use(
          "INSERT INTO session (digest, assistant, account_user, generation, address, created_at, expires_at)"
          " VALUES (?, 'default', ?, ?, ?, ?, ?)")
      .Text(session.digest)
      .Text(session.user)
      .Int(session.generation)
      .Text(session.address)
      .Real(session.created_at)
      .Real(session.expires_at)
      .Run();
}

Result<void> RemoveUser(Database& db, const std::string& id) {
  GR_TRY(db.Use("DELETE FROM session WHERE account_user = ?").Text(id).Run());
  GR_TRY(db.Use("DELETE FROM access_token WHERE owner = ?").Text(id).Run());
  return db.Use("DELETE FROM account_user WHERE id = ?").Text(id).Run();
}

Result<void> ChangePeople(Database& db, const AccountChange& change) {
  for (const UserRecord& user : change.users) GR_TRY(PutUser(db, user));
  for (const std::string& id : change.removed_users) GR_TRY(RemoveUser(db, id));
  for (const Role& role : change.roles) GR_TRY(PutRole(db, role));
  for (const std::string& name : change.removed_roles) {
    GR_TRY(db.Use("DELETE FROM role WHERE assistant = 'default' AND name = ?").Text(name).Run());
  }
  return {};
}

Result<bool> AdminThere(Database& db) {
  GR_ASSIGN(std::vector<UserRecord> users, AllUsers(db));
  GR_ASSIGN(std::vector<Role> roles, AllRoles(db));
  return HasAdmin(users, roles);
}

// Checked inside the transaction, so that of two demotions at once one is refused.
Result<void> ChangePeopleButKeepAnAdmin(Database& db, const AccountChange& change) {
  if (change.users.empty() && change.removed_users.empty() && change.roles.empty() && change.removed_roles.empty())
    return {};
  GR_ASSIGN(bool before, AdminThere(db));
  GR_TRY(ChangePeople(db, change));
  if (!before) return {};
  GR_ASSIGN(bool after, AdminThere(db));
  if (after) return {};
  return Error{ErrorCode::kConflict, "last_admin", "this would leave no admin", "make another user admin first"};
}

Result<void> ApplyAll(Database& db, const AccountChange& change, double now) {
  GR_TRY(ChangePeopleButKeepAnAdmin(db, change));
  for (const TokenRecord& token : change.tokens) GR_TRY(PutToken(db, token));
  for (const std::string& id : change.removed_tokens)
    GR_TRY(db.Use("DELETE FROM access_token WHERE id = ?").Text(id).Run());
  for (const SessionRecord& session : change.sessions) GR_TRY(AddSession(db, session, now));
  for (const std::string& digest : change.removed_sessions)
    GR_TRY(db.Use("DELETE FROM session WHERE digest = ?").Text(digest).Run());
  for (const auto& [name, sealed] : change.secrets) {
    GR_TRY(db.Use("INSERT INTO secret (assistant, name, sealed) VALUES ('default', ?, ?)"
                  " ON CONFLICT (assistant, name) DO UPDATE SET sealed = excluded.sealed")
               .Text(name)
               .Text(sealed)
               .Run());
  }
  for (const AuditEntry& entry : change.audit) GR_TRY(AppendAudit(db, entry, now));
  return {};
}

}  // namespace

Result<void> SqliteAccountStore::Apply(const AccountChange& change, double now) {
  return committer_.Run([&](Database& db) { return ApplyAll(db, change, now); });
}

Result<std::optional<UserRecord>> SqliteAccountStore::FindUser(const std::string& id) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement row = lease->Use("SELECT " USER_COLUMNS
                             " FROM account_user"
                             " WHERE id = ?");
  row.Text(id);
  return FindOne<UserRecord>(row, ReadUser);
}

Result<std::optional<UserRecord>> SqliteAccountStore::FindUserByName(const std::string& name) const {
  std::string key = NameKey(name);
  ReaderPool::Lease lease = readers_.Take();
  Statement row = lease->Use("SELECT " USER_COLUMNS
                             " FROM account_user"
                             " WHERE assistant = 'default' AND name_key = ?");
  row.Text(key);
  return FindOne<UserRecord>(row, ReadUser);
}

Result<std::optional<UserRecord>> SqliteAccountStore::FindUserBySubject(const std::string& subject) const {
  if (subject.empty()) return std::optional<UserRecord>();
  ReaderPool::Lease lease = readers_.Take();
  Statement row = lease->Use("SELECT " USER_COLUMNS
                             " FROM account_user"
                             " WHERE assistant = 'default' AND subject = ?");
  row.Text(subject);
  return FindOne<UserRecord>(row, ReadUser);
}

Result<std::vector<UserRecord>> SqliteAccountStore::Users() const {
  ReaderPool::Lease lease = readers_.Take();
  return AllUsers(*lease);
}

Result<std::vector<Role>> SqliteAccountStore::Roles() const {
  ReaderPool::Lease lease = readers_.Take();
  return AllRoles(*lease);
}

Result<std::optional<TokenRecord>> SqliteAccountStore::FindTokenByDigest(const std::string& digest) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement row = lease->Use("SELECT " TOKEN_COLUMNS " FROM access_token WHERE digest = ?");
  row.Text(digest);
  return FindOne<TokenRecord>(row, ReadToken);
}

Result<std::vector<TokenRecord>> SqliteAccountStore::Tokens() const {
  ReaderPool::Lease lease = readers_.Take();
  return ReadAll<TokenRecord>(lease->Use("SELECT " TOKEN_COLUMNS " FROM access_token ORDER BY created_at, id"),
                              ReadToken);
}

Result<std::optional<SessionRecord>> SqliteAccountStore::FindSession(const std::string& digest) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement row = lease->Use(
      "SELECT digest, account_user, generation, address, created_at, expires_at FROM session WHERE digest = ?");
  row.Text(digest);
  GR_ASSIGN(bool found, row.Row());
  if (!found) return std::optional<SessionRecord>();
  return std::optional<SessionRecord>(SessionRecord{.digest = row.TextAt(0),
                                                    .user = row.TextAt(1),
                                                    .generation = row.IntAt(2),
                                                    .address = row.TextAt(3),
                                                    .created_at = row.RealAt(4),
                                                    .expires_at = row.RealAt(5)});
}

Result<std::optional<std::string>> SqliteAccountStore::FindSecret(const std::string& name) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement row = lease->Use("SELECT sealed FROM secret WHERE assistant = 'default' AND name = ?");
  row.Text(name);
  GR_ASSIGN(bool found, row.Row());
  return found ? std::optional<std::string>(row.TextAt(0)) : std::nullopt;
}

Result<std::vector<AuditRecord>> SqliteAccountStore::Audit(const AuditQuery& query) const {
  ReaderPool::Lease lease = readers_.Take();
  return ReadAudit(*lease, query);
}

}  // namespace greenroom

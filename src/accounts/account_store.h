// What accounts keep, and the port to where they keep it.
//
// Reading is plain look-ups; writing is one call: an AccountChange holds all rows of one use case together with the
// audit entries that tell of it, and is applied as one transaction or not at all. So no change is without its record.
//
// Implementation: storage/sqlite_accounts. Thread rules: safe from any thread; the store serialises changes.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "accounts/audit.h"
#include "accounts/roles.h"
#include "base/result.h"

namespace greenroom {

struct UserRecord {
  std::string id;             // 32 hex digits; never changes
  std::string name;           // unique without regard to case
  std::string password = {};  // Argon2id hash; "" = cannot log in with a password
  std::vector<std::string> roles = {};
  bool enabled = true;
  std::string subject = {};  // "<issuer> <sub>" of a sign-in elsewhere; "" = none
  int64_t generation = 1;    // raised when everything issued so far must end (password changed, disabled)
  double created_at = 0;
  int64_t version = 0;  // counts changes; 0 = not stored yet
};

enum class TokenKind {
  kPersonal,     // acts for a user, at most with the user's rights
  kService,      // of a program: has its scopes
  kEnvironment,  // of the servers of one environment
};
// "personal", "service", "environment".
std::string_view TokenKindName(TokenKind kind);
Result<TokenKind> TokenKindOf(std::string_view name);  // bad_request

struct TokenRecord {
  std::string id;
  std::string name;
  TokenKind kind = TokenKind::kService;
  std::string owner = {};        // id of a user; kPersonal only
  std::string environment = {};  // kEnvironment only
  Grants scopes = {};            // kPersonal: narrows the owner's rights when not empty
  std::string digest;            // SHA-256 of the token
  std::string created_by = {};
  double created_at = 0;
  double expires_at = 0;  // 0 = never
};

struct SessionRecord {
  std::string digest;  // SHA-256 of the session's id
  std::string user;    // id
  int64_t generation = 0;
  std::string address = {};
  double created_at = 0;
  double expires_at = 0;
};

// One transaction. Users and roles with version 0 are new; others replace the row that has the same version.
struct AccountChange {
  std::vector<UserRecord> users = {};
  std::vector<std::string> removed_users = {};  // ids; their tokens and sessions go with them
  std::vector<Role> roles = {};
  std::vector<std::string> removed_roles = {};
  std::vector<TokenRecord> tokens = {};                           // a known id is replaced
  std::vector<std::string> removed_tokens = {};                   // ids
  std::vector<SessionRecord> sessions = {};                       // new ones; expired ones are dropped on the way
  std::vector<std::string> removed_sessions = {};                 // digests
  std::vector<std::pair<std::string, std::string>> secrets = {};  // name and sealed text
  std::vector<AuditEntry> audit = {};
};

class AccountStore {
 public:
  virtual ~AccountStore() = default;
  // Errors: name_taken (kAlreadyExists), changed_meanwhile (kConflict: the version is another), last_admin (kConflict:
  // no enabled user with "*" would be left, but there was one), already_exists (a digest).
  virtual Result<void> Apply(const AccountChange& change, double now) = 0;

  virtual Result<std::optional<UserRecord>> FindUser(const std::string& id) const = 0;
  virtual Result<std::optional<UserRecord>> FindUserByName(const std::string& name) const = 0;  // any case
  virtual Result<std::optional<UserRecord>> FindUserBySubject(const std::string& subject) const = 0;
  virtual Result<std::vector<UserRecord>> Users() const = 0;  // by name
  virtual Result<std::vector<Role>> Roles() const = 0;        // by name
  virtual Result<std::optional<TokenRecord>> FindTokenByDigest(const std::string& digest) const = 0;
  virtual Result<std::vector<TokenRecord>> Tokens() const = 0;  // oldest first
  virtual Result<std::optional<SessionRecord>> FindSession(const std::string& digest) const = 0;
  virtual Result<std::optional<std::string>> FindSecret(const std::string& name) const = 0;
  virtual Result<std::vector<AuditRecord>> Audit(const AuditQuery& query) const = 0;
};

// Whether an enabled user holds everything: what must not get lost.
bool HasAdmin(const std::vector<UserRecord>& users, const std::vector<Role>& roles);
// What names are compared by: ASCII lower case.
std::string NameKey(std::string_view name);

}  // namespace greenroom

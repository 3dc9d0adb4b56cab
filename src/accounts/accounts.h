// Accounts: who calls, and who may become what. Users with roles, tokens of people, programs and servers, browser
// sessions; every change leaves its audit entry in the same transaction.
//
//   GR_ASSIGN(Principal who, accounts.Authenticate({.authorization = "Bearer eyJ..."}));
//   if (!Allows(who.grants, "models.modify")) ...
//   GR_ASSIGN(UserRecord made, accounts.CreateUser(who, {.name = "ben", .password = "...", .roles = {"tester"}}));
//
// Tokens, session ids and passwords are shown once and kept as digests or hashes. Nobody can give away rights that
// they do not have, the last admin cannot vanish, and nothing tells whether a user exists.
// Errors carry: token_invalid, login_failed (kUnauthenticated), not_allowed (kPermissionDenied), user_not_found,
// role_not_found, token_not_found, name_taken, name_not_allowed, last_admin, bad_request, and those of the store.
// Thread rules: safe from any thread. Functions that check or set passwords take about 30 ms of CPU: not for transport
// threads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accounts/account_store.h"
#include "accounts/jwt.h"
#include "accounts/login_guard.h"
#include "accounts/password.h"
#include "accounts/secret_box.h"
#include "base/clock.h"

namespace greenroom {

enum class PrincipalKind { kAnonymous, kUser, kToken, kService, kEnvironment };

// How the caller proved who they are; some routes want a header.
enum class CredentialPlace { kNone, kHeader, kQuery, kCookie };

// Who makes a request. `name` goes into deployments, logs and the audit log.
struct Principal {
  std::string name = "anonymous";
  PrincipalKind kind = PrincipalKind::kAnonymous;
  Grants grants = {};
  std::string user = {};         // id of the user behind it; "" for programs and servers
  std::string environment = {};  // the only one that it may touch; "" = not bound
  bool guest = false;            // came by a shared link: `name` is the conversation, the only one
  CredentialPlace place = CredentialPlace::kNone;
  std::string session = {};  // digest of the session, when it is one
  std::string address = {};  // where the request came from

  bool authenticated() const { return kind != PrincipalKind::kAnonymous; }
};

// The program itself, for what it does on its own and on behalf of whoever runs it.
Principal SystemPrincipal();

// What a request brings. Empty members were not given; the first that is given counts, in this order.
struct Credentials {
  std::string_view authorization = {};  // the header: "Bearer <JWT or token>"
  std::string_view api_token = {};      // query: a personal token
  std::string_view token = {};          // query: a token of a service or an environment
  std::string_view session = {};        // cookie
  std::string_view address = {};
  bool rasa_surface = false;  // the route is one of a Rasa server: its shared-secret tokens count
};

// What the first start sets up.
struct FirstAccess {
  std::optional<std::string> admin_token = {};  // that was made, to be shown once; a given one is known
};
struct AccountSetup {
  std::optional<std::string> admin_token = {};  // GREENROOM_ADMIN_TOKEN
  std::string username = {}, password = {};     // RASA_X_USERNAME, RASA_X_PASSWORD
};

struct LoginAnswer {
  std::string access_token;  // a JWT
  double expires_at = 0;
};
struct OpenedSession {
  std::string id;    // the cookie's value
  std::string csrf;  // to be sent back as X-CSRF-Token with everything that changes something
  double expires_at = 0;
  UserRecord user;
};
struct NewUser {
  std::string name;
  std::optional<std::string> password = {};
  std::vector<std::string> roles = {};  // empty: the default roles
};
struct NewToken {
  std::string name;
  TokenKind kind = TokenKind::kPersonal;
  std::string environment = {};
  Grants scopes = {};
  double expires_at = 0;
};
struct IssuedToken {
  TokenRecord record;
  std::string secret;
};
// The link that is shared with people who have no account. PUT makes a new token each time.
struct ChatLink {
  std::string bot_name = {}, description = {};
  std::string chat_token = {};  // "" = nothing is shared
  double expires_at = 0;
};
struct GuestPass {
  std::string jwt = {};
  std::string conversation_id;  // random: who knows it may go on with the conversation
};
struct AuditVerdict {
  int64_t count = 0;
  std::string head;     // hash of the newest record
  std::string problem;  // "" = the chain is whole
};

class Accounts {
 public:
  static constexpr double kJwtSeconds = 8 * 3600, kSessionSeconds = 12 * 3600;
  static constexpr size_t kMinPassword = 8;  // bytes; for passwords that are set through the API

  Accounts(AccountStore& store, const Clock& clock, std::optional<SecretBox> box = std::nullopt)
      : store_(store), clock_(clock), box_(std::move(box)) {}

  // Roles of a new store, the signing key, the first admin token and, when named, the first user. To be called before
  // anything else, by one thread; what was made at an earlier start stays.
  Result<FirstAccess> EnsureDefaults(const AccountSetup& setup);
  Result<std::optional<std::string>> EnsureAdminToken(const std::optional<std::string>& given);

  // From now on tokens that were signed with this key are taken on the routes of a Rasa server, as such a server takes
  // them: the claim `user` holds {"username", "role"}; role admin may use its whole API, role user the one conversation
  // that is named like the user, byte by byte, and whoever has neither may do nothing. `exp` may be missing, as there.
  // To be called before the first request.
  void TakeRasaTokens(JwtKey key) { rasa_key_ = std::move(key); }

  // The principal behind what was given; anonymous when nothing was. Error: token_invalid, whatever is wrong with it.
  Result<Principal> Authenticate(const Credentials& credentials) const;
  // Checks a name and password, slowed down per account and address. Errors: login_failed, too_many_logins.
  Result<LoginAnswer> Login(const std::string& name, const std::string& password, const std::string& address);
  Result<OpenedSession> OpenSession(const std::string& name, const std::string& password, const std::string& address);
  Result<OpenedSession> OpenSessionOf(const UserRecord& user, const std::string& address);
  Result<void> EndSession(const Principal& actor);
  // The CSRF token of a session id. Pure.
  static std::string CsrfOf(std::string_view session_id);
  // A JWT for a user that proved who they are elsewhere, and the key that clients check it with (PEM).
  Result<LoginAnswer> IssueJwt(const UserRecord& user);
  Result<std::string> PublicKey() const;

  Result<std::vector<UserRecord>> Users() const { return store_.Users(); }
  Result<UserRecord> GetUser(const std::string& name) const;
  Result<UserRecord> CallerOf(const Principal& actor) const;
  Result<UserRecord> CreateUser(const Principal& actor, const NewUser& user);
  // A user that signs in elsewhere: found by subject, or made with these roles; roles are brought up to date.
  Result<UserRecord> SignIn(const std::string& subject, const NewUser& user, const std::string& address);
  Result<UserRecord> DeleteUser(const Principal& actor, const std::string& name);
  Result<UserRecord> SetRoles(const Principal& actor, const std::string& name, std::vector<std::string> roles);
  enum class Access { kEnabled, kDisabled };
  Result<UserRecord> SetAccess(const Principal& actor, const std::string& name, Access access);
  Result<UserRecord> SetPassword(const Principal& actor, const std::string& name, const std::string& password);
  // Of the caller. ChangePassword ends all sessions and JWTs of the user.
  Result<UserRecord> ChangePassword(const Principal& actor, const std::string& old_password,
                                    const std::string& new_password);
  Result<UserRecord> Rename(const Principal& actor, const std::string& new_name);

  Result<std::vector<Role>> Roles() const { return store_.Roles(); }
  Result<Role> GetRole(const std::string& name) const;
  // Creates (version 0) or replaces a role.
  Result<Role> PutRole(const Principal& actor, Role role);
  // Gives the role to exactly these users, all at once.
  Result<void> SetUsersOfRole(const Principal& actor, const std::string& role, const std::vector<std::string>& names);
  Result<void> DeleteRole(const Principal& actor, const std::string& name);

  // All tokens with tokens.view, else the caller's own.
  Result<std::vector<TokenRecord>> Tokens(const Principal& actor) const;
  Result<IssuedToken> CreateToken(const Principal& actor, NewToken token);
  // A new secret for the same token; the old one ends at once.
  Result<IssuedToken> RotateToken(const Principal& actor, const std::string& id);
  Result<void> RevokeToken(const Principal& actor, const std::string& id);

  Result<ChatLink> GetChatLink() const;
  Result<ChatLink> PutChatLink(const Principal& actor, ChatLink link);
  // A JWT that may do nothing but talk in one conversation. Errors: token_invalid, bad_request (a foreign id).
  Result<GuestPass> AdmitGuest(const std::string& chat_token, const std::string& conversation_id) const;

  Result<std::vector<AuditRecord>> Audit(const AuditQuery& query) const { return store_.Audit(query); }
  Result<AuditVerdict> VerifyAudit() const;
  // Tells of something that is no account (an import, an export).
  Result<void> Note(const Principal& actor, AuditEntry entry);

  // Keeps and finds a secret of another part, encrypted. nullopt: there is none of that name.
  Result<void> KeepSecret(const Principal& actor, const std::string& name, const std::string& secret);
  Result<std::optional<std::string>> FindSecret(const std::string& name) const;
  // Encrypts what travels through a client and comes back unread. Errors: no_secret_key, secret_unreadable.
  Result<std::string> Seal(const std::string& text) const;
  Result<std::string> Unseal(const std::string& sealed) const;

 private:
  Result<Principal> OfToken(std::string_view token, CredentialPlace place) const;
  Result<Principal> OfRecord(const TokenRecord& record) const;
  Result<Principal> OfJwt(std::string_view token) const;
  Result<Principal> OfGuest(const Json& claims) const;
  Result<Principal> OfRasaJwt(std::string_view token) const;
  Result<Principal> OfSession(std::string_view id) const;
  Result<Principal> OfUser(const UserRecord& user) const;
  Result<UserRecord> CheckPassword(const std::string& name, const std::string& password, const std::string& address);
  Result<void> RecordFailure(const std::string& name, const std::string& address);
  Result<const JwtKey*> SigningKey() const;
  Result<void> LoadSigningKey();
  Result<void> MayManage(const Principal& actor, const UserRecord& user) const;
  Result<void> MayGive(const Principal& actor, const std::vector<std::string>& roles) const;
  Result<UserRecord> Put(const Principal& actor, const char* action, UserRecord user);
  Result<TokenRecord> FindOwnToken(const Principal& actor, const std::string& id) const;
  Result<void> Apply(const AccountChange& change) const { return store_.Apply(change, clock_.NowSeconds()); }

  AccountStore& store_;
  const Clock& clock_;
  std::optional<SecretBox> box_;
  PasswordHasher hasher_;
  LoginGuard guard_;
  std::optional<JwtKey> key_;  // set by EnsureDefaults
  std::optional<JwtKey> rasa_key_;
};

// 1 to 64 of [A-Za-z0-9._@+-], the first a letter or digit; not a name of the program itself. Error: name_not_allowed.
Result<void> CheckUserName(std::string_view name);
// What audit entries and lists show of a record: no secret.
Json DescribeUser(const UserRecord& user);
Json DescribeRole(const Role& role);
Json DescribeToken(const TokenRecord& token);

}  // namespace greenroom

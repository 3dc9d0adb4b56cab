#include "accounts/accounts.h"

#include <algorithm>
#include <cmath>

#include "base/digest.h"
#include "base/random.h"

namespace greenroom {
namespace {

constexpr size_t kTokenBytes = 24, kSessionBytes = 32;
constexpr std::string_view kScheme = "bearer ";
constexpr char kIssuer[] = "greenroom", kKeyName[] = "jwt-key";

bool HasBearer(std::string_view header) {
  return header.size() >= kScheme.size() && NameKey(header.substr(0, kScheme.size())) == kScheme;
}

Error Unknown() {
  return {ErrorCode::kUnauthenticated, "token_invalid", "the token is not known",
          "send a valid one as \"Authorization: Bearer <token>\""};
}

Error LoginFailed() { return {ErrorCode::kUnauthenticated, "login_failed", "the user name or the password is wrong"}; }

std::string_view WithoutScheme(std::string_view header) {
  if (!HasBearer(header)) return "";
  header.remove_prefix(kScheme.size());
  while (header.starts_with(' ')) header.remove_prefix(1);
  while (header.ends_with(' ')) header.remove_suffix(1);
  return header;
}

// What the servers of an environment do: fetch their model, report and show their conversations.
const Grants& ServerGrants() {
  static const Grants grants = {"models.view", "conversations.view", "test_conversation.view", "clientEvents:create"};
  return grants;
}

}  // namespace

Principal SystemPrincipal() { return {.name = "system", .kind = PrincipalKind::kService, .grants = {kAllGrants}}; }

Result<Principal> Accounts::OfUser(const UserRecord& user) const {
  if (!user.enabled) return Unknown();
  GR_ASSIGN(std::vector<Role> roles, store_.Roles());
  return Principal{
      .name = user.name, .kind = PrincipalKind::kUser, .grants = GrantsOf(user.roles, roles), .user = user.id};
}

Result<Principal> Accounts::OfRecord(const TokenRecord& record) const {
  if (record.expires_at != 0 && record.expires_at <= clock_.NowSeconds()) return Unknown();
  if (record.kind == TokenKind::kPersonal) {
    GR_ASSIGN(std::optional<UserRecord> owner, store_.FindUser(record.owner));
    if (!owner) return Unknown();
    GR_ASSIGN(Principal principal, OfUser(*owner));
    principal.kind = PrincipalKind::kToken;
    if (!record.scopes.empty()) principal.grants = Common(principal.grants, record.scopes);
    return principal;
  }
  if (record.kind == TokenKind::kService)
    return Principal{.name = record.name, .kind = PrincipalKind::kService, .grants = record.scopes};
  return Principal{.name = record.name,
                   .kind = PrincipalKind::kEnvironment,
                   .grants = ServerGrants(),
                   .environment = record.environment};
}

Result<Principal> Accounts::OfToken(std::string_view token, CredentialPlace place) const {
  std::string digest = Sha256Hex(token);
  GR_ASSIGN(std::optional<TokenRecord> record, store_.FindTokenByDigest(digest));
  if (!record || !SecretEquals(record->digest, digest)) return Unknown();
  GR_ASSIGN(Principal principal, OfRecord(*record));
  principal.place = place;
  return principal;
}

Result<Principal> Accounts::OfJwt(std::string_view token) const {
  GR_ASSIGN(const JwtKey* key, SigningKey());
  auto claims = key->Verify(token, {.now = clock_.NowSeconds(), .issuer = kIssuer});
  if (!claims) return Unknown();
  if (claims->Find("guest")) return OfGuest(*claims);
  GR_ASSIGN(std::optional<UserRecord> user, store_.FindUser((*claims)["sub"].AsString()));
  if (!user || (*claims)["generation"].AsInt(-1) != user->generation) return Unknown();
  GR_ASSIGN(Principal principal, OfUser(*user));
  principal.place = CredentialPlace::kHeader;
  return principal;
}

Result<Principal> Accounts::OfSession(std::string_view id) const {
  std::string digest = Sha256Hex(id);
  GR_ASSIGN(std::optional<SessionRecord> session, store_.FindSession(digest));
  if (!session || session->expires_at <= clock_.NowSeconds()) return Unknown();
  GR_ASSIGN(std::optional<UserRecord> user, store_.FindUser(session->user));
  if (!user || user->generation != session->generation) return Unknown();
  GR_ASSIGN(Principal principal, OfUser(*user));
  principal.place = CredentialPlace::kCookie;
  principal.session = digest;
  return principal;
}

Result<Principal> Accounts::Authenticate(const Credentials& credentials) const {
  auto found = [&]() -> Result<Principal> {
    if (!credentials.authorization.empty()) {
      std::string_view token = WithoutScheme(credentials.authorization);
      if (token.empty()) return Unknown();
      auto known = OfToken(token, CredentialPlace::kHeader);
      bool jwt = std::count(token.begin(), token.end(), '.') == 2;
      if (known || known.error().reason != "token_invalid" || !jwt) return known;
      auto ours = OfJwt(token);
      return !ours && credentials.rasa_surface && rasa_key_ ? OfRasaJwt(token) : std::move(ours);
    }
    // Tokens in a query end up in logs of proxies, so each parameter takes only the kind that its clients have.
    if (!credentials.api_token.empty()) {
      GR_ASSIGN(Principal person, OfToken(credentials.api_token, CredentialPlace::kQuery));
      return person.kind == PrincipalKind::kToken ? Result<Principal>(std::move(person)) : Unknown();
    }
    if (!credentials.token.empty()) {
      GR_ASSIGN(Principal program, OfToken(credentials.token, CredentialPlace::kQuery));
      return program.kind != PrincipalKind::kToken ? Result<Principal>(std::move(program)) : Unknown();
    }
    if (!credentials.session.empty()) return OfSession(credentials.session);
    return Principal{};
  }();
  if (!found) return found;
  found->address = std::string(credentials.address);
  return found;
}

Result<UserRecord> Accounts::CheckPassword(const std::string& name, const std::string& password,
                                           const std::string& address) {
  if (password.size() > kMaxPassword || name.size() > 256) {
    return Error{ErrorCode::kInvalidArgument, "bad_request", "the user name or the password is too long"};
  }
  std::string account = NameKey(name);
  GR_TRY(guard_.Admit(account, address, clock_.Steady()));
  GR_ASSIGN(std::optional<UserRecord> user, store_.FindUserByName(name));
  // A user that is unknown, disabled or without a password costs the same time as a wrong password.
  GR_ASSIGN(bool same, hasher_.Verify(password, user && user->enabled ? user->password : std::string()));
  if (!same) {
    GR_TRY(RecordFailure(name, address));
    return LoginFailed();
  }
  guard_.Succeeded(account, address);
  return std::move(*user);
}

// The record does not say what was wrong. What cannot be a user's name is left out: it may be a password in the wrong
// field.
Result<void> Accounts::RecordFailure(const std::string& name, const std::string& address) {
  std::optional<int64_t> left_out = guard_.MayRecord(clock_.Steady());
  if (!left_out) return {};
  AuditEntry entry{.actor = "anonymous", .address = address, .action = "login.fail"};
  if (CheckUserName(name)) entry.subject = name;
  if (*left_out > 0) entry.after = Json::Object({{"failures_not_recorded", *left_out}});
  return Apply({.audit = {std::move(entry)}});
}

Result<LoginAnswer> Accounts::IssueJwt(const UserRecord& user) {
  GR_ASSIGN(const JwtKey* key, SigningKey());
  GR_ASSIGN(std::vector<Role> roles, store_.Roles());
  Json scopes = Json::List(), role_names = Json::List();
  for (const std::string& grant : GrantsOf(user.roles, roles)) scopes.Append(grant);
  for (const std::string& role : user.roles) role_names.Append(role);
  auto now = static_cast<int64_t>(std::floor(clock_.NowSeconds()));
  auto expires = now + static_cast<int64_t>(kJwtSeconds);
  Json claims = Json::Object({{"iss", kIssuer},
                              {"sub", user.id},
                              {"username", user.name},
                              {"user", Json::Object({{"username", user.name}, {"roles", role_names}})},
                              {"scopes", scopes},
                              {"generation", user.generation},
                              {"iat", now},
                              {"exp", expires},
                              {"jti", NewId()}});
  GR_ASSIGN(std::string token, key->Sign(claims));
  return LoginAnswer{.access_token = std::move(token), .expires_at = static_cast<double>(expires)};
}

Result<LoginAnswer> Accounts::Login(const std::string& name, const std::string& password, const std::string& address) {
  GR_ASSIGN(UserRecord user, CheckPassword(name, password, address));
  GR_ASSIGN(LoginAnswer answer, IssueJwt(user));
  GR_TRY(Apply({.audit = {{.actor = user.name, .address = address, .action = "login.token", .subject = user.name}}}));
  return answer;
}

Result<OpenedSession> Accounts::OpenSessionOf(const UserRecord& user, const std::string& address) {
  double now = clock_.NowSeconds();
  OpenedSession opened{.id = SecureToken(kSessionBytes), .expires_at = now + kSessionSeconds, .user = user};
  opened.csrf = CsrfOf(opened.id);
  GR_TRY(Apply({.sessions = {{.digest = Sha256Hex(opened.id),
                              .user = user.id,
                              .generation = user.generation,
                              .address = address,
                              .created_at = now,
                              .expires_at = opened.expires_at}},
                .audit = {{.actor = user.name, .address = address, .action = "login.session", .subject = user.name}}}));
  return opened;
}

Result<OpenedSession> Accounts::OpenSession(const std::string& name, const std::string& password,
                                            const std::string& address) {
  GR_ASSIGN(UserRecord user, CheckPassword(name, password, address));
  return OpenSessionOf(user, address);
}

Result<void> Accounts::EndSession(const Principal& actor) {
  if (actor.session.empty()) return {};
  return Apply({.removed_sessions = {actor.session},
                .audit = {{.actor = actor.name, .address = actor.address, .action = "logout", .subject = actor.name}}});
}

std::string Accounts::CsrfOf(std::string_view session_id) { return Sha256Hex("csrf " + std::string(session_id)); }

Result<void> Accounts::LoadSigningKey() {
  std::string pem;
  if (box_) {
    GR_ASSIGN(std::optional<std::string> kept, FindSecret(kKeyName));
    pem = kept.value_or("");
  }
  if (pem.empty()) {
    GR_ASSIGN(pem, JwtKey::NewPrivatePem());
    if (box_) GR_TRY(Apply({.secrets = {{kKeyName, box_->Seal(pem)}}}));
  }
  GR_ASSIGN(key_, JwtKey::FromPrivatePem(pem));
  return {};
}

Result<const JwtKey*> Accounts::SigningKey() const {
  if (key_) return &*key_;
  return Error{ErrorCode::kUnavailable, "no_signing_key", "the server is not ready to sign tokens yet"};
}

Result<std::string> Accounts::PublicKey() const {
  GR_ASSIGN(const JwtKey* key, SigningKey());
  return key->public_pem();
}

Result<std::optional<std::string>> Accounts::FindSecret(const std::string& name) const {
  GR_ASSIGN(std::optional<std::string> sealed, store_.FindSecret(name));
  if (!sealed || !box_) return std::optional<std::string>();
  GR_ASSIGN(std::string secret, box_->Open(*sealed));
  return std::optional<std::string>(std::move(secret));
}

Result<std::string> Accounts::Seal(const std::string& text) const {
  if (box_) return box_->Seal(text);
  return Error{ErrorCode::kInternal, "no_secret_key", "there is no key to keep secrets with"};
}

Result<std::string> Accounts::Unseal(const std::string& sealed) const {
  if (box_) return box_->Open(sealed);
  return Error{ErrorCode::kInternal, "no_secret_key", "there is no key to keep secrets with"};
}

Result<void> Accounts::KeepSecret(const Principal& actor, const std::string& name, const std::string& secret) {
  if (!box_) return Error{ErrorCode::kInternal, "no_secret_key", "there is no key to keep secrets with"};
  return Apply({.secrets = {{name, box_->Seal(secret)}},
                .audit = {{.actor = actor.name, .address = actor.address, .action = "secret.keep", .subject = name}}});
}

Result<void> Accounts::Note(const Principal& actor, AuditEntry entry) {
  entry.actor = actor.name;
  entry.address = actor.address;
  return Apply({.audit = {std::move(entry)}});
}

Result<AuditVerdict> Accounts::VerifyAudit() const {
  AuditWalk walk;
  while (true) {
    GR_ASSIGN(std::vector<AuditRecord> page,
              store_.Audit({.after = walk.count(), .limit = 1000, .order = AuditQuery::Order::kOldestFirst}));
    bool whole = std::all_of(page.begin(), page.end(), [&](const AuditRecord& record) { return walk.Take(record); });
    if (page.empty() || !whole) break;
  }
  return AuditVerdict{.count = walk.count(), .head = walk.head(), .problem = walk.problem()};
}

Result<std::optional<std::string>> Accounts::EnsureAdminToken(const std::optional<std::string>& given) {
  GR_ASSIGN(std::vector<TokenRecord> tokens, store_.Tokens());
  bool first = std::none_of(tokens.begin(), tokens.end(),
                            [](const TokenRecord& token) { return token.scopes.contains(kAllGrants); });
  bool named = given && !given->empty();
  // Who revoked the first token on purpose and has an admin does not get another one at the next start.
  GR_ASSIGN(std::vector<UserRecord> users, store_.Users());
  GR_ASSIGN(std::vector<Role> roles, store_.Roles());
  first = first && !HasAdmin(users, roles);
  if (!named && !first) return std::optional<std::string>();
  std::string secret = named ? *given : SecureToken(kTokenBytes);
  TokenRecord token{.id = NewId(),
                    .name = "admin",
                    .scopes = {kAllGrants},
                    .digest = Sha256Hex(secret),
                    .created_by = "system",
                    .created_at = clock_.NowSeconds()};
  GR_ASSIGN(std::optional<TokenRecord> known, store_.FindTokenByDigest(token.digest));
  if (!known) {
    AuditEntry entry{.actor = "system", .action = "token.create", .subject = token.name, .after = DescribeToken(token)};
    GR_TRY(Apply({.tokens = {token}, .audit = {std::move(entry)}}));
  }
  return first && !named ? std::optional<std::string>(std::move(secret)) : std::optional<std::string>();
}

Result<FirstAccess> Accounts::EnsureDefaults(const AccountSetup& setup) {
  GR_ASSIGN(std::vector<Role> roles, store_.Roles());
  if (roles.empty()) {
    AccountChange change{.roles = DefaultRoles()};
    for (const Role& role : change.roles) {
      change.audit.push_back(
          {.actor = "system", .action = "role.create", .subject = role.name, .after = DescribeRole(role)});
    }
    GR_TRY(Apply(change));
  }
  GR_TRY(LoadSigningKey());
  FirstAccess access;
  GR_ASSIGN(access.admin_token, EnsureAdminToken(setup.admin_token));
  GR_ASSIGN(std::vector<UserRecord> users, store_.Users());
  // As there: an empty password means that no user is made.
  if (!users.empty() || setup.username.empty() || setup.password.empty()) return access;
  GR_TRY(CheckUserName(setup.username));
  UserRecord admin{.id = NewId(), .name = setup.username, .roles = {kAdminRole}, .created_at = clock_.NowSeconds()};
  GR_ASSIGN(admin.password, hasher_.Hash(setup.password));
  GR_ASSIGN(UserRecord made, Put(SystemPrincipal(), "user.create", std::move(admin)));
  (void)made;
  return access;
}

}  // namespace greenroom

#include "accounts/accounts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace greenroom {
namespace {

constexpr char kPassword[] = "a long password";

// An AccountStore in memory, with the rules of the port.
class MemoryAccounts final : public AccountStore {
 public:
  // The rows, for tests to look at.
  std::map<std::string, UserRecord> users;
  std::map<std::string, Role> roles;
  std::vector<TokenRecord> tokens;
  std::vector<SessionRecord> sessions;
  std::map<std::string, std::string> secrets;
  std::vector<AuditRecord> audit;

  Result<void> Apply(const AccountChange& change, double now) override {
    // On a copy, so that a refused change leaves nothing.
    MemoryAccounts next = *this;
    bool had = HasAdmin(*Users(), *Roles());
    GR_TRY(next.ApplyPeople(change));
    if (had && !HasAdmin(*next.Users(), *next.Roles())) return Error{ErrorCode::kConflict, "last_admin", "last admin"};
    next.ApplyRest(change, now);
    *this = std::move(next);
    return {};
  }
  Result<std::optional<UserRecord>> FindUser(const std::string& id) const override {
    return FindIf([&](const UserRecord& user) { return user.id == id; });
  }
  Result<std::optional<UserRecord>> FindUserByName(const std::string& name) const override {
    return FindIf([&](const UserRecord& user) { return NameKey(user.name) == NameKey(name); });
  }
  Result<std::optional<UserRecord>> FindUserBySubject(const std::string& subject) const override {
    return FindIf([&](const UserRecord& user) { return !subject.empty() && user.subject == subject; });
  }
  Result<std::vector<UserRecord>> Users() const override {
    std::vector<UserRecord> all;
    for (const auto& [id, user] : users) all.push_back(user);
    return all;
  }
  Result<std::vector<Role>> Roles() const override {
    std::vector<Role> all;
    for (const auto& [name, role] : roles) all.push_back(role);
    return all;
  }
  Result<std::optional<TokenRecord>> FindTokenByDigest(const std::string& digest) const override {
    for (const TokenRecord& token : tokens)
      if (token.digest == digest) return std::optional<TokenRecord>(token);
    return std::optional<TokenRecord>();
  }
  Result<std::vector<TokenRecord>> Tokens() const override { return tokens; }
  Result<std::optional<SessionRecord>> FindSession(const std::string& digest) const override {
    for (const SessionRecord& session : sessions)
      if (session.digest == digest) return std::optional<SessionRecord>(session);
    return std::optional<SessionRecord>();
  }
  Result<std::optional<std::string>> FindSecret(const std::string& name) const override {
    auto found = secrets.find(name);
    return found == secrets.end() ? std::nullopt : std::optional<std::string>(found->second);
  }
  Result<std::vector<AuditRecord>> Audit(const AuditQuery& query) const override {
    std::vector<AuditRecord> page;
    for (const AuditRecord& record : audit)
      if (record.number > query.after && page.size() < static_cast<size_t>(query.limit)) page.push_back(record);
    return page;
  }

 private:
  // The first user that a predicate takes.
  template <typename Match>
  Result<std::optional<UserRecord>> FindIf(Match match) const {
    for (const auto& [id, user] : users)
      if (match(user)) return std::optional<UserRecord>(user);
    return std::optional<UserRecord>();
  }

  // Users and roles: what may be refused.
  Result<void> ApplyPeople(const AccountChange& change) {
    for (UserRecord user : change.users) {
      auto other = *FindUserByName(user.name);
      if (other && other->id != user.id) return Error{ErrorCode::kAlreadyExists, "name_taken", "name taken"};
      if (user.version != users[user.id].version) return Error{ErrorCode::kConflict, "changed_meanwhile", "changed"};
      ++user.version;
      users[user.id] = user;
    }
    for (const std::string& id : change.removed_users) {
      users.erase(id);
      std::erase_if(tokens, [&](const TokenRecord& token) { return token.owner == id; });
    }
    for (Role role : change.roles) {
      if (role.version == 0 && roles.contains(role.name))
        return Error{ErrorCode::kAlreadyExists, "name_taken", "name taken"};
      ++role.version;
      roles[role.name] = role;
    }
    for (const std::string& name : change.removed_roles) roles.erase(name);
    return {};
  }

  // What cannot fail.
  void ApplyRest(const AccountChange& change, double now) {
    auto drop_token = [&](const std::string& id) {
      std::erase_if(tokens, [&](const TokenRecord& token) { return token.id == id; });
    };
    for (const TokenRecord& token : change.tokens) {
      drop_token(token.id);
      tokens.push_back(token);
    }
    for (const std::string& id : change.removed_tokens) drop_token(id);
    sessions.insert(sessions.end(), change.sessions.begin(), change.sessions.end());
    for (const std::string& digest : change.removed_sessions)
      std::erase_if(sessions, [&](const SessionRecord& session) { return session.digest == digest; });
    for (const auto& [name, sealed] : change.secrets) secrets[name] = sealed;
    // Each record continues the hash of the one before, as in a real store.
    for (const AuditEntry& entry : change.audit) {
      AuditRecord record{.number = static_cast<int64_t>(audit.size()) + 1, .at = now, .entry = entry};
      record.hash = AuditHash(audit.empty() ? "" : audit.back().hash, record);
      audit.push_back(std::move(record));
    }
  }
};

struct AccountsTest : testing::Test {
  MemoryAccounts store;
  FakeClock clock;
  Accounts accounts{store, clock, SecretBox::Create(std::string(32, 'k')).value()};
  Principal admin;

  void SetUp() override {
    ASSERT_TRUE(accounts.EnsureDefaults({.admin_token = "t", .username = "Ada", .password = kPassword}).ok());
    admin = LogIn("ada");
  }
  UserRecord Make(const std::string& name, std::vector<std::string> roles) {
    auto made = accounts.CreateUser(admin, {.name = name, .password = kPassword, .roles = std::move(roles)});
    EXPECT_TRUE(made.ok()) << made.error().message;
    return *made;
  }
  Principal LogIn(const std::string& name) {
    auto login = accounts.Login(name, kPassword, "1.1.1.1");
    EXPECT_TRUE(login.ok()) << login.error().message;
    auto who = Bearer(login->access_token);
    EXPECT_TRUE(who.ok());
    return *who;
  }
  Result<Principal> Bearer(const std::string& token) {
    std::string header = "Bearer " + token;
    return accounts.Authenticate({.authorization = header});
  }
  std::string ReasonOf(const auto& result) { return result.ok() ? "" : result.error().reason; }
};

TEST_F(AccountsTest, TheFirstAdminTokenIsShownOnceAndKeptAsADigest) {
  MemoryAccounts fresh;
  Accounts other(fresh, clock);
  auto made = other.EnsureAdminToken(std::nullopt);
  ASSERT_TRUE(made.ok() && *made);
  EXPECT_GE((*made)->size(), 32u);
  EXPECT_EQ(fresh.tokens.front().digest.find(**made), std::string::npos);
  std::string header = "Bearer " + **made;
  EXPECT_TRUE(other.Authenticate({.authorization = header})->grants.contains("*"));
  EXPECT_FALSE(other.EnsureAdminToken(std::nullopt)->has_value());
}

TEST_F(AccountsTest, AnAdminWhoRevokedTheFirstTokenGetsNoNewOne) {
  ASSERT_TRUE(accounts.RevokeToken(admin, store.tokens.front().id).ok());
  EXPECT_FALSE(accounts.EnsureAdminToken(std::nullopt)->has_value());
  EXPECT_TRUE(store.tokens.empty());
}

TEST_F(AccountsTest, AGivenTokenIsAddedToTheOthersOnce) {
  ASSERT_TRUE(accounts.EnsureAdminToken("given-token").ok());
  ASSERT_TRUE(accounts.EnsureAdminToken("given-token").ok());
  EXPECT_EQ(store.tokens.size(), 2u);
  EXPECT_TRUE(Bearer("given-token").ok());
  EXPECT_TRUE(Bearer("t").ok());
}

TEST_F(AccountsTest, NobodyIsAnonymousAndTheWrongOneIsRefused) {
  EXPECT_FALSE(accounts.Authenticate({})->authenticated());
  for (const char* header : {"Bearer x", "Bearer ", "Bearer", "Basic t", "t", "Bearer tt", "bearer  T", "Bearer a.b.c"})
    EXPECT_EQ(ReasonOf(accounts.Authenticate({.authorization = header})), "token_invalid") << header;
  EXPECT_EQ(ReasonOf(accounts.Authenticate({.session = "x"})), "token_invalid");
  EXPECT_TRUE(accounts.Authenticate({.authorization = "bEARER t"}).ok());
}

TEST_F(AccountsTest, EachQueryParameterTakesItsOwnKindOfToken) {
  auto personal = accounts.CreateToken(admin, {.name = "ci"});
  auto service = accounts.CreateToken(admin, {.name = "rasa", .kind = TokenKind::kService, .scopes = {"models.view"}});
  ASSERT_TRUE(personal.ok() && service.ok());
  EXPECT_EQ(accounts.Authenticate({.api_token = personal->secret})->name, "Ada");
  EXPECT_EQ(accounts.Authenticate({.token = service->secret})->name, "rasa");
  EXPECT_FALSE(accounts.Authenticate({.token = personal->secret}).ok());
  EXPECT_FALSE(accounts.Authenticate({.api_token = service->secret}).ok());
  EXPECT_EQ(accounts.Authenticate({.api_token = personal->secret})->place, CredentialPlace::kQuery);
}

TEST_F(AccountsTest, AFirstUserIsMadeFromVariablesOnceAndNotWithoutAPassword) {
  EXPECT_EQ(store.users.size(), 1u);
  ASSERT_TRUE(accounts.EnsureDefaults({.username = "eve", .password = kPassword}).ok());
  EXPECT_EQ(store.users.size(), 1u);
  MemoryAccounts fresh;
  Accounts other(fresh, clock);
  ASSERT_TRUE(other.EnsureDefaults({.username = "eve"}).ok());
  EXPECT_TRUE(fresh.users.empty());
  EXPECT_EQ(fresh.roles.size(), 3u);
}

TEST_F(AccountsTest, AnUnknownUserAndAWrongPasswordGiveTheSameAnswer) {
  auto unknown = accounts.Login("nobody", kPassword, "a"), wrong = accounts.Login("ada", "wrong", "a");
  ASSERT_FALSE(unknown.ok() || wrong.ok());
  EXPECT_EQ(unknown.error().reason, wrong.error().reason);
  EXPECT_EQ(unknown.error().message, wrong.error().message);
  EXPECT_EQ(unknown.error().code, ErrorCode::kUnauthenticated);
}

TEST_F(AccountsTest, GuessingIsStoppedButTheOwnerCanLogInElsewhere) {
  std::string last;
  for (int i = 0; i < 12; ++i) last = ReasonOf(accounts.Login("ada", "wrong", "6.6.6.6"));
  EXPECT_EQ(last, "too_many_logins");
  EXPECT_TRUE(accounts.Login("ADA", kPassword, "1.2.3.4").ok());
}

TEST_F(AccountsTest, AJwtEndsWithItsTimeAndWithTheAccount) {
  Make("ben", {"tester"});
  std::string token = accounts.Login("ben", kPassword, "a")->access_token;
  EXPECT_EQ(Bearer(token)->grants, (Grants{"share_bot.view", "test_conversation.view"}));
  clock.Advance(Accounts::kJwtSeconds + 61);
  EXPECT_FALSE(Bearer(token).ok());
  token = accounts.Login("ben", kPassword, "b")->access_token;
  ASSERT_TRUE(accounts.SetRoles(admin, "ben", {"annotator"}).ok());
  EXPECT_TRUE(Allows(Bearer(token)->grants, "nlu.modify"));
  ASSERT_TRUE(accounts.SetAccess(admin, "ben", Accounts::Access::kDisabled).ok());
  EXPECT_FALSE(Bearer(token).ok());
  EXPECT_EQ(ReasonOf(accounts.Login("ben", kPassword, "c")), "login_failed");
  ASSERT_TRUE(accounts.SetAccess(admin, "ben", Accounts::Access::kEnabled).ok());
  EXPECT_FALSE(Bearer(token).ok());
  token = accounts.Login("ben", kPassword, "d")->access_token;
  ASSERT_TRUE(accounts.DeleteUser(admin, "ben").ok());
  EXPECT_FALSE(Bearer(token).ok());
}

TEST_F(AccountsTest, TheSigningKeyOutlivesAStart) {
  std::string token = accounts.Login("ada", kPassword, "a")->access_token;
  Accounts again(store, clock, SecretBox::Create(std::string(32, 'k')).value());
  ASSERT_TRUE(again.EnsureDefaults({}).ok());
  std::string header = "Bearer " + token;
  EXPECT_TRUE(again.Authenticate({.authorization = header}).ok());
  EXPECT_EQ(again.PublicKey().value(), accounts.PublicKey().value());
  Accounts wrong(store, clock, SecretBox::Create(std::string(32, 'x')).value());
  EXPECT_EQ(ReasonOf(wrong.EnsureDefaults({})), "secret_unreadable");
}

TEST_F(AccountsTest, ASessionEndsByLogoutByTimeAndByANewPassword) {
  auto opened = accounts.OpenSession("ada", kPassword, "a");
  ASSERT_TRUE(opened.ok());
  auto who = accounts.Authenticate({.session = opened->id});
  ASSERT_TRUE(who.ok());
  EXPECT_EQ(who->place, CredentialPlace::kCookie);
  EXPECT_EQ(store.sessions[0].digest.find(opened->id), std::string::npos);
  auto other = accounts.OpenSession("ada", kPassword, "a");
  ASSERT_TRUE(accounts.EndSession(*who).ok());
  EXPECT_FALSE(accounts.Authenticate({.session = opened->id}).ok());
  EXPECT_TRUE(accounts.Authenticate({.session = other->id}).ok());
  ASSERT_TRUE(accounts.ChangePassword(*who, kPassword, "another password").ok());
  EXPECT_FALSE(accounts.Authenticate({.session = other->id}).ok());
  auto third = accounts.OpenSession("ada", "another password", "a");
  clock.Advance(Accounts::kSessionSeconds + 1);
  EXPECT_FALSE(accounts.Authenticate({.session = third->id}).ok());
}

TEST_F(AccountsTest, UserNamesAreSafeAndUniqueWithoutRegardToCase) {
  Make("ben", {});
  EXPECT_EQ(store.users.size(), 2u);
  EXPECT_EQ(accounts.GetUser("BEN")->roles, std::vector<std::string>{"annotator"});
  EXPECT_EQ(ReasonOf(accounts.CreateUser(admin, {.name = "Ben"})), "name_taken");
  for (const char* name : {"",
                           "\xD0\xB0"
                           "dmin",
                           " a", "a b", "a\n", "../a", "system", "Anonymous", ".a"})
    EXPECT_EQ(ReasonOf(accounts.CreateUser(admin, {.name = name})), "name_not_allowed") << name;
  EXPECT_EQ(ReasonOf(accounts.CreateUser(admin, {.name = "x", .password = "short"})), "password_too_short");
  EXPECT_EQ(ReasonOf(accounts.CreateUser(admin, {.name = "x", .roles = {"nothing"}})), "role_not_found");
}

TEST_F(AccountsTest, TheLastAdminCannotVanish) {
  EXPECT_EQ(ReasonOf(accounts.DeleteUser(admin, "ada")), "last_admin");
  EXPECT_EQ(ReasonOf(accounts.SetRoles(admin, "ada", {"tester"})), "last_admin");
  EXPECT_EQ(ReasonOf(accounts.SetAccess(admin, "ada", Accounts::Access::kDisabled)), "last_admin");
  Make("ben", {"admin"});
  EXPECT_TRUE(accounts.SetRoles(admin, "ada", {"tester"}).ok());
}

TEST_F(AccountsTest, NobodyGivesAwayWhatTheyDoNotHave) {
  ASSERT_TRUE(accounts.PutRole(admin, {.name = "people", .grants = {"users.modify", "tokens.modify"}}).ok());
  Make("pam", {"people"});
  Make("tom", {"tester"});
  Principal pam = LogIn("pam");
  EXPECT_EQ(ReasonOf(accounts.SetRoles(pam, "pam", {"admin"})), "not_allowed");
  EXPECT_EQ(ReasonOf(accounts.SetPassword(pam, "ada", kPassword)), "not_allowed");
  EXPECT_EQ(ReasonOf(accounts.DeleteUser(pam, "ada")), "not_allowed");
  EXPECT_EQ(ReasonOf(accounts.CreateUser(pam, {.name = "x", .roles = {"admin"}})), "not_allowed");
  EXPECT_EQ(ReasonOf(accounts.PutRole(pam, {.name = "x", .grants = {"models.modify"}})), "not_allowed");
  Role own = accounts.GetRole("people").value();
  own.grants.insert("*");
  EXPECT_EQ(ReasonOf(accounts.PutRole(pam, own)), "not_allowed");
  EXPECT_EQ(ReasonOf(accounts.CreateToken(pam, {.name = "x", .kind = TokenKind::kService, .scopes = {"*"}})),
            "not_allowed");
  EXPECT_EQ(
      ReasonOf(accounts.CreateToken(pam, {.name = "x", .kind = TokenKind::kEnvironment, .environment = "production"})),
      "not_allowed");
  Principal tom = LogIn("tom");
  EXPECT_EQ(ReasonOf(accounts.CreateUser(tom, {.name = "x", .roles = {"tester"}})), "not_allowed");
  EXPECT_EQ(ReasonOf(accounts.PutRole(tom, {.name = "x"})), "not_allowed");
}

TEST_F(AccountsTest, APersonalTokenNeverDoesMoreThanItsOwner) {
  Make("ben", {"annotator"});
  Principal ben = LogIn("ben");
  EXPECT_EQ(ReasonOf(accounts.CreateToken(ben, {.name = "x", .scopes = {"models.modify"}})), "not_allowed");
  auto narrow = accounts.CreateToken(ben, {.name = "narrow", .scopes = {"models.view"}});
  auto whole = accounts.CreateToken(ben, {.name = "whole"});
  ASSERT_TRUE(narrow.ok() && whole.ok());
  Principal by_token = Bearer(narrow->secret).value();
  EXPECT_EQ(by_token.grants, Grants{"models.view"});
  // A narrow token cannot make itself a wider one.
  EXPECT_EQ(accounts.CreateToken(by_token, {.name = "y"})->record.scopes, Grants{"models.view"});
  EXPECT_EQ(ReasonOf(accounts.RotateToken(by_token, whole->record.id)), "not_allowed");
  ASSERT_TRUE(accounts.SetRoles(admin, "ben", {"tester"}).ok());
  EXPECT_TRUE(Bearer(narrow->secret)->grants.empty());
  EXPECT_EQ(Bearer(whole->secret)->grants, (Grants{"share_bot.view", "test_conversation.view"}));
}

TEST_F(AccountsTest, TokensEndWhenRevokedRotatedOrOld) {
  auto made = accounts.CreateToken(admin, {.name = "ci", .expires_at = clock.NowSeconds() + 10});
  ASSERT_TRUE(made.ok());
  auto rotated = accounts.RotateToken(admin, made->record.id);
  EXPECT_FALSE(Bearer(made->secret).ok());
  EXPECT_TRUE(Bearer(rotated->secret).ok());
  clock.Advance(10);
  EXPECT_FALSE(Bearer(rotated->secret).ok());
  auto other = accounts.CreateToken(admin, {.name = "other"});
  ASSERT_TRUE(accounts.RevokeToken(admin, other->record.id).ok());
  EXPECT_FALSE(Bearer(other->secret).ok());
  EXPECT_EQ(ReasonOf(accounts.RevokeToken(admin, other->record.id)), "token_not_found");
}

TEST_F(AccountsTest, TokensOfOthersAreNotSeenWithoutTheRight) {
  auto made = accounts.CreateToken(admin, {.name = "ci"});
  Make("tom", {"tester"});
  Principal tom = LogIn("tom");
  EXPECT_TRUE(accounts.Tokens(tom)->empty());
  EXPECT_EQ(ReasonOf(accounts.RevokeToken(tom, made->record.id)), "token_not_found");
  EXPECT_EQ(accounts.Tokens(admin)->size(), 2u);
}

TEST_F(AccountsTest, ATokenOfAnEnvironmentIsBoundToIt) {
  auto made =
      accounts.CreateToken(admin, {.name = "server", .kind = TokenKind::kEnvironment, .environment = "experimental"});
  ASSERT_TRUE(made.ok());
  Principal server = accounts.Authenticate({.token = made->secret}).value();
  EXPECT_EQ(server.environment, "experimental");
  EXPECT_FALSE(Allows(server.grants, "models.modify"));
  EXPECT_FALSE(Allows(server.grants, WriteGrant("experimental")));
}

TEST_F(AccountsTest, EveryChangeLeavesAnAuditEntryWithoutSecrets) {
  size_t before = store.audit.size();
  Make("ben", {"tester"});
  ASSERT_TRUE(accounts.SetRoles(admin, "ben", {"annotator"}).ok());
  auto token = accounts.CreateToken(admin, {.name = "ci"});
  ASSERT_TRUE(accounts.DeleteUser(admin, "ben").ok());
  ASSERT_EQ(store.audit.size(), before + 4);
  const AuditEntry& roles = store.audit[before + 1].entry;
  EXPECT_EQ(roles.actor, "Ada");
  EXPECT_EQ(roles.action, "user.roles");
  EXPECT_EQ(roles.before["roles"].Dump(), R"(["tester"])");
  EXPECT_EQ(roles.after["roles"].Dump(), R"(["annotator"])");
  for (const AuditRecord& record : store.audit) {
    std::string text = record.entry.before.Dump() + record.entry.after.Dump();
    EXPECT_EQ(text.find(kPassword), std::string::npos);
    EXPECT_EQ(text.find("argon2"), std::string::npos);
    EXPECT_EQ(text.find(token->secret), std::string::npos);
  }
  EXPECT_EQ(accounts.VerifyAudit()->problem, "");
  store.audit[before].entry.actor = "nobody";
  EXPECT_NE(accounts.VerifyAudit()->problem, "");
}

TEST_F(AccountsTest, LoginsAndLogoutsAreInTheAuditLogWithoutSayingWhatWasWrong) {
  Make("ben", {"tester"});
  const size_t before = store.audit.size();
  EXPECT_FALSE(accounts.Login("ben", "a wrong one", "10.0.0.1").ok());
  EXPECT_FALSE(accounts.Login("nobody", kPassword, "10.0.0.1").ok());
  EXPECT_FALSE(accounts.Login("my secret pass phrase", kPassword, "10.0.0.1").ok());
  ASSERT_TRUE(accounts.Login("ada", kPassword, "10.0.0.2").ok());
  const Result<OpenedSession> opened = accounts.OpenSession("ada", kPassword, "10.0.0.3");
  ASSERT_TRUE(opened.ok());
  Principal ada = admin;
  ada.address = "10.0.0.3";
  ada.session = store.sessions.back().digest;
  ASSERT_TRUE(accounts.EndSession(ada).ok());
  std::string seen;
  for (size_t i = before; i < store.audit.size(); ++i) {
    const AuditEntry& entry = store.audit[i].entry;
    seen += entry.actor + " " + entry.address + " " + entry.action + " " + entry.subject + "\n";
  }
  EXPECT_EQ(seen,
            "anonymous 10.0.0.1 login.fail ben\n"
            "anonymous 10.0.0.1 login.fail nobody\n"
            "anonymous 10.0.0.1 login.fail \n"
            "Ada 10.0.0.2 login.token Ada\n"
            "Ada 10.0.0.3 login.session Ada\n"
            "Ada 10.0.0.3 logout Ada\n");
  EXPECT_TRUE(accounts.VerifyAudit()->problem.empty());
}

TEST_F(AccountsTest, AGuestHasOneConversationUntilTheLinkChanges) {
  EXPECT_EQ(ReasonOf(accounts.AdmitGuest("", "")), "token_invalid");
  auto link = accounts.PutChatLink(admin, {.bot_name = "desk", .expires_at = clock.NowSeconds() + 100});
  ASSERT_TRUE(link.ok());
  EXPECT_EQ(accounts.GetChatLink()->chat_token, link->chat_token);
  auto pass = accounts.AdmitGuest(link->chat_token, "");
  ASSERT_TRUE(pass.ok());
  auto guest = Bearer(pass->jwt);
  ASSERT_TRUE(guest.ok());
  EXPECT_TRUE(guest->guest);
  EXPECT_EQ(guest->name, pass->conversation_id);
  EXPECT_EQ(guest->grants, Grants{"test_conversation.view"});
  EXPECT_EQ(accounts.AdmitGuest(link->chat_token, pass->conversation_id)->conversation_id, pass->conversation_id);
  for (const char* id : {"ada", "guest-1", "guest-0123456789abcdef0123456789abcdeX"})
    EXPECT_EQ(ReasonOf(accounts.AdmitGuest(link->chat_token, id)), "bad_request") << id;
  EXPECT_EQ(ReasonOf(accounts.AdmitGuest("x", "")), "token_invalid");
  ASSERT_TRUE(accounts.PutChatLink(admin, {.expires_at = clock.NowSeconds() + 100}).ok());
  EXPECT_FALSE(Bearer(pass->jwt).ok());
  EXPECT_EQ(ReasonOf(accounts.AdmitGuest(link->chat_token, "")), "token_invalid");
}

TEST_F(AccountsTest, ASignInFromElsewhereMakesAUserOnceAndKeepsItsRolesUpToDate) {
  auto first = accounts.SignIn("https://idp sub1", {.name = "cleo", .roles = {"tester"}}, "a");
  ASSERT_TRUE(first.ok());
  auto again = accounts.SignIn("https://idp sub1", {.name = "other", .roles = {"annotator"}}, "a");
  EXPECT_EQ(again->id, first->id);
  EXPECT_EQ(again->roles, std::vector<std::string>{"annotator"});
  EXPECT_EQ(ReasonOf(accounts.SignIn("https://idp sub2", {.name = "ada"}, "a")), "name_taken");
  EXPECT_EQ(ReasonOf(accounts.Login("cleo", "", "a")), "login_failed");
}

}  // namespace
}  // namespace greenroom

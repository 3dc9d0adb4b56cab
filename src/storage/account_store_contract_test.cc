#include <sys/stat.h>

#include <thread>

#include "storage/contract_fixture.h"

namespace greenroom {
namespace {

class AccountStoreContract : public StoreContract {
 protected:
  Result<void> Apply(const AccountChange& change) { return store().accounts().Apply(change, clock().NowSeconds()); }
  std::string ReasonOf(const AccountChange& change) {
    Result<void> done = Apply(change);
    return done ? "" : done.error().reason;
  }
};

UserRecord User(const std::string& name, const std::string& role = "admin") {
  return {.id = "id-" + name, .name = name, .password = "hash", .roles = {role, "tester"}, .created_at = 5};
}

TEST_P(AccountStoreContract, RowsAreThereAfterARestart) {
  ASSERT_TRUE(
      Apply({.users = {User("Ann")},
             .roles = DefaultRoles(),
             .tokens = {{.id = "1",
                         .name = "web",
                         .kind = TokenKind::kEnvironment,
                         .environment = "production",
                         .scopes = {"a", "b"},
                         .digest = "d1",
                         .created_by = "ann",
                         .created_at = 1,
                         .expires_at = 9}},
             .sessions = {{.digest = "s", .user = "id-Ann", .generation = 3, .address = "::1", .expires_at = 2e9}},
             .secrets = {{"key", "sealed"}}})
          .ok());
  Reopen();
  const AccountStore& accounts = store().accounts();
  auto user = accounts.FindUserByName("aNN");
  ASSERT_TRUE(user.ok() && *user);
  EXPECT_EQ((*user)->id, "id-Ann");
  EXPECT_EQ((*user)->roles, (std::vector<std::string>{"admin", "tester"}));
  EXPECT_EQ((*user)->version, 1);
  EXPECT_TRUE((*accounts.FindUser("id-Ann")).has_value());
  EXPECT_EQ(accounts.Roles()->size(), 3u);
  EXPECT_EQ(accounts.Roles()->front().grants, Grants{"*"});
  auto token = accounts.FindTokenByDigest("d1");
  ASSERT_TRUE(token.ok() && *token);
  EXPECT_EQ((*token)->kind, TokenKind::kEnvironment);
  EXPECT_EQ((*token)->environment, "production");
  EXPECT_EQ((*token)->scopes, (Grants{"a", "b"}));
  EXPECT_EQ((*token)->expires_at, 9);
  EXPECT_FALSE((*accounts.FindTokenByDigest("d3")).has_value());
  EXPECT_EQ((*accounts.FindSession("s"))->generation, 3);
  EXPECT_EQ(**accounts.FindSecret("key"), "sealed");
  EXPECT_FALSE((*accounts.FindSecret("other")).has_value());
}

TEST_P(AccountStoreContract, ADigestIsTakenOnceAndATokenKeepsItsPlaceWhenItIsReplaced) {
  ASSERT_TRUE(Apply({.tokens = {{.id = "1", .name = "a", .digest = "d"}}}).ok());
  EXPECT_EQ(ReasonOf({.tokens = {{.id = "2", .name = "b", .digest = "d"}}}), "already_exists");
  ASSERT_TRUE(Apply({.tokens = {{.id = "1", .name = "a", .digest = "e"}}}).ok());
  EXPECT_EQ(store().accounts().Tokens()->size(), 1u);
  EXPECT_FALSE((*store().accounts().FindTokenByDigest("d")).has_value());
}

TEST_P(AccountStoreContract, ANameIsTakenInAnySpelling) {
  ASSERT_TRUE(Apply({.users = {User("ann")}}).ok());
  UserRecord other = User("ANN");
  EXPECT_EQ(ReasonOf({.users = {other}}), "name_taken");
  EXPECT_EQ(ReasonOf({.roles = {{.name = "r"}, {.name = "r"}}}), "name_taken");
  EXPECT_TRUE(store().accounts().Roles()->empty());
}

TEST_P(AccountStoreContract, OfTwoChangesFromOneVersionOneWins) {
  ASSERT_TRUE(Apply({.users = {User("ann")}}).ok());
  UserRecord user = **store().accounts().FindUser("id-ann");
  EXPECT_EQ(ReasonOf({.users = {user}}), "");
  EXPECT_EQ(ReasonOf({.users = {user}}), "changed_meanwhile");
}

TEST_P(AccountStoreContract, TheLastAdminStaysAndNothingOfTheRefusedChangeIsKept) {
  ASSERT_TRUE(Apply({.users = {User("ann"), User("ben")}, .roles = DefaultRoles()}).ok());
  ASSERT_TRUE(Apply({.removed_users = {"id-ann"}}).ok());
  EXPECT_EQ(ReasonOf({.removed_users = {"id-ben"}, .audit = {{.actor = "x", .action = "user.delete"}}}), "last_admin");
  UserRecord ben = **store().accounts().FindUser("id-ben");
  ben.roles = {"tester"};
  EXPECT_EQ(ReasonOf({.users = {ben}}), "last_admin");
  ben.roles = {"admin"};
  ben.enabled = false;
  EXPECT_EQ(ReasonOf({.users = {ben}}), "last_admin");
  EXPECT_TRUE(store().accounts().Audit({})->empty());
  EXPECT_TRUE((*store().accounts().FindUser("id-ben"))->enabled);
}

TEST_P(AccountStoreContract, OfTwoAdminsWhoRemoveEachOtherAtOnceOneStays) {
  for (int round = 0; round < 20; ++round) {
    AccountChange both{.users = {User("ann"), User("ben")}};
    if (round == 0) both.roles = DefaultRoles();
    for (UserRecord& user : both.users)
      user.version = (*store().accounts().FindUser(user.id)).value_or(UserRecord{}).version;
    ASSERT_TRUE(Apply(both).ok());
    std::thread other([&] { (void)Apply({.removed_users = {"id-ann"}}).ok(); });
    (void)Apply({.removed_users = {"id-ben"}}).ok();
    other.join();
    EXPECT_EQ(store().accounts().Users()->size(), 1u);
  }
}

TEST_P(AccountStoreContract, AUserTakesTokensAndSessionsAlong) {
  ASSERT_TRUE(Apply({.users = {User("ann")},
                     .tokens = {{.id = "1", .owner = "id-ann", .digest = "d1"}, {.id = "2", .digest = "d2"}},
                     .sessions = {{.digest = "s", .user = "id-ann", .expires_at = 2e9}}})
                  .ok());
  ASSERT_TRUE(Apply({.removed_users = {"id-ann"}}).ok());
  EXPECT_FALSE((*store().accounts().FindSession("s")).has_value());
  EXPECT_EQ(store().accounts().Tokens()->size(), 1u);
}

TEST_P(AccountStoreContract, AuditRecordsContinueEachOtherAlsoAfterARestart) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(Apply({.audit = {{.actor = "ann", .address = "::1", .action = "a", .subject = "x", .after = Json(i)},
                                 {.actor = "ben", .action = "b", .before = Json::Object({{"k", 1.5}})}}})
                    .ok());
    Reopen();
  }
  auto records = store().accounts().Audit({.limit = 10, .order = AuditQuery::Order::kOldestFirst});
  ASSERT_EQ(records->size(), 6u);
  AuditWalk walk;
  for (const AuditRecord& record : *records) EXPECT_TRUE(walk.Take(record)) << walk.problem();
  EXPECT_EQ(store().accounts().Audit({.limit = 2})->front().number, 6);
  EXPECT_EQ(store().accounts().Audit({.actor = "ben"})->size(), 3u);
  EXPECT_EQ(store().accounts().Audit({.after = 4})->size(), 2u);
}

TEST(StoreFile, OthersOnTheMachineCannotReadIt) {
  TestFolder folder;
  ASSERT_TRUE(SqliteStore::Open(folder / "store.db", {}).ok());
  struct stat info{};
  ASSERT_EQ(::stat((folder / "store.db").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

INSTANTIATE_TEST_SUITE_P(Sqlite, AccountStoreContract, testing::Values("sqlite"));

class JobStoreContract : public StoreContract {};

TEST_P(JobStoreContract, AJobIsReplacedAsAWholeAndKeepsItsPlace) {
  JobStore& jobs = store().jobs();
  ASSERT_TRUE(jobs.Put({.id = "one", .actor = "ann", .created_at = 5}).ok());
  ASSERT_TRUE(jobs.Put({.id = "two"}).ok());
  TrainingJob done{.id = "one",
                   .state = JobState::kDone,
                   .step = "write",
                   .fraction = 1,
                   .eta_seconds = 0.5,
                   .model = "m",
                   .diagnostics = Json::List({Json("d")}),
                   .actor = "ann",
                   .created_at = 5,
                   .finished_at = 9};
  ASSERT_TRUE(jobs.Put(done).ok());
  Reopen();
  auto found = store().jobs().Find("one");
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_EQ((*found)->state, JobState::kDone);
  EXPECT_EQ((*found)->eta_seconds, 0.5);
  EXPECT_EQ((*found)->diagnostics.size(), 1u);
  EXPECT_EQ((*found)->finished_at, 9);
  auto list = store().jobs().List("default", 10);
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ(list->front().id, "two");
  EXPECT_EQ(store().jobs().List("default", 1)->size(), 1u);
  EXPECT_TRUE(store().jobs().List("other", 10)->empty());
  EXPECT_FALSE((*store().jobs().Find("three")).has_value());
}

INSTANTIATE_TEST_SUITE_P(Sqlite, JobStoreContract, testing::Values("sqlite"));

}  // namespace
}  // namespace greenroom

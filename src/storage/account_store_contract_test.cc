#include "storage/contract_fixture.h"

namespace greenroom {
namespace {

class AccountStoreContract : public StoreContract {};

TEST_P(AccountStoreContract, TokensAreFoundByDigestAfterARestart) {
  ASSERT_TRUE(store()
                  .accounts()
                  .AddToken({.id = "1", .name = "admin", .role = Role::kAdmin, .digest = "d1", .created_at = 1})
                  .ok());
  ASSERT_TRUE(store()
                  .accounts()
                  .AddToken({.id = "2", .name = "web", .role = Role::kChat, .digest = "d2", .created_at = 2})
                  .ok());
  Reopen();
  auto found = store().accounts().FindTokenByDigest("d2");
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_EQ((*found)->name, "web");
  EXPECT_EQ((*found)->role, Role::kChat);
  EXPECT_FALSE((*store().accounts().FindTokenByDigest("d3")).has_value());
  EXPECT_EQ(store().accounts().Tokens()->size(), 2u);
}

TEST_P(AccountStoreContract, ADigestIsTakenOnce) {
  ASSERT_TRUE(store().accounts().AddToken({.id = "1", .name = "a", .digest = "d"}).ok());
  EXPECT_EQ(store().accounts().AddToken({.id = "2", .name = "b", .digest = "d"}).error().reason, "already_exists");
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

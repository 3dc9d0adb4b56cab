#include "storage/contract_fixture.h"

namespace greenroom {
namespace {

class RegistryRules : public StoreContract {
 protected:
  Registry registry() { return Registry(store().registry(), clock()); }

  void Register(const std::string& name) {
    Result<ModelRecord> model = registry().RegisterModel({.name = name, .digest = "digest-" + name, .path = name});
    ASSERT_TRUE(model.ok()) << model.error().message;
  }
  Result<DeploymentRecord> Promote(const std::string& model) {
    return registry().MoveTag({.tag = "production", .model = model, .actor = "ann"});
  }
  Result<DeploymentRecord> RollBack() { return registry().RollBack("default", "production", {.actor = "bob"}, ""); }
};

TEST_P(RegistryRules, ANewStoreHasProductionAndWorker) {
  ASSERT_TRUE(registry().EnsureDefaults().ok());
  ASSERT_TRUE(registry().EnsureDefaults().ok());
  auto environments = registry().ListEnvironments("default");
  ASSERT_EQ(environments->size(), 2u);
  EXPECT_EQ(environments->front().name, "production");
  EXPECT_EQ(environments->back().name, "worker");
}

TEST_P(RegistryRules, ProductionCannotBeRemovedAndARemovedWorkerStaysAway) {
  ASSERT_TRUE(registry().EnsureDefaults().ok());
  EXPECT_EQ(registry().DeleteEnvironment("default", "production").error().reason, "environment_protected");
  ASSERT_TRUE(registry().DeleteEnvironment("default", "worker").ok());
  ASSERT_TRUE(registry().EnsureDefaults().ok());
  EXPECT_EQ(registry().ListEnvironments("default")->size(), 1u);
  EXPECT_EQ(registry().GetEnvironment("default", "worker").error().reason, "environment_not_found");
}

TEST_P(RegistryRules, BadNamesAndUrlsAreRefused) {
  EXPECT_EQ(registry().PutEnvironment({.name = "Bad Name"}).error().reason, "environment_name_invalid");
  EXPECT_EQ(registry().PutEnvironment({.name = "ok", .url = "http://host/path"}).error().reason,
            "environment_url_invalid");
  EXPECT_EQ(registry().MoveTag({.tag = "a/b"}).error().reason, "tag_name_invalid");
  EXPECT_EQ(registry().RegisterModel({.name = "12", .digest = "d"}).error().reason, "model_name_invalid");
  EXPECT_EQ(registry().PutEnvironment({.name = "staging", .url = "http://host:1"})->url, "http://host:1");
}

TEST_P(RegistryRules, AModelIsFoundByNameVersionAndDigest) {
  Register("first");
  Register("second");
  EXPECT_EQ(registry().GetModel("default", "second")->version, 2);
  EXPECT_EQ(registry().GetModel("default", "2")->name, "second");
  EXPECT_EQ(registry().GetModel("default", "digest-first")->name, "first");
  for (const char* wanted : {"third", "3", "0", "-1", ""})
    EXPECT_EQ(registry().GetModel("default", wanted).error().reason, "model_not_found") << wanted;
}

TEST_P(RegistryRules, RollingBackTakesBackTheLatestMove) {
  ASSERT_TRUE(registry().EnsureDefaults().ok());
  Register("one");
  Register("two");
  EXPECT_EQ(RollBack().error().reason, "nothing_to_roll_back");
  ASSERT_TRUE(Promote("one").ok());
  EXPECT_EQ(RollBack().error().reason, "nothing_to_roll_back");
  ASSERT_TRUE(Promote("two").ok());
  ASSERT_TRUE(Promote("two").ok());
  Result<DeploymentRecord> back = RollBack();
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->model, "one");
  EXPECT_EQ(back->previous_model, "two");
  EXPECT_EQ(back->actor, "bob");
  EXPECT_EQ(registry().GetEnvironment("default", "production")->wanted_model, "one");
  EXPECT_EQ(RollBack()->model, "two");
  EXPECT_EQ(registry().History("default", "production", 100)->size(), 5u);
}

TEST_P(RegistryRules, RollingBackToADeletedModelSaysSo) {
  Register("one");
  Register("two");
  ASSERT_TRUE(Promote("one").ok());
  ASSERT_TRUE(Promote("two").ok());
  ASSERT_TRUE(registry().DeleteModel("default", "one").ok());
  EXPECT_EQ(RollBack().error().reason, "model_not_found");
  EXPECT_EQ(registry().DeleteModel("default", "two").error().reason, "model_is_tagged");
}

TEST_P(RegistryRules, RollingBackDoesNotTakeAnotherModelThatHasTheNameNow) {
  Register("one");
  Register("two");
  ASSERT_TRUE(Promote("one").ok());
  ASSERT_TRUE(Promote("two").ok());
  ASSERT_TRUE(registry().DeleteModel("default", "one").ok());
  clock().Advance(1);
  ASSERT_TRUE(registry().RegisterModel({.name = "one", .digest = "another", .path = "p"}).ok());
  EXPECT_EQ(RollBack().error().reason, "model_replaced");
}

TEST_P(RegistryRules, ANameCannotStandForTheDigestOfAnotherModel) {
  EXPECT_EQ(registry().RegisterModel({.name = std::string(64, 'a'), .digest = "d"}).error().reason,
            "model_name_invalid");
}

TEST_P(RegistryRules, EveryChangeIsInTheAuditLogWithWhatStoodThereBefore) {
  Register("one");
  ASSERT_TRUE(registry().MoveTag({.tag = "qa", .model = "one", .actor = "ann", .address = "::1"}).ok());
  ASSERT_TRUE(registry().MoveTag({.tag = "qa", .actor = "ben"}).ok());
  ASSERT_TRUE(registry().PutEnvironment({.name = "qa", .token = "a secret"}, {.actor = "cas", .address = "::2"}).ok());
  ASSERT_TRUE(registry().DeleteEnvironment("default", "qa", {.actor = "dora"}).ok());
  ASSERT_TRUE(registry().DeleteModel("default", "one", {.actor = "eva"}).ok());
  EXPECT_FALSE(registry().DeleteModel("default", "one", {.actor = "eva"}).ok());
  auto records = store().accounts().Audit({.order = AuditQuery::Order::kOldestFirst});
  std::vector<std::string> told;
  AuditWalk walk;
  for (const AuditRecord& record : *records) {
    EXPECT_TRUE(walk.Take(record)) << walk.problem();
    const AuditEntry& entry = record.entry;
    told.push_back(entry.actor + entry.address + " " + entry.action + " " + entry.before.Dump() + entry.after.Dump());
  }
  ASSERT_EQ(told.size(), 6u);
  EXPECT_EQ(told[1], "ann::1 tag.move null{\"model\":\"one\"}");
  EXPECT_EQ(told[2], "ben tag.move {\"model\":\"one\"}null");
  EXPECT_EQ(told[3], "cas::2 environment.put null{\"url\":\"\",\"token\":\"set\"}");
  EXPECT_TRUE(told[4].starts_with("dora environment.delete {"));
  EXPECT_TRUE(told[5].starts_with("eva model.delete {"));
}

TEST_P(RegistryRules, ATagNeedsNoEnvironment) {
  Register("one");
  ASSERT_TRUE(registry().MoveTag({.tag = "Release candidate", .model = "one"}).ok());
  EXPECT_EQ(registry().GetModel("default", "one")->tags, std::vector<std::string>{"Release candidate"});
  EXPECT_TRUE(registry().ListEnvironments("default")->empty());
}

TEST(SealedTokens, TheStoreAloneGivesNoTokenAwayAlsoNotOneOfAnOlderProgram) {
  TestFolder folder;
  SecretBox box = SecretBox::Create(std::string(32, 'k')).value();
  auto token_in = [&](const std::optional<SecretBox>& key) -> std::string {
    auto store = SqliteStore::Open(folder / "store.db", {.box = key});
    auto environments = (*store)->registry().Environments("default");
    return environments ? environments->front().token : environments.error().reason;
  };
  {
    auto store = SqliteStore::Open(folder / "store.db", {});
    ASSERT_TRUE((*store)->registry().PutEnvironment({.name = "a", .url = "http://h:1", .token = "old secret"}).ok());
  }
  EXPECT_EQ(token_in(box), "old secret");
  EXPECT_TRUE(token_in(std::nullopt).starts_with("sealed:"));
  EXPECT_EQ(token_in(SecretBox::Create(std::string(32, 'x')).value()), "secret_unreadable");
  {
    auto store = SqliteStore::Open(folder / "store.db", {.box = box});
    ASSERT_TRUE((*store)->registry().PutEnvironment({.name = "a", .url = "http://h:1", .token = "new secret"}).ok());
  }
  EXPECT_TRUE(token_in(std::nullopt).starts_with("sealed:"));
  EXPECT_EQ(token_in(box), "new secret");
}

INSTANTIATE_TEST_SUITE_P(Sqlite, RegistryRules, testing::Values("sqlite"));

}  // namespace
}  // namespace greenroom

#include <thread>

#include "storage/contract_fixture.h"

namespace greenroom {
namespace {

class RegistryStoreContract : public StoreContract {
 protected:
  RegistryStore& registry() { return store().registry(); }

  static ModelRecord Model(const std::string& name) {
    return {.name = name,
            .digest = "digest-" + name,
            .path = "models/" + name,
            .bytes = 7,
            .fingerprint = "f",
            .engine = "1",
            .metadata = Json::Object({{"epochs", 3}}),
            .created_at = 5,
            .created_by = "ann"};
  }
};

TEST_P(RegistryStoreContract, AssistantsAreUnique) {
  ASSERT_TRUE(registry().CreateAssistant({.id = "default", .name = "Desk"}).ok());
  EXPECT_EQ(registry().CreateAssistant({.id = "default", .name = "Other"}).error().reason, "already_exists");
  EXPECT_EQ(registry().Assistants()->front().name, "Desk");
}

TEST_P(RegistryStoreContract, ModelsGetVersionsThatAreNeverGivenAgain) {
  EXPECT_EQ(registry().AddModel(Model("a"))->version, 1);
  EXPECT_EQ(registry().AddModel(Model("b"))->version, 2);
  ASSERT_TRUE(registry().DeleteModel("default", "b").ok());
  EXPECT_EQ(registry().AddModel(Model("c"))->version, 3);
  ModelRecord other = Model("a");
  other.assistant = "other";
  EXPECT_EQ(registry().AddModel(other)->version, 1);
}

TEST_P(RegistryStoreContract, ModelsAreFoundByNameAndDigestWithAllTheirFields) {
  ASSERT_TRUE(registry().AddModel(Model("a")).ok());
  Reopen();
  auto found = registry().FindModel("default", "a");
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_EQ((*found)->path, "models/a");
  EXPECT_EQ((*found)->bytes, 7);
  EXPECT_EQ((*found)->metadata["epochs"].AsInt(), 3);
  EXPECT_EQ((*found)->created_by, "ann");
  EXPECT_TRUE((*registry().FindModelByDigest("default", "digest-a")).has_value());
  EXPECT_FALSE((*registry().FindModel("other", "a")).has_value());
}

TEST_P(RegistryStoreContract, ATakenNameOrDigestIsRefused) {
  ASSERT_TRUE(registry().AddModel(Model("a")).ok());
  EXPECT_EQ(registry().AddModel(Model("a")).error().reason, "model_exists");
  ModelRecord same = Model("b");
  same.digest = "digest-a";
  EXPECT_EQ(registry().AddModel(same).error().reason, "model_exists");
  EXPECT_EQ(registry().Models("default")->size(), 1u);
}

TEST_P(RegistryStoreContract, MovingATagLeavesADeploymentWithThePreviousModel) {
  ASSERT_TRUE(registry().AddModel(Model("a")).ok());
  ASSERT_TRUE(registry().AddModel(Model("b")).ok());
  ASSERT_TRUE(registry().MoveTag({.tag = "production", .model = "a", .actor = "ann", .reason = "first"}, 10).ok());
  auto moved = registry().MoveTag(
      {.tag = "production", .model = "b", .expected_epoch = 1, .actor = "bob", .reason = "better"}, 20);
  ASSERT_TRUE(moved.ok()) << moved.error().message;
  EXPECT_EQ(moved->epoch, 2);
  auto history = registry().Deployments("default", "production", 10);
  ASSERT_EQ(history->size(), 2u);
  EXPECT_EQ(history->front().model, "b");
  EXPECT_EQ(history->front().previous_model, "a");
  EXPECT_EQ(history->front().actor, "bob");
  EXPECT_EQ(history->front().reason, "better");
  EXPECT_EQ(history->front().at, 20);
  EXPECT_EQ(history->back().previous_model, std::nullopt);
  EXPECT_EQ(registry().Models("default")->front().tags, std::vector<std::string>{"production"});
  EXPECT_TRUE(registry().Models("default")->back().tags.empty());
}

TEST_P(RegistryStoreContract, AMoveWithAnOldEpochIsRefusedAndChangesNothing) {
  ASSERT_TRUE(registry().AddModel(Model("a")).ok());
  ASSERT_TRUE(registry().MoveTag({.tag = "production", .model = "a"}, 1).ok());
  auto refused = registry().MoveTag({.tag = "production", .model = std::nullopt, .expected_epoch = 0}, 2);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "tag_moved");
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_EQ(registry().Deployments("default", "", 10)->size(), 1u);
}

TEST_P(RegistryStoreContract, OfConcurrentMovesWithOneEpochOneWins) {
  ASSERT_TRUE(registry().AddModel(Model("a")).ok());
  std::atomic<int> won = 0;
  std::vector<std::thread> movers;
  for (int i = 0; i < 8; ++i) {
    movers.emplace_back(
        [&] { won += registry().MoveTag({.tag = "production", .model = "a", .expected_epoch = 0}, 1).ok() ? 1 : 0; });
  }
  for (std::thread& mover : movers) mover.join();
  EXPECT_EQ(won, 1);
}

TEST_P(RegistryStoreContract, AnUnknownModelCannotBeTagged) {
  EXPECT_EQ(registry().MoveTag({.tag = "production", .model = "none"}, 1).error().reason, "model_not_found");
  EXPECT_TRUE(registry().Deployments("default", "", 10)->empty());
}

TEST_P(RegistryStoreContract, ATaggedModelCannotBeDeletedUntilTheTagIsRemoved) {
  ASSERT_TRUE(registry().AddModel(Model("a")).ok());
  ASSERT_TRUE(registry().MoveTag({.tag = "production", .model = "a"}, 1).ok());
  EXPECT_EQ(registry().DeleteModel("default", "a").error().reason, "model_is_tagged");
  ASSERT_TRUE(registry().MoveTag({.tag = "production", .model = std::nullopt}, 2).ok());
  EXPECT_TRUE(registry().DeleteModel("default", "a").ok());
  EXPECT_EQ(registry().DeleteModel("default", "a").error().reason, "model_not_found");
}

TEST_P(RegistryStoreContract, EnvironmentsShowTheModelAndEpochOfTheirTag) {
  ASSERT_TRUE(registry().AddModel(Model("a")).ok());
  ASSERT_TRUE(registry().PutEnvironment({.name = "production", .created_at = 3}).ok());
  ASSERT_TRUE(registry().PutEnvironment({.name = "staging", .url = "http://host:1", .token = "secret"}).ok());
  ASSERT_TRUE(registry().MoveTag({.tag = "production", .model = "a"}, 1).ok());
  Reopen();
  auto environments = registry().Environments("default");
  ASSERT_EQ(environments->size(), 2u);
  EXPECT_EQ(environments->front().wanted_model, "a");
  EXPECT_EQ(environments->front().epoch, 1);
  EXPECT_EQ(environments->back().wanted_model, std::nullopt);
  EXPECT_EQ(environments->back().token, "secret");
}

TEST_P(RegistryStoreContract, EnvironmentsChangeAndGo) {
  ASSERT_TRUE(registry().PutEnvironment({.name = "staging", .created_at = 3}).ok());
  ASSERT_TRUE(registry().PutEnvironment({.name = "staging", .url = "http://host:2", .created_at = 9}).ok());
  EXPECT_EQ(registry().Environments("default")->front().url, "http://host:2");
  EXPECT_EQ(registry().Environments("default")->front().created_at, 3);
  EXPECT_TRUE(registry().DeleteEnvironment("default", "staging").ok());
  EXPECT_EQ(registry().DeleteEnvironment("default", "staging").error().reason, "environment_not_found");
}

TEST_P(RegistryStoreContract, AModelIsFoundByItsTagWhileItCarriesIt) {
  ASSERT_TRUE(registry().AddModel(Model("a")).ok());
  EXPECT_FALSE((*registry().FindModelByTag("default", "production")).has_value());
  ASSERT_TRUE(registry().MoveTag({.tag = "production", .model = "a"}, 1).ok());
  EXPECT_EQ((*registry().FindModelByTag("default", "production"))->name, "a");
  EXPECT_FALSE((*registry().FindModelByTag("other", "production")).has_value());
  ASSERT_TRUE(registry().MoveTag({.tag = "production"}, 2).ok());
  EXPECT_FALSE((*registry().FindModelByTag("default", "production")).has_value());
}

// A model of Rasa can be loaded by servers of Rasa only.
class RasaModels : public RegistryStoreContract {
 protected:
  void SetUp() override {
    RegistryStoreContract::SetUp();
    ModelRecord model = Model("theirs");
    model.kind = kRasaModel;
    ASSERT_TRUE(registry().AddModel(model).ok());
    ASSERT_TRUE(registry().AddModel(Model("ours")).ok());
    ASSERT_TRUE(registry().PutEnvironment({.name = "production"}).ok());
    ASSERT_TRUE(registry().PutEnvironment({.name = "staging", .url = "http://rasa:5005"}).ok());
  }
};

TEST_P(RasaModels, KeepTheirKind) {
  Reopen();
  EXPECT_EQ((*registry().FindModel("default", "theirs"))->kind, "rasa");
  EXPECT_EQ((*registry().FindModel("default", "ours"))->kind, "greenroom");
}

TEST_P(RasaModels, AreRefusedByEmbeddedEnvironmentsOnly) {
  ASSERT_TRUE(registry().MoveTag({.tag = "production", .model = "ours"}, 1).ok());
  auto refused = registry().MoveTag({.tag = "production", .model = "theirs"}, 2);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_EQ(refused.error().reason, "model_needs_rasa_server");
  EXPECT_EQ(registry().Deployments("default", "production", 9)->size(), 1u);
  EXPECT_EQ((*registry().FindModel("default", "ours"))->tags, std::vector<std::string>{"production"});
  EXPECT_TRUE(registry().MoveTag({.tag = "staging", .model = "theirs"}, 3).ok());
  EXPECT_TRUE(registry().MoveTag({.tag = "some tag", .model = "theirs"}, 4).ok());
}

TEST_P(RasaModels, KeepTheirEnvironmentsFromBecomingEmbedded) {
  ASSERT_TRUE(registry().MoveTag({.tag = "staging", .model = "theirs"}, 1).ok());
  ASSERT_TRUE(registry().MoveTag({.tag = "later", .model = "theirs"}, 2).ok());
  EXPECT_EQ(registry().PutEnvironment({.name = "staging"}).error().reason, "model_needs_rasa_server");
  EXPECT_EQ(registry().PutEnvironment({.name = "later"}).error().reason, "model_needs_rasa_server");
  EXPECT_TRUE(registry().PutEnvironment({.name = "staging", .url = "http://rasa:5006"}).ok());
  ASSERT_TRUE(registry().MoveTag({.tag = "staging", .model = "ours"}, 3).ok());
  EXPECT_TRUE(registry().PutEnvironment({.name = "staging"}).ok());
}

INSTANTIATE_TEST_SUITE_P(Sqlite, RegistryStoreContract, testing::Values("sqlite"));
INSTANTIATE_TEST_SUITE_P(Sqlite, RasaModels, testing::Values("sqlite"));

}  // namespace
}  // namespace greenroom

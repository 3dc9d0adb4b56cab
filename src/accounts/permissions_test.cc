#include "accounts/permissions.h"

#include <gtest/gtest.h>

#include "accounts/roles.h"

namespace greenroom {
namespace {

TEST(PermissionsTest, ModifyHoldsViewAndNothingElseHoldsModify) {
  Grants grants = {"models.modify", "nlu.view"};
  EXPECT_TRUE(Allows(grants, "models.modify"));
  EXPECT_TRUE(Allows(grants, "models.view"));
  EXPECT_TRUE(Allows(grants, "nlu.view"));
  EXPECT_FALSE(Allows(grants, "nlu.modify"));
  EXPECT_FALSE(Allows(grants, "stories.view"));
  EXPECT_FALSE(Allows({}, "models.view"));
}

TEST(PermissionsTest, TheRightToOneEnvironmentIsNoRightToAnother) {
  Grants grants = {"environments.experimental.write"};
  EXPECT_TRUE(Allows(grants, WriteGrant("experimental")));
  EXPECT_TRUE(Allows(grants, "environments.view"));
  for (const char* other : {"production", "experimental2", "", "*", "Experimental"})
    EXPECT_FALSE(Allows(grants, WriteGrant(other))) << other;
  EXPECT_FALSE(Allows(grants, "environments.modify"));
}

TEST(PermissionsTest, SettingsOfEnvironmentsAreNoRightToTheirTags) {
  EXPECT_FALSE(Allows({"environments.modify"}, WriteGrant("production")));
  EXPECT_TRUE(Allows({"environments.modify"}, "environments.view"));
}

TEST(PermissionsTest, AStarMeansEveryEnvironmentOrEverything) {
  EXPECT_TRUE(Allows({"environments.*.write"}, WriteGrant("production")));
  EXPECT_FALSE(Allows({"environments.*.write"}, "models.view"));
  EXPECT_TRUE(Allows({"*"}, WriteGrant("production")));
  EXPECT_TRUE(Allows({"*"}, "audit.view"));
}

TEST(PermissionsTest, WhatTwoSetsHaveInCommonIsAllowedByBoth) {
  Grants owner = {"models.modify", "environments.*.write", "nlu.view"};
  EXPECT_EQ(Common(owner, {"models.view", "environments.production.write", "nlu.modify"}),
            (Grants{"models.view", "environments.production.write", "nlu.view"}));
  EXPECT_EQ(Common(owner, {"*"}), owner);
  EXPECT_TRUE(Common(owner, {"users.modify"}).empty());
  EXPECT_TRUE(Covers(owner, {"models.view", "environments.x.write"}));
  EXPECT_FALSE(Covers(owner, {"*"}));
}

TEST(PermissionsTest, UnknownGrantsAreRefused) {
  for (const char* good : {"*", "models.view", "environments.modify", "environments.a-b.write", "environments.*.write",
                           "clientEvents:create", "audit.view"})
    EXPECT_TRUE(CheckGrant(good).ok()) << good;
  for (const char* bad : {"", "model.view", "models.write", "models", "environments..write", "environments.a b.write",
                          "environments.a\n*.write", "**", "MODELS.view"})
    EXPECT_EQ(CheckGrant(bad).error().reason, "grant_unknown") << bad;
}

TEST(RolesTest, OnlyTheAdminMayWriteProductionAtFirst) {
  for (const Role& role : DefaultRoles()) {
    EXPECT_TRUE(CheckRole(role).ok());
    EXPECT_EQ(Allows(role.grants, WriteGrant("production")), role.name == "admin");
    EXPECT_EQ(Allows(role.grants, "users.modify"), role.name == "admin");
  }
}

TEST(RolesTest, TheRoleAdminKeepsEverything) {
  EXPECT_EQ(CheckRole({.name = "admin", .grants = {"models.view"}}).error().reason, "role_protected");
  EXPECT_EQ(CheckRole({.name = "a b"}).error().reason, "name_not_allowed");
  EXPECT_EQ(CheckRole({.name = "x", .grants = {"y"}}).error().reason, "grant_unknown");
}

TEST(RolesTest, SeveralRolesAddUp) {
  std::vector<Role> roles = {{.name = "a", .grants = {"models.view"}}, {.name = "b", .grants = {"nlu.view"}}};
  EXPECT_EQ(GrantsOf({"a", "b", "gone"}, roles), (Grants{"models.view", "nlu.view"}));
}

}  // namespace
}  // namespace greenroom

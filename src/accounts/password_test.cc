#include "accounts/password.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "accounts/audit.h"
#include "accounts/login_guard.h"
#include "accounts/secret_box.h"

namespace greenroom {
namespace {

using std::chrono::seconds;

TEST(PasswordTest, PasswordsAreKeptAsArgon2idAndComparedAsTheyAre) {
  PasswordHasher hasher;
  for (const std::string& password : {std::string("correct horse"), std::string(" leading"), std::string("a\0b", 3),
                                      std::string("\xF0\x9F\x90\xB4"), std::string()}) {
    std::string hash = hasher.Hash(password).value();
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << hash;
    EXPECT_TRUE(hasher.Verify(password, hash).value());
    EXPECT_FALSE(hasher.Verify(password + " ", hash).value());
  }
  EXPECT_NE(hasher.Hash("x").value(), hasher.Hash("x").value());
}

// "$argon2id$v=19$m=19456,t=2,p=1$": what decides how long a check takes.
std::string CostOf(std::string_view hash) {
  size_t end = 0;
  for (int field = 0; field < 3; ++field) end = hash.find('$', end + 1);
  return std::string(hash.substr(0, end));
}

TEST(PasswordTest, AnUnknownUserIsCheckedAtTheCostOfAKnownOne) {
  PasswordHasher hasher;
  EXPECT_EQ(CostOf(PasswordHasher::StandIn()), CostOf(hasher.Hash("right").value()));
  EXPECT_FALSE(hasher.Verify("wrong", "").value());
  EXPECT_FALSE(hasher.Verify("", "").value());
}

TEST(PasswordTest, AHugePasswordIsRefusedBeforeHashing) {
  PasswordHasher hasher;
  EXPECT_EQ(hasher.Hash(std::string(10 << 20, 'x')).error().reason, "password_too_long");
  EXPECT_EQ(hasher.Verify(std::string(10 << 20, 'x'), "").error().reason, "password_too_long");
}

TEST(SecretBoxTest, WhatWasSealedOpensWithTheSameKeyOnly) {
  SecretBox box = SecretBox::Create(SecretBox::NewKey()).value();
  SecretBox other = SecretBox::Create(SecretBox::NewKey()).value();
  std::string sealed = box.Seal("a token");
  EXPECT_EQ(sealed.find("token"), std::string::npos);
  EXPECT_NE(sealed, box.Seal("a token"));
  EXPECT_EQ(box.Open(sealed).value(), "a token");
  EXPECT_EQ(other.Open(sealed).error().reason, "secret_unreadable");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string bad = sealed;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(box.Open(bad).ok() && *box.Open(bad) == "a token" && bad.size() == sealed.size() &&
                 i + 1 < bad.size());
  }
  EXPECT_FALSE(box.Open("").ok());
  EXPECT_EQ(SecretBox::Create("short").error().reason, "key_malformed");
}

TEST(LoginGuardTest, GuessingIsSlowedDownForThatAddressOnly) {
  LoginGuard guard;
  LoginGuard::Time now{};
  int admitted = 0;
  for (int i = 0; i < 1000; ++i) {
    now += std::chrono::milliseconds(60);
    if (guard.Admit("ann", "1.1.1.1", now)) ++admitted;
  }
  EXPECT_LE(admitted, 20);
  EXPECT_EQ(guard.Admit("ann", "1.1.1.1", now).error().reason, "too_many_logins");
  EXPECT_TRUE(guard.Admit("ann", "2.2.2.2", now).ok());
  EXPECT_TRUE(guard.Admit("ann", "1.1.1.1", now + seconds(60)).ok());
}

TEST(LoginGuardTest, OneAddressCannotTryManyAccounts) {
  LoginGuard guard;
  LoginGuard::Time now{};
  int admitted = 0;
  for (int i = 0; i < 1000; ++i)
    if (guard.Admit("user" + std::to_string(i), "1.1.1.1", now)) ++admitted;
  EXPECT_EQ(admitted, 60);
}

TEST(LoginGuardTest, AGoodLoginForgetsTheMisses) {
  LoginGuard guard;
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(guard.Admit("ann", "a", {}).ok());
  guard.Succeeded("ann", "a");
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(guard.Admit("ann", "a", {}).ok());
}

std::vector<AuditRecord> Chain() {
  std::vector<AuditRecord> records;
  for (int i = 1; i <= 5; ++i) {
    AuditRecord record{.number = i, .at = 1.5 * i, .entry = {.actor = "ann", .action = "a", .after = Json(i)}};
    record.hash = AuditHash(records.empty() ? "" : records.back().hash, record);
    records.push_back(record);
  }
  return records;
}

bool Whole(const std::vector<AuditRecord>& records) {
  AuditWalk walk;
  return std::all_of(records.begin(), records.end(), [&](const AuditRecord& record) { return walk.Take(record); });
}

TEST(LoginGuardTest, AFloodOfFailuresIsRecordedInPart) {
  LoginGuard guard;
  LoginGuard::Time now{};
  int64_t recorded = 0;
  for (int i = 0; i < 10'000; ++i) recorded += guard.MayRecord(now) ? 1 : 0;
  EXPECT_EQ(recorded, 120);
  EXPECT_EQ(guard.MayRecord(now + std::chrono::minutes(1)), 10'000 - 120);
  EXPECT_EQ(guard.MayRecord(now + std::chrono::minutes(1)), 0);
}

TEST(AuditTest, AChangedRemovedOrMovedRecordIsNoticed) {
  EXPECT_TRUE(Whole(Chain()));
  auto changed = [](auto change) {
    std::vector<AuditRecord> records = Chain();
    change(records);
    return Whole(records);
  };
  EXPECT_FALSE(changed([](auto& r) { r[2].entry.actor = "ben"; }));
  EXPECT_FALSE(changed([](auto& r) { r[2].entry.after = Json(9); }));
  EXPECT_FALSE(changed([](auto& r) { r[2].at += 1; }));
  EXPECT_FALSE(changed([](auto& r) { r.erase(r.begin() + 2); }));
  EXPECT_FALSE(changed([](auto& r) { r.erase(r.begin()); }));
  EXPECT_FALSE(changed([](auto& r) { std::swap(r[1].entry, r[2].entry); }));
  EXPECT_FALSE(changed([](auto& r) {
    r[4].entry.actor = "ben";
    r[4].hash = AuditHash("", r[4]);
  }));
}

}  // namespace
}  // namespace greenroom

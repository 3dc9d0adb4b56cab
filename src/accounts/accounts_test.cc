#include "accounts/accounts.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

class MemoryAccounts final : public AccountStore {
 public:
  Result<void> AddToken(const TokenRecord& token) override {
    tokens.push_back(token);
    return {};
  }
  Result<std::optional<TokenRecord>> FindTokenByDigest(const std::string& digest) const override {
    for (const TokenRecord& token : tokens)
      if (token.digest == digest) return std::optional<TokenRecord>(token);
    return std::optional<TokenRecord>();
  }
  Result<std::vector<TokenRecord>> Tokens() const override { return tokens; }
  std::vector<TokenRecord> tokens;
};

struct AccountsTest : testing::Test {
  MemoryAccounts store;
  FakeClock clock;
  Accounts accounts{store, clock};
};

TEST_F(AccountsTest, TheFirstAdminTokenIsShownOnceAndKeptAsADigest) {
  auto made = accounts.EnsureAdminToken(std::nullopt);
  ASSERT_TRUE(made.ok() && *made);
  EXPECT_GE((*made)->size(), 32u);
  EXPECT_EQ(store.tokens.front().digest.find(**made), std::string::npos);
  auto principal = accounts.Authenticate("Bearer " + **made, "");
  ASSERT_TRUE(principal.ok());
  EXPECT_EQ(principal->role, Role::kAdmin);
  auto again = accounts.EnsureAdminToken(std::nullopt);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->has_value());
}

TEST_F(AccountsTest, AGivenTokenIsAddedToTheOthers) {
  auto made = accounts.EnsureAdminToken(std::nullopt);
  ASSERT_TRUE(accounts.EnsureAdminToken("given-token").ok());
  ASSERT_TRUE(accounts.EnsureAdminToken("given-token").ok());
  EXPECT_EQ(store.tokens.size(), 2u);
  EXPECT_TRUE(accounts.Authenticate("Bearer given-token", "").ok());
  EXPECT_TRUE(accounts.Authenticate("Bearer " + **made, "").ok());
}

TEST_F(AccountsTest, NobodyIsAnonymousAndTheWrongOneIsRefused) {
  ASSERT_TRUE(accounts.EnsureAdminToken("t").ok());
  EXPECT_EQ(accounts.Authenticate("", "")->role, std::nullopt);
  for (const char* header : {"Bearer x", "Bearer ", "Bearer", "Basic t", "t", "Bearer tt", "bearer  T"}) {
    auto refused = accounts.Authenticate(header, "");
    ASSERT_FALSE(refused.ok()) << header;
    EXPECT_EQ(refused.error().reason, "token_invalid");
    EXPECT_EQ(refused.error().code, ErrorCode::kUnauthenticated);
  }
}

TEST_F(AccountsTest, TheSchemeIsCaseInsensitiveAndTheHeaderGoesBeforeTheQuery) {
  ASSERT_TRUE(accounts.EnsureAdminToken("t").ok());
  EXPECT_TRUE(accounts.Authenticate("bEARER t", "").ok());
  EXPECT_EQ(accounts.Authenticate("", "t")->role, Role::kAdmin);
  EXPECT_FALSE(accounts.Authenticate("", "x").ok());
  EXPECT_FALSE(accounts.Authenticate("Bearer x", "t").ok());
}

}  // namespace
}  // namespace greenroom

// Accounts: who calls. In this stage: tokens with a role; users and custom roles come on the same port later.
//
// A token is shown once and kept as a SHA-256 digest; lookup is by digest, comparison in constant time.
// Thread rules: safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace greenroom {

enum class Role { kAdmin, kChat };

// Who makes a request. `name` goes into deployments and logs.
struct Principal {
  std::string name = "anonymous";
  std::optional<Role> role = {};  // nullopt: not authenticated
};

struct TokenRecord {
  std::string id;
  std::string name;
  Role role = Role::kAdmin;
  std::string digest;
  double created_at = 0;
};

class AccountStore {
 public:
  virtual ~AccountStore() = default;
  virtual Result<void> AddToken(const TokenRecord& token) = 0;
  virtual Result<std::optional<TokenRecord>> FindTokenByDigest(const std::string& digest) const = 0;
  virtual Result<std::vector<TokenRecord>> Tokens() const = 0;
};

class Accounts {
 public:
  Accounts(AccountStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  // Makes the first admin token when there is none: the given one (GREENROOM_ADMIN_TOKEN) or a random one, which is
  // returned so that it can be shown once. nullopt when there was one already (a given one is then added if new).
  Result<std::optional<std::string>> EnsureAdminToken(const std::optional<std::string>& given);
  // The principal behind an Authorization header ("Bearer x") or a token; unauthenticated when empty; error
  // token_invalid (kUnauthenticated) when given but unknown.
  Result<Principal> Authenticate(std::string_view authorization_header, std::string_view query_token) const;

 private:
  AccountStore& store_;
  const Clock& clock_;
};

}  // namespace greenroom

#include "accounts/accounts.h"

#include <algorithm>

#include "base/digest.h"
#include "base/random.h"

namespace greenroom {
namespace {

constexpr size_t kTokenBytes = 24;
constexpr std::string_view kScheme = "bearer ";

TokenRecord AdminToken(const std::string& token, double now) {
  return {.id = NewId(), .name = "admin", .role = Role::kAdmin, .digest = Sha256Hex(token), .created_at = now};
}

bool HasBearer(std::string_view header) {
  auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  return header.size() >= kScheme.size() && std::equal(kScheme.begin(), kScheme.end(), header.begin(),
                                                       [&](char expected, char c) { return same(c, expected); });
}

Error Unknown() {
  return {ErrorCode::kUnauthenticated, "token_invalid", "the token is not known",
          "send a valid one as \"Authorization: Bearer <token>\""};
}

// The token of the header, else of the query. An unknown scheme is an error, not an anonymous caller.
Result<std::string_view> PresentedToken(std::string_view header, std::string_view query) {
  if (header.empty()) return query;
  if (!HasBearer(header)) return Unknown();
  header.remove_prefix(kScheme.size());
  while (header.starts_with(' ')) header.remove_prefix(1);
  while (header.ends_with(' ')) header.remove_suffix(1);
  if (header.empty()) return Unknown();
  return header;
}

}  // namespace

Result<std::optional<std::string>> Accounts::EnsureAdminToken(const std::optional<std::string>& given) {
  GR_ASSIGN(std::vector<TokenRecord> tokens, store_.Tokens());
  bool first = std::none_of(tokens.begin(), tokens.end(), [](const TokenRecord& t) { return t.role == Role::kAdmin; });
  if (given && !given->empty()) {
    GR_ASSIGN(std::optional<TokenRecord> known, store_.FindTokenByDigest(Sha256Hex(*given)));
    if (!known) GR_TRY(store_.AddToken(AdminToken(*given, clock_.NowSeconds())));
    return first ? given : std::optional<std::string>();
  }
  if (!first) return std::optional<std::string>();
  std::string token = SecureToken(kTokenBytes);
  GR_TRY(store_.AddToken(AdminToken(token, clock_.NowSeconds())));
  return std::optional<std::string>(std::move(token));
}

Result<Principal> Accounts::Authenticate(std::string_view authorization_header, std::string_view query_token) const {
  GR_ASSIGN(std::string_view token, PresentedToken(authorization_header, query_token));
  if (token.empty()) return Principal{};
  std::string digest = Sha256Hex(token);
  GR_ASSIGN(std::optional<TokenRecord> record, store_.FindTokenByDigest(digest));
  if (!record || !SecretEquals(record->digest, digest)) return Unknown();
  return Principal{.name = record->name, .role = record->role};
}

}  // namespace greenroom

// Accounts: tokens of people, programs and environments.
#include <algorithm>
#include <cmath>

#include "accounts/accounts.h"
#include "base/digest.h"
#include "base/random.h"

namespace greenroom {
namespace {

constexpr size_t kTokenBytes = 24;

Error NotAllowed(std::string message) {
  return {ErrorCode::kPermissionDenied, "not_allowed", std::move(message), "ask an admin"};
}

Error TokenNotFound() { return {ErrorCode::kNotFound, "token_not_found", "there is no such token"}; }

// The prefix lets scanners for leaked secrets know ours.
std::string NewSecret() { return "grt_" + SecureToken(kTokenBytes); }

Result<void> CheckToken(const NewToken& token, double now) {
  auto bad = [](const char* message) { return Error{ErrorCode::kInvalidArgument, "bad_request", message}; };
  if (token.name.empty() || token.name.size() > 100) return bad("`name` is needed: 1 to 100 bytes");
  if (token.expires_at != 0 && !(token.expires_at > now)) return bad("`expires_at` must lie in the future");
  if ((token.kind == TokenKind::kEnvironment) != !token.environment.empty())
    return bad("`environment` belongs to tokens of that kind, and to no other");
  if (token.kind == TokenKind::kEnvironment && !token.scopes.empty())
    return bad("a token of an environment has no scopes: it may what servers of the environment need");
  if (token.kind == TokenKind::kService && token.scopes.empty()) return bad("`scopes` are needed for a service");
  for (const std::string& scope : token.scopes) GR_TRY(CheckGrant(scope));
  return {};
}

AuditEntry Entry(const Principal& actor, const char* action, const TokenRecord& token) {
  return {.actor = actor.name, .address = actor.address, .action = action, .subject = token.name};
}

}  // namespace

Json DescribeToken(const TokenRecord& token) {
  Json scopes = Json::List();
  for (const std::string& scope : token.scopes) scopes.Append(scope);
  return Json::Object({{"id", token.id},
                       {"name", token.name},
                       {"kind", std::string(TokenKindName(token.kind))},
                       {"environment", token.environment.empty() ? Json() : Json(token.environment)},
                       {"scopes", scopes},
                       {"created_by", token.created_by},
                       {"created_at", token.created_at},
                       {"expires_at", token.expires_at == 0 ? Json() : Json(token.expires_at)}});
}

Result<std::vector<TokenRecord>> Accounts::Tokens(const Principal& actor) const {
  GR_ASSIGN(std::vector<TokenRecord> tokens, store_.Tokens());
  if (!Allows(actor.grants, "tokens.view")) {
    std::erase_if(tokens, [&](const TokenRecord& token) { return token.owner.empty() || token.owner != actor.user; });
  }
  return tokens;
}

Result<IssuedToken> Accounts::CreateToken(const Principal& actor, NewToken token) {
  double now = clock_.NowSeconds();
  GR_TRY(CheckToken(token, now));
  if (token.kind != TokenKind::kPersonal && !Allows(actor.grants, "tokens.modify"))
    return NotAllowed("this needs the right to change tokens");
  if (token.kind == TokenKind::kPersonal) {
    GR_ASSIGN(UserRecord owner, CallerOf(actor));
    (void)owner;
    // Without scopes it has what its owner has, unless it is made with a token that has less.
    if (token.scopes.empty() && actor.kind == PrincipalKind::kToken) token.scopes = actor.grants;
  }
  TokenRecord record{.id = NewId(),
                     .name = std::move(token.name),
                     .kind = token.kind,
                     .owner = token.kind == TokenKind::kPersonal ? actor.user : "",
                     .environment = std::move(token.environment),
                     .scopes = std::move(token.scopes),
                     .created_by = actor.name,
                     .created_at = now,
                     .expires_at = token.expires_at};
  GR_ASSIGN(Principal holder, OfRecord(record));
  if (!Covers(actor.grants, record.kind == TokenKind::kPersonal ? record.scopes : holder.grants))
    return NotAllowed("the token would do more than you may");
  std::string secret = NewSecret();
  record.digest = Sha256Hex(secret);
  AuditEntry entry = Entry(actor, "token.create", record);
  entry.after = DescribeToken(record);
  GR_TRY(Apply({.tokens = {record}, .audit = {std::move(entry)}}));
  return IssuedToken{.record = std::move(record), .secret = std::move(secret)};
}

// Tokens of others are hidden from those who may not manage them: the same answer as for one that is not there.
Result<TokenRecord> Accounts::FindOwnToken(const Principal& actor, const std::string& id) const {
  GR_ASSIGN(std::vector<TokenRecord> tokens, Tokens(actor));
  auto found = std::find_if(tokens.begin(), tokens.end(), [&](const TokenRecord& token) { return token.id == id; });
  if (found == tokens.end()) return TokenNotFound();
  bool own = !found->owner.empty() && found->owner == actor.user;
  if (!own && !Allows(actor.grants, "tokens.modify")) return NotAllowed("this needs the right to change tokens");
  return std::move(*found);
}

Result<IssuedToken> Accounts::RotateToken(const Principal& actor, const std::string& id) {
  GR_ASSIGN(TokenRecord record, FindOwnToken(actor, id));
  if (record.kind == TokenKind::kPersonal && record.owner != actor.user)
    return NotAllowed("only its owner can rotate a personal token");
  TokenRecord lasting = record;
  lasting.expires_at = 0;
  GR_ASSIGN(Principal holder, OfRecord(lasting));
  if (!Covers(actor.grants, holder.grants)) return NotAllowed("the token may do more than you may");
  std::string secret = NewSecret();
  record.digest = Sha256Hex(secret);
  GR_TRY(Apply({.tokens = {record}, .audit = {Entry(actor, "token.rotate", record)}}));
  return IssuedToken{.record = std::move(record), .secret = std::move(secret)};
}

Result<void> Accounts::RevokeToken(const Principal& actor, const std::string& id) {
  GR_ASSIGN(TokenRecord record, FindOwnToken(actor, id));
  AuditEntry entry = Entry(actor, "token.revoke", record);
  entry.before = DescribeToken(record);
  return Apply({.removed_tokens = {record.id}, .audit = {std::move(entry)}});
}

}  // namespace greenroom

#include "storage/sqlite_accounts.h"

namespace greenroom {
namespace {

TokenRecord ReadToken(const Statement& row) {
  return {.id = row.TextAt(0),
          .name = row.TextAt(1),
          .role = static_cast<Role>(row.IntAt(2)),
          .digest = row.TextAt(3),
          .created_at = row.RealAt(4)};
}

}  // namespace

Result<void> SqliteAccountStore::AddToken(const TokenRecord& token) {
  return committer_.Run([&](Database& db) -> Result<void> {
    GR_TRY(db.Use("INSERT INTO token (id, assistant, name, role, digest, created_at) VALUES (?, 'default', ?, ?, ?, ?)"
                  " ON CONFLICT DO NOTHING")
               .Text(token.id)
               .Text(token.name)
               .Int(static_cast<int64_t>(token.role))
               .Text(token.digest)
               .Real(token.created_at)
               .Run());
    if (db.changes() == 1) return {};
    return Error{ErrorCode::kAlreadyExists, "already_exists", "there is such a token already"};
  });
}

Result<std::optional<TokenRecord>> SqliteAccountStore::FindTokenByDigest(const std::string& digest) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement row = lease->Use("SELECT id, name, role, digest, created_at FROM token WHERE digest = ?");
  row.Text(digest);
  GR_ASSIGN(bool found, row.Row());
  return found ? std::optional<TokenRecord>(ReadToken(row)) : std::nullopt;
}

Result<std::vector<TokenRecord>> SqliteAccountStore::Tokens() const {
  ReaderPool::Lease lease = readers_.Take();
  Statement rows = lease->Use("SELECT id, name, role, digest, created_at FROM token ORDER BY created_at, id");
  std::vector<TokenRecord> tokens;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return tokens;
    tokens.push_back(ReadToken(rows));
  }
}

}  // namespace greenroom

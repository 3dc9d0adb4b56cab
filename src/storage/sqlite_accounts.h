// The AccountStore on SQLite: table token. Writes are on disk when they return.
//
//   Accounts accounts(store.accounts(), clock);   // the rules; this class only keeps the rows
//
// Errors: already_exists (the digest or id is taken), those of Committer. Thread rules: safe from any thread.
#pragma once

#include "accounts/accounts.h"
#include "storage/committer.h"
#include "storage/reader_pool.h"

namespace greenroom {

class SqliteAccountStore final : public AccountStore {
 public:
  SqliteAccountStore(Committer& committer, ReaderPool& readers) : committer_(committer), readers_(readers) {}

  Result<void> AddToken(const TokenRecord& token) override;
  Result<std::optional<TokenRecord>> FindTokenByDigest(const std::string& digest) const override;
  Result<std::vector<TokenRecord>> Tokens() const override;

 private:
  Committer& committer_;
  ReaderPool& readers_;
};

}  // namespace greenroom

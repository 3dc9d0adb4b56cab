// The AccountStore on SQLite: tables account_user, role, access_token, session, secret, audit. Changes are on disk when
// Apply returns, all rows of one together with their audit records.
//
//   Accounts accounts(store.accounts(), clock, box);   // the rules; this class only keeps the rows
//
// Errors: those of AccountStore and of Committer. Thread rules: safe from any thread.
#pragma once

#include "accounts/account_store.h"
#include "storage/committer.h"
#include "storage/reader_pool.h"

namespace greenroom {

class SqliteAccountStore final : public AccountStore {
 public:
  SqliteAccountStore(Committer& committer, ReaderPool& readers) : committer_(committer), readers_(readers) {}

  Result<void> Apply(const AccountChange& change, double now) override;
  Result<std::optional<UserRecord>> FindUser(const std::string& id) const override;
  Result<std::optional<UserRecord>> FindUserByName(const std::string& name) const override;
  Result<std::optional<UserRecord>> FindUserBySubject(const std::string& subject) const override;
  Result<std::vector<UserRecord>> Users() const override;
  Result<std::vector<Role>> Roles() const override;
  Result<std::optional<TokenRecord>> FindTokenByDigest(const std::string& digest) const override;
  Result<std::vector<TokenRecord>> Tokens() const override;
  Result<std::optional<SessionRecord>> FindSession(const std::string& digest) const override;
  Result<std::optional<std::string>> FindSecret(const std::string& name) const override;
  Result<std::vector<AuditRecord>> Audit(const AuditQuery& query) const override;

 private:
  Committer& committer_;
  ReaderPool& readers_;
};

}  // namespace greenroom

// The ConversationIndex on SQLite: tables conversation_index and conversation_facet (derived, see
// storage/conversation_indexer.h), conversation_label, conversation_review and message_flag (notes).
//
//   GR_TRY(store->conversations().CatchUp());
//   GR_ASSIGN(ConversationPage page, store->conversations().Find({.environment = "production"}));
//
// A page is one statement, so that its total and its rows belong together; names and times of the rows are read after
// it. Lists of a filter travel as JSON texts into json_each, so that no statement is put together from values.
// Errors and thread rules: as ConversationIndex says.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "conversation/conversation_index.h"
#include "storage/committer.h"
#include "storage/reader_pool.h"

namespace greenroom {

class SqliteConversationIndex final : public ConversationIndex {
 public:
  SqliteConversationIndex(Committer& committer, ReaderPool& readers, const Clock& clock)
      : committer_(committer), readers_(readers), clock_(clock) {}

  Result<void> CatchUp() override;
  Result<ConversationPage> Find(const ConversationFilter& filter) const override;
  Result<std::vector<std::string>> Names(const std::string& assistant, Facet facet) const override;
  Result<ConversationTotals> Totals(const std::string& assistant, const std::string& environment) const override;

  Result<std::vector<double>> Flags(const ConversationKey& key) const override;
  Result<void> SetFlag(const ConversationKey& key, double at, bool flagged, const Reviewer& by) override;
  Result<std::vector<NameCount>> Labels(const std::string& assistant) const override;
  Result<std::vector<std::string>> LabelsOf(const ConversationKey& key) const override;
  Result<void> AddLabels(const ConversationKey& key, const std::vector<std::string>& labels,
                         const Reviewer& by) override;
  Result<void> RemoveLabel(const ConversationKey& key, const std::string& label, const Reviewer& by) override;
  Result<std::string> Review(const ConversationKey& key) const override;
  Result<void> SetReview(const ConversationKey& key, const std::string& status, const Reviewer& by) override;

 private:
  Committer& committer_;
  ReaderPool& readers_;
  const Clock& clock_;
};

// Removes what the index and the reviewers keep of a conversation. On the committing thread.
Result<void> ForgetIndexed(Database& db, int64_t conversation);

}  // namespace greenroom

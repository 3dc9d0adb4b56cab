// The RegistryStore on SQLite: tables assistant, model, environment, tag, deployment. Every writing call is one write
// of the committing thread and is on disk when it returns.
//
//   Registry registry(store.registry(), clock);   // the rules; this class keeps rows and makes each move one
//   transaction
//
// Versions of models are counted per assistant and never given out twice. A tag whose model was removed keeps its row,
// so that its epoch goes on counting. Tokens of remote environments are sealed. Errors besides those of the port:
// environment_not_found, those of Committer. Thread rules: safe from any thread.
#pragma once

#include "registry/registry.h"
#include "storage/committer.h"
#include "storage/reader_pool.h"
#include "storage/sealed_text.h"

namespace greenroom {

class SqliteRegistryStore final : public RegistryStore {
 public:
  SqliteRegistryStore(Committer& committer, ReaderPool& readers, SealedText tokens)
      : committer_(committer), readers_(readers), tokens_(std::move(tokens)) {}

  Result<void> CreateAssistant(const AssistantRecord& assistant) override;
  Result<std::vector<AssistantRecord>> Assistants() const override;
  Result<ModelRecord> AddModel(ModelRecord model) override;
  Result<std::optional<ModelRecord>> FindModel(const std::string& assistant, const std::string& name) const override;
  Result<std::optional<ModelRecord>> FindModelByDigest(const std::string& assistant,
                                                       const std::string& digest) const override;
  Result<std::optional<ModelRecord>> FindModelByTag(const std::string& assistant,
                                                    const std::string& tag) const override;
  Result<std::vector<ModelRecord>> Models(const std::string& assistant) const override;
  Result<void> DeleteModel(const std::string& assistant, const std::string& name, const ChangedBy& by) override;
  Result<void> PutEnvironment(const EnvironmentRecord& environment, const ChangedBy& by) override;
  Result<void> DeleteEnvironment(const std::string& assistant, const std::string& name, const ChangedBy& by) override;
  Result<std::vector<EnvironmentRecord>> Environments(const std::string& assistant) const override;
  Result<DeploymentRecord> MoveTag(const TagMove& move, double now) override;
  Result<std::vector<DeploymentRecord>> Deployments(const std::string& assistant, const std::string& environment,
                                                    int64_t limit) const override;

 private:
  Committer& committer_;
  ReaderPool& readers_;
  SealedText tokens_;
};

}  // namespace greenroom

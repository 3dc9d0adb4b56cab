// Registry: which models, tags, environments and deployments an assistant has. The rules live here; the store is a
// port.
//
// Rules: one model per tag, many tags per model. A tag and an environment share their name. Moving a tag is one
// compare-and-set transaction on (tag, expected epoch) and leaves one Deployment. Tagged models cannot be deleted.
// `production` and `worker` exist from the start; production cannot be removed.
// A model that Rasa trained (kind `rasa`) is served by servers of Rasa only: no embedded environment gets one, neither
// by a tag nor by a change of the environment (model_needs_rasa_server).
// Thread rules: all calls are safe from any thread; the store serialises writes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace greenroom {

struct AssistantRecord {
  std::string id;
  std::string name;
  double created_at = 0;
};

constexpr const char* kOwnModel = "greenroom";
constexpr const char* kRasaModel = "rasa";

struct ModelRecord {
  std::string assistant = "default";
  std::string kind = kOwnModel;  // who can load it: kOwnModel or kRasaModel
  int64_t version = 0;           // 1.. within the assistant
  std::string name;              // unique within the assistant ("20261124-201500-quiet-lamp")
  std::string digest;            // of the package, 64 hex digits
  std::string path;              // package file, relative to the data directory
  int64_t bytes = 0;
  std::string fingerprint;  // of the source
  std::string engine;       // version that trained it
  Json metadata = {};       // manifest excerpt: config, metrics; of a Rasa archive what archive/rasa_model.h describes
  double created_at = 0;
  std::string created_by;
  std::string address = {};            // of who adds it, for the audit log; not read back
  std::vector<std::string> tags = {};  // filled on reading
};

struct EnvironmentRecord {
  std::string assistant = "default";
  std::string name;
  std::string url = {};                          // "" = embedded
  std::string token = {};                        // sent to a remote environment; never listed
  int64_t epoch = 0;                             // counts moves of its tag
  std::optional<std::string> wanted_model = {};  // name of the tagged model
  double created_at = 0;
};

struct DeploymentRecord {
  int64_t id = 0;
  std::string assistant = "default";
  std::string environment;
  std::optional<std::string> model = {};  // nullopt: tag removed
  std::optional<std::string> previous_model = {};
  int64_t epoch = 0;
  std::string actor;
  std::string reason;
  double at = 0;
};

// Who changes something, for the audit log.
struct ChangedBy {
  std::string actor = "system";
  std::string address = {};  // of the caller; "" for the program itself
  double at = 0;             // set by Registry
};

struct TagMove {
  std::string assistant = "default";
  std::string tag;
  std::optional<std::string> model = {};       // name; nullopt removes the tag
  std::optional<int64_t> expected_epoch = {};  // compare-and-set when given
  std::string actor;
  std::string reason;
  std::string address = {};  // of the caller, for the audit log
};

// The port. Every change leaves its audit record in the same transaction. Implementations:
// storage/sqlite_registry_store (and PostgreSQL later) under one contract test suite.
class RegistryStore {
 public:
  virtual ~RegistryStore() = default;
  virtual Result<void> CreateAssistant(const AssistantRecord& assistant) = 0;  // already_exists
  virtual Result<std::vector<AssistantRecord>> Assistants() const = 0;
  virtual Result<ModelRecord> AddModel(ModelRecord model) = 0;  // assigns version; model_exists
  virtual Result<std::optional<ModelRecord>> FindModel(const std::string& assistant, const std::string& name) const = 0;
  virtual Result<std::optional<ModelRecord>> FindModelByDigest(const std::string& assistant,
                                                               const std::string& digest) const = 0;
  virtual Result<std::optional<ModelRecord>> FindModelByTag(const std::string& assistant,
                                                            const std::string& tag) const = 0;
  virtual Result<std::vector<ModelRecord>> Models(const std::string& assistant) const = 0;  // newest first
  virtual Result<void> DeleteModel(const std::string& assistant, const std::string& name,
                                   const ChangedBy& by = {}) = 0;  // model_not_found, model_is_tagged
  // Creates, or changes url and token. model_needs_rasa_server when it is embedded and its tag is on a model of Rasa.
  virtual Result<void> PutEnvironment(const EnvironmentRecord& environment, const ChangedBy& by = {}) = 0;
  virtual Result<void> DeleteEnvironment(const std::string& assistant, const std::string& name,
                                         const ChangedBy& by = {}) = 0;
  virtual Result<std::vector<EnvironmentRecord>> Environments(const std::string& assistant) const = 0;
  // One transaction: check epoch and model, move, append the deployment. tag_moved (kConflict), model_not_found,
  // model_needs_rasa_server (kConflict).
  virtual Result<DeploymentRecord> MoveTag(const TagMove& move, double now) = 0;
  virtual Result<std::vector<DeploymentRecord>> Deployments(const std::string& assistant,
                                                            const std::string& environment,
                                                            int64_t limit) const = 0;  // newest first; "" = all
};

class Registry {
 public:
  Registry(RegistryStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  // Creates `default` with `production` and `worker` when the store is new.
  Result<void> EnsureDefaults();

  Result<std::vector<AssistantRecord>> ListAssistants() const { return store_.Assistants(); }

  Result<ModelRecord> RegisterModel(ModelRecord model);
  Result<ModelRecord> GetModel(const std::string& assistant, const std::string& name_or_version_or_digest) const;
  Result<ModelRecord> TaggedModel(const std::string& assistant, const std::string& tag) const;  // model_not_found
  Result<std::vector<ModelRecord>> ListModels(const std::string& assistant) const;
  Result<void> DeleteModel(const std::string& assistant, const std::string& name, ChangedBy by = {});

  Result<std::vector<EnvironmentRecord>> ListEnvironments(const std::string& assistant) const;
  Result<EnvironmentRecord> GetEnvironment(const std::string& assistant,
                                           const std::string& name) const;  // environment_not_found
  // Name rules: [a-z0-9][a-z0-9_-]{0,62}; url must be http(s) without path, user or fragment.
  Result<EnvironmentRecord> PutEnvironment(EnvironmentRecord environment, ChangedBy by = {});
  Result<void> DeleteEnvironment(const std::string& assistant, const std::string& name, ChangedBy by = {});

  // Moves a tag (promote) or removes it. A tag without an environment of its name is allowed (Rasa X has such tags).
  Result<DeploymentRecord> MoveTag(const TagMove& move);
  // Moves the tag back to the model that it had before its latest move. nothing_to_roll_back.
  Result<DeploymentRecord> RollBack(const std::string& assistant, const std::string& environment, const ChangedBy& by,
                                    const std::string& reason);
  Result<std::vector<DeploymentRecord>> History(const std::string& assistant, const std::string& environment,
                                                int64_t limit) const;

 private:
  RegistryStore& store_;
  const Clock& clock_;
};

}  // namespace greenroom

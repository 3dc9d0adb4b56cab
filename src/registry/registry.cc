#include "registry/registry.h"

#include <algorithm>
#include <charconv>

#include "registry/names.h"

namespace greenroom {
namespace {

constexpr const char* kProtected = "production";
constexpr int64_t kSearchedMoves = 1000;

Error EnvironmentNotFound(const std::string& name) {
  return {ErrorCode::kNotFound, "environment_not_found", "there is no environment " + name,
          "list them with: greenroom environment list"};
}

std::optional<int64_t> AsVersion(const std::string& text) {
  int64_t version = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (problem != std::errc() || end != text.data() + text.size() || version <= 0) return std::nullopt;
  return version;
}

Result<void> CreateUnlessThere(RegistryStore& store, const AssistantRecord& assistant) {
  Result<void> created = store.CreateAssistant(assistant);
  if (!created && created.error().code == ErrorCode::kAlreadyExists) return {};
  return created;
}

}  // namespace

Result<void> Registry::EnsureDefaults() {
  double now = clock_.NowSeconds();
  GR_TRY(CreateUnlessThere(store_, {.id = "default", .name = "default", .created_at = now}));
  GR_ASSIGN(std::vector<EnvironmentRecord> environments, store_.Environments("default"));
  // Only a new store gets them: a worker that was removed stays removed.
  if (!environments.empty()) return {};
  for (const char* name : {"production", "worker"}) GR_TRY(store_.PutEnvironment({.name = name, .created_at = now}));
  return {};
}

Result<ModelRecord> Registry::RegisterModel(ModelRecord model) {
  GR_TRY(CheckModelName(model.name));
  if (model.created_at == 0) model.created_at = clock_.NowSeconds();
  return store_.AddModel(std::move(model));
}

Result<ModelRecord> Registry::GetModel(const std::string& assistant, const std::string& wanted) const {
  GR_ASSIGN(std::optional<ModelRecord> model, store_.FindModel(assistant, wanted));
  if (!model) {
    GR_ASSIGN(model, store_.FindModelByDigest(assistant, wanted));
  }
  if (model) return std::move(*model);
  if (std::optional<int64_t> version = AsVersion(wanted)) {
    GR_ASSIGN(std::vector<ModelRecord> models, store_.Models(assistant));
    auto found =
        std::find_if(models.begin(), models.end(), [&](const ModelRecord& m) { return m.version == *version; });
    if (found != models.end()) return std::move(*found);
  }
  return Error{ErrorCode::kNotFound, "model_not_found", "there is no model " + wanted,
               "list them with: greenroom model list"};
}

Result<ModelRecord> Registry::TaggedModel(const std::string& assistant, const std::string& tag) const {
  GR_ASSIGN(std::optional<ModelRecord> model, store_.FindModelByTag(assistant, tag));
  if (model) return std::move(*model);
  return Error{ErrorCode::kNotFound, "model_not_found", "no model has the tag " + tag};
}

Result<std::vector<ModelRecord>> Registry::ListModels(const std::string& assistant) const {
  return store_.Models(assistant);
}

Result<void> Registry::DeleteModel(const std::string& assistant, const std::string& name, ChangedBy by) {
  by.at = clock_.NowSeconds();
  return store_.DeleteModel(assistant, name, by);
}

Result<std::vector<EnvironmentRecord>> Registry::ListEnvironments(const std::string& assistant) const {
  return store_.Environments(assistant);
}

Result<EnvironmentRecord> Registry::GetEnvironment(const std::string& assistant, const std::string& name) const {
  GR_ASSIGN(std::vector<EnvironmentRecord> environments, store_.Environments(assistant));
  auto found = std::find_if(environments.begin(), environments.end(),
                            [&](const EnvironmentRecord& e) { return e.name == name; });
  if (found == environments.end()) return EnvironmentNotFound(name);
  return std::move(*found);
}

Result<EnvironmentRecord> Registry::PutEnvironment(EnvironmentRecord environment, ChangedBy by) {
  GR_TRY(CheckEnvironmentName(environment.name));
  GR_TRY(CheckEnvironmentUrl(environment.url));
  by.at = clock_.NowSeconds();
  if (environment.created_at == 0) environment.created_at = by.at;
  GR_TRY(store_.PutEnvironment(environment, by));
  return GetEnvironment(environment.assistant, environment.name);
}

Result<void> Registry::DeleteEnvironment(const std::string& assistant, const std::string& name, ChangedBy by) {
  if (name == kProtected) {
    return Error{ErrorCode::kConflict, "environment_protected", "production cannot be removed"};
  }
  by.at = clock_.NowSeconds();
  return store_.DeleteEnvironment(assistant, name, by);
}

Result<DeploymentRecord> Registry::MoveTag(const TagMove& move) {
  GR_TRY(CheckTagName(move.tag));
  return store_.MoveTag(move, clock_.NowSeconds());
}

Result<DeploymentRecord> Registry::RollBack(const std::string& assistant, const std::string& environment,
                                            const ChangedBy& by, const std::string& reason) {
  GR_ASSIGN(std::vector<DeploymentRecord> history, store_.Deployments(assistant, environment, kSearchedMoves));
  // Tagging a model again that was there already changed nothing that could be taken back.
  auto moved = std::find_if(history.begin(), history.end(),
                            [](const DeploymentRecord& d) { return d.model != d.previous_model; });
  if (moved == history.end() || !moved->previous_model) {
    return Error{ErrorCode::kConflict, "nothing_to_roll_back",
                 "no model was deployed to " + environment + " before the present one"};
  }
  // A name may be free again and taken by another model, which nobody with the right to this environment chose.
  GR_ASSIGN(std::optional<ModelRecord> earlier, store_.FindModel(assistant, *moved->previous_model));
  if (earlier && earlier->created_at > moved->at) {
    return Error{ErrorCode::kConflict, "model_replaced",
                 "the model " + earlier->name + " that was deployed before is gone; another one has its name now",
                 "promote the model that you want"};
  }
  TagMove move{.assistant = assistant,
               .tag = environment,
               .model = moved->previous_model,
               .expected_epoch = history.front().epoch,
               .actor = by.actor,
               .reason = reason.empty() ? "rollback" : reason,
               .address = by.address};
  return store_.MoveTag(move, clock_.NowSeconds());
}

Result<std::vector<DeploymentRecord>> Registry::History(const std::string& assistant, const std::string& environment,
                                                        int64_t limit) const {
  return store_.Deployments(assistant, environment, limit);
}

}  // namespace greenroom

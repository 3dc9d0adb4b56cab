#include "storage/sqlite_registry.h"

#include "storage/audit_log.h"

namespace greenroom {
namespace {

#define GR_MODEL_COLUMNS \
  "version, name, digest, path, bytes, fingerprint, engine, metadata, created_at, created_by, kind"
constexpr const char* kModelByName = "SELECT " GR_MODEL_COLUMNS " FROM model WHERE assistant = ? AND name = ?";
constexpr const char* kModelByDigest = "SELECT " GR_MODEL_COLUMNS " FROM model WHERE assistant = ? AND digest = ?";
constexpr const char* kModelByTag = "SELECT " GR_MODEL_COLUMNS
                                    " FROM model WHERE assistant = ?1"
                                    " AND name = (SELECT model FROM tag WHERE assistant = ?1 AND name = ?2)";
constexpr const char* kModels = "SELECT " GR_MODEL_COLUMNS " FROM model WHERE assistant = ? ORDER BY version DESC";
#undef GR_MODEL_COLUMNS

Statement& OptionalText(Statement& statement, const std::optional<std::string>& text) {
  return text ? statement.Text(*text) : statement.Null();
}

std::optional<std::string> OptionalTextAt(const Statement& row, int column) {
  if (row.IsNull(column)) return std::nullopt;
  return row.TextAt(column);
}

Result<std::vector<std::string>> TagsOf(Database& db, const std::string& assistant, const std::string& model) {
  Statement rows = db.Use("SELECT name FROM tag WHERE assistant = ? AND model = ? ORDER BY name");
  rows.Text(assistant).Text(model);
  std::vector<std::string> tags;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return tags;
    tags.push_back(rows.TextAt(0));
  }
}

Result<ModelRecord> ReadModel(Database& db, const std::string& assistant, const Statement& row) {
  ModelRecord model{.assistant = assistant,
                    .kind = row.TextAt(10),
                    .version = row.IntAt(0),
                    .name = row.TextAt(1),
                    .digest = row.TextAt(2),
                    .path = row.TextAt(3),
                    .bytes = row.IntAt(4),
                    .fingerprint = row.TextAt(5),
                    .engine = row.TextAt(6),
                    .created_at = row.RealAt(8),
                    .created_by = row.TextAt(9)};
  GR_ASSIGN(model.metadata, ParseJson(row.ViewAt(7), {.bytes = 64u << 20, .nodes = 5'000'000}));
  GR_ASSIGN(model.tags, TagsOf(db, assistant, model.name));
  return model;
}

Result<std::optional<ModelRecord>> FindOne(Database& db, const char* sql, const std::string& assistant,
                                           const std::string& value) {
  Statement row = db.Use(sql);
  row.Text(assistant).Text(value);
  GR_ASSIGN(bool found, row.Row());
  if (!found) return std::optional<ModelRecord>();
  GR_ASSIGN(ModelRecord model, ReadModel(db, assistant, row));
  return std::optional<ModelRecord>(std::move(model));
}

Error ModelNotFound(const std::string& name) {
  return {ErrorCode::kNotFound, "model_not_found", "there is no model " + name};
}

Result<void> InsertModel(Database& db, ModelRecord& model, const std::string& metadata) {
  bool name_taken = false, digest_taken = false;
  {
    Statement name = db.Use("SELECT 1 FROM model WHERE assistant = ? AND name = ?");
    name.Text(model.assistant).Text(model.name);
    GR_ASSIGN(name_taken, name.Row());
    Statement digest = db.Use("SELECT 1 FROM model WHERE assistant = ? AND digest = ?");
    digest.Text(model.assistant).Text(model.digest);
    GR_ASSIGN(digest_taken, digest.Row());
  }
  if (name_taken || digest_taken) {
    return Error{ErrorCode::kAlreadyExists, "model_exists",
                 name_taken ? "there is a model " + model.name + " already" : "the same package is a model already"};
  }
  // A version is never given out twice, not even after its model was deleted.
  GR_TRY(db.Use("INSERT INTO model_number VALUES (?, 1) ON CONFLICT (assistant) DO UPDATE SET latest = latest + 1")
             .Text(model.assistant)
             .Run());
  Statement latest = db.Use("SELECT latest FROM model_number WHERE assistant = ?");
  latest.Text(model.assistant);
  GR_ASSIGN(bool numbered, latest.Row());
  model.version = numbered ? latest.IntAt(0) : 1;
  GR_TRY(AppendAudit(db,
                     {.actor = model.created_by,
                      .address = model.address,
                      .action = "model.add",
                      .subject = model.name,
                      .after = Json::Object({{"digest", model.digest}, {"version", model.version}})},
                     model.created_at));
  return db
      .Use(
          "INSERT INTO model (assistant, version, name, digest, path, bytes, fingerprint, engine, metadata, created_at,"
          " created_by, kind) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .Text(model.assistant)
      .Int(model.version)
      .Text(model.name)
      .Text(model.digest)
      .Text(model.path)
      .Int(model.bytes)
      .Text(model.fingerprint)
      .Text(model.engine)
      .Text(metadata)
      .Real(model.created_at)
      .Text(model.created_by)
      .Text(model.kind)
      .Run();
}

AuditEntry EntryOf(const ChangedBy& by, const char* action, const std::string& subject) {
  return {.actor = by.actor, .address = by.address, .action = action, .subject = subject};
}

Result<void> RemoveModel(Database& db, const std::string& assistant, const std::string& name, const ChangedBy& by) {
  GR_ASSIGN(std::vector<std::string> tags, TagsOf(db, assistant, name));
  if (!tags.empty()) {
    return Error{ErrorCode::kConflict, "model_is_tagged", "model " + name + " has the tag " + tags.front(),
                 "move or remove the tag first"};
  }
  AuditEntry entry = EntryOf(by, "model.delete", name);
  {
    Statement row = db.Use("SELECT digest FROM model WHERE assistant = ? AND name = ?");
    row.Text(assistant).Text(name);
    GR_ASSIGN(bool found, row.Row());
    if (!found) return ModelNotFound(name);
    entry.before = Json::Object({{"digest", row.TextAt(0)}});
  }
  GR_TRY(db.Use("DELETE FROM model WHERE assistant = ? AND name = ?").Text(assistant).Text(name).Run());
  return AppendAudit(db, entry, by.at);
}

Error NeedsRasaServer(const std::string& model, const std::string& environment) {
  return {ErrorCode::kConflict, "model_needs_rasa_server",
          "the model " + model + " was trained by Rasa and needs a server of Rasa, but the environment " + environment +
              " is served here",
          "give the environment the url of a Rasa server, or train the project with Greenroom"};
}

struct TagRow {
  int64_t epoch = 0;
  std::optional<std::string> model = {};
};

Result<TagRow> FindTag(Database& db, const TagMove& move) {
  Statement row = db.Use("SELECT epoch, model FROM tag WHERE assistant = ? AND name = ?");
  row.Text(move.assistant).Text(move.tag);
  GR_ASSIGN(bool found, row.Row());
  return found ? TagRow{row.IntAt(0), OptionalTextAt(row, 1)} : TagRow{};
}

Result<void> CheckMove(Database& db, const TagMove& move, const TagRow& tag) {
  if (move.expected_epoch && *move.expected_epoch != tag.epoch) {
    return Error{ErrorCode::kConflict, "tag_moved",
                 "the tag " + move.tag + " was moved by someone else (epoch " + std::to_string(tag.epoch) +
                     ", expected " + std::to_string(*move.expected_epoch) + ")",
                 "look at it again and repeat"};
  }
  if (!move.model) return {};
  Statement row = db.Use("SELECT kind FROM model WHERE assistant = ? AND name = ?");
  row.Text(move.assistant).Text(*move.model);
  GR_ASSIGN(bool found, row.Row());
  if (!found) return ModelNotFound(*move.model);
  if (row.TextAt(0) != kRasaModel) return {};
  Statement embedded = db.Use("SELECT 1 FROM environment WHERE assistant = ? AND name = ? AND url = ''");
  embedded.Text(move.assistant).Text(move.tag);
  GR_ASSIGN(bool refused, embedded.Row());
  return refused ? Result<void>(NeedsRasaServer(*move.model, move.tag)) : Result<void>();
}

// What an environment serves must not become unloadable by a change of the environment either.
Result<void> CheckEmbedded(Database& db, const EnvironmentRecord& environment) {
  if (!environment.url.empty()) return {};
  Statement row = db.Use(
      "SELECT m.name FROM tag t JOIN model m ON m.assistant = t.assistant AND m.name = t.model"
      " WHERE t.assistant = ? AND t.name = ? AND m.kind = ?");
  row.Text(environment.assistant).Text(environment.name).Text(kRasaModel);
  GR_ASSIGN(bool refused, row.Row());
  return refused ? Result<void>(NeedsRasaServer(row.TextAt(0), environment.name)) : Result<void>();
}

// What the audit log shows of an environment: not its token.
Result<Json> ShowEnvironment(Database& db, const std::string& assistant, const std::string& name) {
  Statement row = db.Use("SELECT url, token FROM environment WHERE assistant = ? AND name = ?");
  row.Text(assistant).Text(name);
  GR_ASSIGN(bool found, row.Row());
  if (!found) return Json();
  return Json::Object({{"url", row.TextAt(0)}, {"token", row.TextAt(1).empty() ? "none" : "set"}});
}

Result<void> WriteEnvironment(Database& db, const EnvironmentRecord& environment, const ChangedBy& by) {
  GR_TRY(CheckEmbedded(db, environment));
  AuditEntry entry = EntryOf(by, "environment.put", environment.name);
  GR_ASSIGN(entry.before, ShowEnvironment(db, environment.assistant, environment.name));
  GR_TRY(db.Use("INSERT INTO environment VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (assistant, name) DO UPDATE SET url = excluded.url, token = excluded.token")
             .Text(environment.assistant)
             .Text(environment.name)
             .Text(environment.url)
             .Text(environment.token)
             .Real(environment.created_at)
             .Run());
  GR_ASSIGN(entry.after, ShowEnvironment(db, environment.assistant, environment.name));
  return AppendAudit(db, entry, by.at);
}

Result<void> RemoveEnvironment(Database& db, const std::string& assistant, const std::string& name,
                               const ChangedBy& by) {
  AuditEntry entry = EntryOf(by, "environment.delete", name);
  GR_ASSIGN(entry.before, ShowEnvironment(db, assistant, name));
  GR_TRY(db.Use("DELETE FROM environment WHERE assistant = ? AND name = ?").Text(assistant).Text(name).Run());
  if (db.changes() == 1) return AppendAudit(db, entry, by.at);
  return Error{ErrorCode::kNotFound, "environment_not_found", "there is no environment " + name};
}

Result<void> MoveOne(Database& db, const TagMove& move, double now, DeploymentRecord& deployment) {
  GR_ASSIGN(TagRow tag, FindTag(db, move));
  GR_TRY(CheckMove(db, move, tag));
  Statement put = db.Use(
      "INSERT INTO tag (assistant, name, model, epoch) VALUES (?, ?, ?, ?)"
      " ON CONFLICT (assistant, name) DO UPDATE SET model = excluded.model, epoch = excluded.epoch");
  put.Text(move.assistant).Text(move.tag);
  GR_TRY(OptionalText(put, move.model).Int(tag.epoch + 1).Run());
  Statement append = db.Use(
      "INSERT INTO deployment (assistant, environment, model, previous_model, epoch, actor, reason, at)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  append.Text(move.assistant).Text(move.tag);
  OptionalText(append, move.model);
  GR_TRY(OptionalText(append, tag.model).Int(tag.epoch + 1).Text(move.actor).Text(move.reason).Real(now).Run());
  deployment = {.id = db.last_insert_id(),
                .assistant = move.assistant,
                .environment = move.tag,
                .model = move.model,
                .previous_model = tag.model,
                .epoch = tag.epoch + 1,
                .actor = move.actor,
                .reason = move.reason,
                .at = now};
  auto shown = [](const std::optional<std::string>& model) {
    return model ? Json::Object({{"model", *model}}) : Json();
  };
  return AppendAudit(db,
                     {.actor = move.actor,
                      .address = move.address,
                      .action = "tag.move",
                      .subject = move.tag,
                      .before = shown(tag.model),
                      .after = shown(move.model)},
                     now);
}

}  // namespace

Result<void> SqliteRegistryStore::CreateAssistant(const AssistantRecord& assistant) {
  return committer_.Run([&](Database& db) -> Result<void> {
    GR_TRY(db.Use("INSERT INTO assistant VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
               .Text(assistant.id)
               .Text(assistant.name)
               .Real(assistant.created_at)
               .Run());
    if (db.changes() == 1) return {};
    return Error{ErrorCode::kAlreadyExists, "already_exists", "there is an assistant " + assistant.id + " already"};
  });
}

Result<std::vector<AssistantRecord>> SqliteRegistryStore::Assistants() const {
  ReaderPool::Lease lease = readers_.Take();
  Statement rows = lease->Use("SELECT id, name, created_at FROM assistant ORDER BY id");
  std::vector<AssistantRecord> assistants;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return assistants;
    assistants.push_back({rows.TextAt(0), rows.TextAt(1), rows.RealAt(2)});
  }
}

Result<ModelRecord> SqliteRegistryStore::AddModel(ModelRecord model) {
  std::string metadata = model.metadata.Dump();
  GR_TRY(committer_.Run([&](Database& db) { return InsertModel(db, model, metadata); }));
  return model;
}

Result<std::optional<ModelRecord>> SqliteRegistryStore::FindModel(const std::string& assistant,
                                                                  const std::string& name) const {
  ReaderPool::Lease lease = readers_.Take();
  return FindOne(*lease, kModelByName, assistant, name);
}

Result<std::optional<ModelRecord>> SqliteRegistryStore::FindModelByDigest(const std::string& assistant,
                                                                          const std::string& digest) const {
  ReaderPool::Lease lease = readers_.Take();
  return FindOne(*lease, kModelByDigest, assistant, digest);
}

Result<std::optional<ModelRecord>> SqliteRegistryStore::FindModelByTag(const std::string& assistant,
                                                                       const std::string& tag) const {
  ReaderPool::Lease lease = readers_.Take();
  return FindOne(*lease, kModelByTag, assistant, tag);
}

Result<std::vector<ModelRecord>> SqliteRegistryStore::Models(const std::string& assistant) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement rows = lease->Use(kModels);
  rows.Text(assistant);
  std::vector<ModelRecord> models;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return models;
    GR_ASSIGN(ModelRecord model, ReadModel(*lease, assistant, rows));
    models.push_back(std::move(model));
  }
}

Result<void> SqliteRegistryStore::DeleteModel(const std::string& assistant, const std::string& name,
                                              const ChangedBy& by) {
  return committer_.Run([&](Database& db) { return RemoveModel(db, assistant, name, by); });
}

Result<void> SqliteRegistryStore::PutEnvironment(const EnvironmentRecord& environment, const ChangedBy& by) {
  EnvironmentRecord kept = environment;
  kept.token = tokens_.Seal(environment.token);
  return committer_.Run([&](Database& db) { return WriteEnvironment(db, kept, by); });
}

Result<void> SqliteRegistryStore::DeleteEnvironment(const std::string& assistant, const std::string& name,
                                                    const ChangedBy& by) {
  return committer_.Run([&](Database& db) { return RemoveEnvironment(db, assistant, name, by); });
}

Result<std::vector<EnvironmentRecord>> SqliteRegistryStore::Environments(const std::string& assistant) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement rows = lease->Use(
      "SELECT e.name, e.url, e.token, coalesce(t.epoch, 0), t.model, e.created_at FROM environment e"
      " LEFT JOIN tag t ON t.assistant = e.assistant AND t.name = e.name"
      " WHERE e.assistant = ? ORDER BY e.name");
  rows.Text(assistant);
  std::vector<EnvironmentRecord> environments;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return environments;
    GR_ASSIGN(std::string token, tokens_.Open(rows.TextAt(2)));
    environments.push_back({.assistant = assistant,
                            .name = rows.TextAt(0),
                            .url = rows.TextAt(1),
                            .token = std::move(token),
                            .epoch = rows.IntAt(3),
                            .wanted_model = OptionalTextAt(rows, 4),
                            .created_at = rows.RealAt(5)});
  }
}

Result<DeploymentRecord> SqliteRegistryStore::MoveTag(const TagMove& move, double now) {
  DeploymentRecord deployment;
  GR_TRY(committer_.Run([&](Database& db) { return MoveOne(db, move, now, deployment); }));
  return deployment;
}

Result<std::vector<DeploymentRecord>> SqliteRegistryStore::Deployments(const std::string& assistant,
                                                                       const std::string& environment,
                                                                       int64_t limit) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement rows = lease->Use(
      "SELECT id, environment, model, previous_model, epoch, actor, reason, at FROM deployment"
      " WHERE assistant = ?1 AND (?2 = '' OR environment = ?2) ORDER BY id DESC LIMIT ?3");
  rows.Text(assistant).Text(environment).Int(limit);
  std::vector<DeploymentRecord> deployments;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return deployments;
    deployments.push_back({.id = rows.IntAt(0),
                           .assistant = assistant,
                           .environment = rows.TextAt(1),
                           .model = OptionalTextAt(rows, 2),
                           .previous_model = OptionalTextAt(rows, 3),
                           .epoch = rows.IntAt(4),
                           .actor = rows.TextAt(5),
                           .reason = rows.TextAt(6),
                           .at = rows.RealAt(7)});
  }
}

}  // namespace greenroom

#include "storage/migrations.h"

#include <array>

#include "base/digest.h"

namespace greenroom {
namespace {

constexpr int64_t kApplicationId = 0x47524e52;  // "GRNR", in the header of the file

// Texts that repeat in every event (model digests, conversation names) are numbered, so that an event row is short.
// `hash` of an event continues the one before it in the conversation, so that lost or changed rows show.
constexpr const char* kFirst = R"sql(
CREATE TABLE assistant (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE model (
  assistant TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, path TEXT NOT NULL,
  bytes INTEGER NOT NULL, fingerprint TEXT NOT NULL, engine TEXT NOT NULL, metadata TEXT NOT NULL,
  created_at REAL NOT NULL, created_by TEXT NOT NULL,
  PRIMARY KEY (assistant, version), UNIQUE (assistant, name), UNIQUE (assistant, digest)
);
CREATE TABLE model_number (
  assistant TEXT PRIMARY KEY, latest INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE environment (
  assistant TEXT NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL, token TEXT NOT NULL, created_at REAL NOT NULL,
  PRIMARY KEY (assistant, name)
) WITHOUT ROWID;
CREATE TABLE tag (
  assistant TEXT NOT NULL, name TEXT NOT NULL, model TEXT, epoch INTEGER NOT NULL,
  PRIMARY KEY (assistant, name)
) WITHOUT ROWID;
CREATE TABLE deployment (
  id INTEGER PRIMARY KEY AUTOINCREMENT, assistant TEXT NOT NULL, environment TEXT NOT NULL, model TEXT,
  previous_model TEXT, epoch INTEGER NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL, at REAL NOT NULL
);
CREATE INDEX deployment_of ON deployment (assistant, environment, id);
CREATE TABLE token (
  id TEXT PRIMARY KEY, assistant TEXT NOT NULL, name TEXT NOT NULL, role INTEGER NOT NULL, digest TEXT NOT NULL UNIQUE,
  created_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE training_job (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, assistant TEXT NOT NULL, state TEXT NOT NULL,
  step TEXT NOT NULL, fraction REAL NOT NULL, eta_seconds REAL, model TEXT NOT NULL, diagnostics TEXT NOT NULL,
  error TEXT NOT NULL, message TEXT NOT NULL, actor TEXT NOT NULL, created_at REAL NOT NULL, finished_at REAL NOT NULL
);
CREATE TABLE model_digest (
  id INTEGER PRIMARY KEY, assistant TEXT NOT NULL, digest TEXT NOT NULL, UNIQUE (assistant, digest)
);
CREATE TABLE conversation (
  id INTEGER PRIMARY KEY, assistant TEXT NOT NULL, environment TEXT NOT NULL, conversation TEXT NOT NULL,
  next_seq INTEGER NOT NULL, fence INTEGER NOT NULL, hash INTEGER NOT NULL, last_at REAL NOT NULL,
  last_model INTEGER NOT NULL, UNIQUE (assistant, environment, conversation)
);
CREATE TABLE inbox (
  id INTEGER PRIMARY KEY, conversation_id INTEGER NOT NULL, assistant TEXT NOT NULL, channel TEXT NOT NULL,
  key TEXT NOT NULL, body_hash TEXT NOT NULL, message TEXT NOT NULL, model INTEGER NOT NULL, received_at REAL NOT NULL,
  state INTEGER NOT NULL, attempts INTEGER NOT NULL, reply TEXT NOT NULL, reply_status INTEGER NOT NULL
);
CREATE UNIQUE INDEX inbox_key ON inbox (conversation_id, channel, key) WHERE key <> '';
CREATE INDEX inbox_open ON inbox (id) WHERE state < 2;
CREATE TABLE event (
  conversation_id INTEGER NOT NULL, seq INTEGER NOT NULL, assistant TEXT NOT NULL, turn INTEGER NOT NULL,
  fence INTEGER NOT NULL, model INTEGER NOT NULL, type TEXT NOT NULL, at REAL NOT NULL, hash INTEGER NOT NULL,
  payload TEXT NOT NULL, PRIMARY KEY (conversation_id, seq)
) WITHOUT ROWID;
CREATE TABLE action_call (
  inbox_id INTEGER NOT NULL, step INTEGER NOT NULL, assistant TEXT NOT NULL, call_key TEXT NOT NULL,
  request_hash TEXT NOT NULL, attempts INTEGER NOT NULL, answer TEXT, PRIMARY KEY (inbox_id, step)
) WITHOUT ROWID;
CREATE TABLE outbox (
  conversation_id INTEGER NOT NULL, seq INTEGER NOT NULL, sink TEXT NOT NULL, assistant TEXT NOT NULL,
  state INTEGER NOT NULL, attempts INTEGER NOT NULL, next_at REAL NOT NULL, PRIMARY KEY (conversation_id, seq, sink)
) WITHOUT ROWID;
CREATE TABLE push (
  conversation_id INTEGER NOT NULL, seq INTEGER NOT NULL, address TEXT NOT NULL, assistant TEXT NOT NULL,
  state INTEGER NOT NULL, PRIMARY KEY (conversation_id, seq, address)
) WITHOUT ROWID;
)sql";

// People and rights. Lists (roles, grants) are kept as lines; "" and 0 stand for absent. The tokens of the first schema
// had one of two roles: 0 was an admin, 1 could only chat.
constexpr const char* kAccounts = R"sql(
CREATE TABLE account_user (
  id TEXT PRIMARY KEY, assistant TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL, password TEXT NOT NULL,
  roles TEXT NOT NULL, enabled INTEGER NOT NULL, subject TEXT NOT NULL, generation INTEGER NOT NULL,
  created_at REAL NOT NULL, version INTEGER NOT NULL, UNIQUE (assistant, name_key)
) WITHOUT ROWID;
CREATE UNIQUE INDEX account_user_subject ON account_user (assistant, subject) WHERE subject <> '';
CREATE TABLE role (
  assistant TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, is_default INTEGER NOT NULL,
  grants TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (assistant, name)
) WITHOUT ROWID;
CREATE TABLE access_token (
  id TEXT PRIMARY KEY, assistant TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, owner TEXT NOT NULL,
  environment TEXT NOT NULL, scopes TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, created_by TEXT NOT NULL,
  created_at REAL NOT NULL, expires_at REAL NOT NULL
) WITHOUT ROWID;
INSERT INTO access_token
  SELECT id, assistant, name, 'service', '', '', CASE role WHEN 0 THEN '*' ELSE 'test_conversation.view' END, digest,
         'system', created_at, 0 FROM token;
DROP TABLE token;
CREATE TABLE session (
  digest TEXT PRIMARY KEY, assistant TEXT NOT NULL, account_user TEXT NOT NULL, generation INTEGER NOT NULL,
  address TEXT NOT NULL, created_at REAL NOT NULL, expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE secret (
  assistant TEXT NOT NULL, name TEXT NOT NULL, sealed TEXT NOT NULL, PRIMARY KEY (assistant, name)
) WITHOUT ROWID;
CREATE TABLE audit (
  number INTEGER PRIMARY KEY, assistant TEXT NOT NULL, at REAL NOT NULL, actor TEXT NOT NULL, address TEXT NOT NULL,
  action TEXT NOT NULL, subject TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, hash TEXT NOT NULL
);
)sql";

// What trained a model: `greenroom`, or `rasa` for archives that only servers of Rasa can load.
constexpr const char* kModelKinds = R"sql(
ALTER TABLE model ADD COLUMN kind TEXT NOT NULL DEFAULT 'greenroom';
)sql";

// By what conversations are found, and what reviewers note. The index is derived from the events: `indexed_seq` says
// how far, and conversation_stale finds those that went on since, so that turns pay for nothing else. `review_seq` is
// the event up to which somebody had read.
constexpr const char* kReview = R"sql(
ALTER TABLE conversation ADD COLUMN indexed_seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversation_stale ON conversation (id) WHERE indexed_seq < next_seq - 1;
CREATE INDEX inbox_dead ON inbox (conversation_id) WHERE state = 3;
CREATE TABLE conversation_index (
  conversation_id INTEGER PRIMARY KEY, assistant TEXT NOT NULL, environment TEXT NOT NULL, last_at REAL NOT NULL,
  user_at REAL NOT NULL, users INTEGER NOT NULL, bots INTEGER NOT NULL, confidence REAL, channel TEXT NOT NULL,
  story INTEGER NOT NULL
);
CREATE INDEX conversation_recent ON conversation_index (assistant, last_at);
CREATE TABLE conversation_facet (
  assistant TEXT NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL, conversation_id INTEGER NOT NULL,
  count INTEGER NOT NULL, PRIMARY KEY (assistant, kind, name, conversation_id)
) WITHOUT ROWID;
CREATE INDEX conversation_facet_of ON conversation_facet (conversation_id, kind);
CREATE TABLE conversation_label (
  assistant TEXT NOT NULL, label TEXT NOT NULL, conversation_id INTEGER NOT NULL,
  PRIMARY KEY (assistant, label, conversation_id)
) WITHOUT ROWID;
CREATE INDEX conversation_label_of ON conversation_label (conversation_id);
CREATE TABLE conversation_review (
  conversation_id INTEGER PRIMARY KEY, assistant TEXT NOT NULL, status TEXT NOT NULL, review_seq INTEGER NOT NULL
);
CREATE TABLE message_flag (
  conversation_id INTEGER NOT NULL, at REAL NOT NULL, assistant TEXT NOT NULL, PRIMARY KEY (conversation_id, at)
) WITHOUT ROWID;
)sql";

constexpr std::array kMigrations = {Migration{1, kFirst}, Migration{2, kAccounts}, Migration{3, kModelKinds},
                                    Migration{4, kReview}};

Result<void> CheckOwner(Database& db) {
  GR_ASSIGN(int64_t id, db.Number("PRAGMA application_id"));
  GR_ASSIGN(int64_t tables, db.Number("SELECT count(*) FROM sqlite_schema"));
  if (id == kApplicationId || (id == 0 && tables == 0)) return {};
  return Error{ErrorCode::kInvalidArgument, "not_a_store", "the file is a database of another program",
               "choose another data directory"};
}

Result<void> CheckApplied(Database& db, int64_t version) {
  Statement rows = db.Use("SELECT version, checksum FROM schema_version ORDER BY version");
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return {};
    int64_t number = rows.IntAt(0);
    if (number > version || rows.TextAt(1) == Sha256Hex(kMigrations[static_cast<size_t>(number - 1)].sql)) continue;
    return Error{ErrorCode::kDataLoss, "schema_mismatch",
                 "migration " + std::to_string(number) + " of the store is not the one of this program"};
  }
}

Result<void> Apply(Database& db, const Migration& migration, double now) {
  GR_TRY(db.Execute(migration.sql));
  std::string checksum = Sha256Hex(migration.sql);
  return db.Use("INSERT INTO schema_version VALUES (?, ?, ?)").Int(migration.number).Text(checksum).Real(now).Run();
}

}  // namespace

std::span<const Migration> Migrations() { return kMigrations; }

Result<void> Migrate(Database& db, double now) {
  GR_TRY(CheckOwner(db));
  GR_TRY(
      db.Execute("PRAGMA application_id = 1196576338;"
                 "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, checksum TEXT NOT NULL, at "
                 "REAL NOT NULL)"));
  GR_ASSIGN(int64_t version, db.Number("SELECT coalesce(max(version), 0) FROM schema_version"));
  int64_t known = kMigrations.back().number;
  if (version > known) {
    return Error{ErrorCode::kConflict, "schema_too_new",
                 "the store has schema version " + std::to_string(version) + ", this program knows up to " +
                     std::to_string(known),
                 "use the newer program, or the data directory of this one"};
  }
  GR_TRY(CheckApplied(db, version));
  for (const Migration& migration : kMigrations) {
    if (migration.number <= version) continue;
    GR_TRY(db.Execute("BEGIN IMMEDIATE"));
    Result<void> applied = Apply(db, migration, now);
    if (applied) applied = db.Execute("COMMIT");
    if (!applied) {
      if (db.in_transaction()) GR_TRY(db.Execute("ROLLBACK"));
      return applied;
    }
  }
  return {};
}

}  // namespace greenroom

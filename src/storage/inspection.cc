#include "storage/inspection.h"

#include <sqlite3.h>

#include <cerrno>
#include <memory>

#include "base/digest.h"
#include "base/files.h"
#include "storage/migrations.h"
#include "storage/sqlite.h"
#include "storage/verify.h"

namespace greenroom {
namespace {

constexpr int64_t kApplicationId = 0x47524e52;

struct CloseConnection {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
using Connection = std::unique_ptr<sqlite3, CloseConnection>;

Result<std::unique_ptr<Database>> OpenStore(const std::string& path) {
  if (!FileExists(path))
    return Error{ErrorCode::kNotFound, "store_missing", "there is no store `" + path + "`",
                 "name its folder with --home"};
  GR_ASSIGN(auto db, Database::Open(path, Database::Mode::kReadOnly));
  GR_ASSIGN(int64_t id, db->Number("PRAGMA application_id"));
  if (id != kApplicationId)
    return Error{ErrorCode::kInvalidArgument, "not_a_store", "`" + path + "` is not a store of this program"};
  return db;
}

Result<std::vector<StoredModelFile>> ModelsOf(Database& db) {
  std::vector<StoredModelFile> models;
  Statement rows = db.Use("SELECT name, digest, path FROM model ORDER BY assistant, version");
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return models;
    models.push_back({rows.TextAt(0), rows.TextAt(1), rows.TextAt(2)});
  }
}

Result<void> ReadSchema(Database& db, StoreInspection& seen) {
  seen.known_schema = Migrations().back().number;
  Statement rows = db.Use("SELECT version, checksum FROM schema_version ORDER BY version");
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return {};
    seen.schema = rows.IntAt(0);
    if (seen.schema < 1 || seen.schema > seen.known_schema) continue;
    if (rows.TextAt(1) != Sha256Hex(Migrations()[static_cast<size_t>(seen.schema - 1)].sql)) seen.changed_steps = true;
  }
}

Result<double> LatestMoment(Database& db) {
  Statement row = db.Use(
      "SELECT max((SELECT max(at) FROM schema_version), coalesce((SELECT max(received_at) FROM inbox), 0),"
      " coalesce((SELECT max(at) FROM deployment), 0))");
  GR_ASSIGN(bool found, row.Row());
  return found ? row.RealAt(0) : 0.0;
}

Result<StoreRows> CountRows(Database& db) {
  StoreRows rows;
  GR_ASSIGN(rows.messages, db.Number("SELECT count(*) FROM inbox"));
  // 429: refused because too many waited, which its sender was told.
  GR_ASSIGN(rows.set_aside, db.Number("SELECT count(*) FROM inbox WHERE state = 3 AND reply_status <> 429"));
  GR_ASSIGN(rows.events, db.Number("SELECT count(*) FROM event"));
  GR_ASSIGN(rows.outbox, db.Number("SELECT count(*) FROM outbox"));
  GR_ASSIGN(rows.audit, db.Number("SELECT count(*) FROM audit"));
  GR_ASSIGN(rows.jobs, db.Number("SELECT count(*) FROM training_job"));
  return rows;
}

Error CopyError(sqlite3* db, const std::string& to, int code) {
  if ((code & 0xff) == SQLITE_FULL)
    return {ErrorCode::kExhausted, "no_space", "there is no room for a copy of the store at `" + to + "`",
            "make room or name another place"};
  return {ErrorCode::kInternal, "storage_failed",
          "copying the store to `" + to + "`: " + (db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code))};
}

Result<Connection> Connect(const std::string& path, int flags) {
  sqlite3* db = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Connection connection(db);
  if (code != SQLITE_OK) return CopyError(db, path, code);
  sqlite3_busy_timeout(db, 10'000);
  return connection;
}

}  // namespace

Result<StoreInspection> InspectStore(const std::string& path) {
  GR_ASSIGN(auto db, OpenStore(path));
  StoreInspection seen;
  GR_ASSIGN(uint64_t bytes, FileSize(path));
  seen.bytes = static_cast<int64_t>(bytes);
  GR_TRY(ReadSchema(*db, seen));
  {
    Statement check = db->Use("PRAGMA quick_check(1)");
    GR_ASSIGN(bool found, check.Row());
    if (found && check.ViewAt(0) != "ok") seen.damage = check.TextAt(0);
  }
  if (!seen.damage.empty()) return seen;
  GR_ASSIGN(seen.models, ModelsOf(*db));
  GR_ASSIGN(seen.latest, LatestMoment(*db));
  if (seen.schema != seen.known_schema) return seen;
  GR_ASSIGN(seen.violations, VerifyStore(*db));
  GR_ASSIGN(seen.rows, CountRows(*db));
  return seen;
}

Result<std::vector<StoredModelFile>> ListStoredModels(const std::string& path) {
  GR_ASSIGN(auto db, OpenStore(path));
  return ModelsOf(*db);
}

// One step over all pages holds one read transaction: copying in pieces would begin anew with every write of others.
Result<void> CopyStore(const std::string& from, const std::string& to) {
  GR_ASSIGN(Connection source, Connect(from, SQLITE_OPEN_READONLY));
  GR_ASSIGN(Connection target, Connect(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  // The source is not ours to write, so its backup connection must not checkpoint when it closes.
  sqlite3_db_config(source.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_exec(target.get(), "PRAGMA synchronous = FULL", nullptr, nullptr, nullptr);
  sqlite3_backup* backup = sqlite3_backup_init(target.get(), "main", source.get(), "main");
  if (backup == nullptr) return CopyError(target.get(), to, sqlite3_errcode(target.get()));
  sqlite3_backup_step(backup, -1);
  int code = sqlite3_backup_finish(backup);
  if (code != SQLITE_OK) return CopyError(target.get(), to, code);
  return {};
}

}  // namespace greenroom

#include "storage/sqlite.h"

#include <sqlite3.h>

#include <cerrno>

namespace greenroom {
namespace {

constexpr int kBusyMilliseconds = 5000;

// SQLite itself takes only ENOSPC for a full disk; quotas and limits of file sizes are the same to us. It does not keep
// why a write failed, so that errno is cleared before each call that may write.
bool IsFull(int code) {
  if ((code & 0xff) == SQLITE_FULL) return true;
  return (code & 0xff) == SQLITE_IOERR && (errno == EFBIG || errno == EDQUOT || errno == ENOSPC);
}

Error SqliteError(sqlite3* db, int code) {
  const bool full = IsFull(code);
  std::string detail = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  if (full)
    return {ErrorCode::kExhausted, "no_space", "the store cannot grow: " + detail, "free some space on its disk"};
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::kDataLoss, "store_corrupt", "the store is damaged: " + detail, "restore it from a backup"};
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return {ErrorCode::kPermissionDenied, "store_unwritable", "the store cannot be opened or written: " + detail,
              "check the owner and rights of its folder"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kUnavailable, "store_busy", "the store is in use: " + detail};
    case SQLITE_CONSTRAINT:
      return {ErrorCode::kConflict, "constraint", detail};
    default:
      return {ErrorCode::kInternal, "storage_failed", "the store failed: " + detail};
  }
}

int NoteFrames(void* frames, sqlite3*, const char*, int count) {
  *static_cast<int64_t*>(frames) = count;
  return SQLITE_OK;
}

}  // namespace

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Statement::Note(int code) {
  if (code != SQLITE_OK && failure_ == SQLITE_OK) failure_ = code;
}

Statement& Statement::Int(int64_t value) {
  Note(sqlite3_bind_int64(statement_, next_++, value));
  return *this;
}

Statement& Statement::Real(double value) {
  Note(sqlite3_bind_double(statement_, next_++, value));
  return *this;
}

Statement& Statement::Text(std::string_view value) {
  const char* bytes = value.data() != nullptr ? value.data() : "";
  Note(sqlite3_bind_text64(statement_, next_++, bytes, value.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::Null() {
  Note(sqlite3_bind_null(statement_, next_++));
  return *this;
}

Result<bool> Statement::Row() {
  if (statement_ == nullptr) return SqliteError(db_, sqlite3_errcode(db_));
  if (failure_ != SQLITE_OK) return SqliteError(db_, failure_);
  errno = 0;
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return SqliteError(db_, code);
}

Result<void> Statement::Run() {
  while (true) {
    GR_ASSIGN(bool more, Row());
    if (!more) break;
  }
  sqlite3_reset(statement_);
  next_ = 1;
  return {};
}

int64_t Statement::IntAt(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::RealAt(int column) const { return sqlite3_column_double(statement_, column); }
std::string Statement::TextAt(int column) const { return std::string(ViewAt(column)); }
bool Statement::IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::string_view Statement::ViewAt(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_, column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

Database::Database(sqlite3* db) : db_(db) { sqlite3_wal_hook(db_, NoteFrames, &wal_frames_); }

Database::~Database() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

Result<std::unique_ptr<Database>> Database::Open(const std::string& path, Mode mode) {
  int flags = SQLITE_OPEN_NOMUTEX;
  flags |= mode == Mode::kReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  sqlite3* db = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  if (code != SQLITE_OK) {
    Error error = SqliteError(db, code);
    sqlite3_close(db);
    return std::move(error).With("opening " + path);
  }
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, kBusyMilliseconds);
  return std::unique_ptr<Database>(new Database(db));
}

Result<void> Database::Execute(const char* sql) {
  errno = 0;
  int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return SqliteError(db_, code);
  return {};
}

Statement Database::Use(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (statement == nullptr) sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  return Statement(db_, statement);
}

Result<int64_t> Database::Number(const char* sql) {
  Statement query = Use(sql);
  GR_ASSIGN(bool found, query.Row());
  return found ? query.IntAt(0) : 0;
}

int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(db_); }
int64_t Database::changes() const { return sqlite3_changes64(db_); }
int64_t Database::total_changes() const { return sqlite3_total_changes64(db_); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

Result<void> Database::RunCheckpoint(Checkpoint kind) {
  int mode = kind == Checkpoint::kPassive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE;
  errno = 0;
  int code = sqlite3_wal_checkpoint_v2(db_, nullptr, mode, nullptr, nullptr);
  // Readers may hold frames back; the next checkpoint takes them.
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) return SqliteError(db_, code);
  wal_frames_ = 0;
  return {};
}

}  // namespace greenroom

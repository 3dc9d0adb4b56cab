// SQLite behind RAII: a connection with its prepared statements. Internal to storage/; no SQL text is ever put together
// from values, they are bound.
//
//   GR_ASSIGN(auto db, Database::Open(path, Database::Mode::kReadWrite));
//   Statement find = db->Use("SELECT name FROM model WHERE version = ?");
//   find.Int(7);
//   GR_ASSIGN(bool found, find.Row());
//   if (found) name = find.TextAt(0);
//
// Errors: no_space (kExhausted), store_corrupt (kDataLoss), store_unwritable (kPermissionDenied), store_busy
// (kUnavailable), constraint (kConflict), storage_failed (kInternal, anything else of the disk or of SQLite).
// Thread rules: a Database and its statements are used by one thread at a time; different Databases are independent.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace greenroom {

// A borrowed prepared statement, reset when it goes out of scope. Parameters are bound in order of the calls; texts
// must live until the statement is done. Failures of preparing and binding are reported by Row and Run.
class Statement {
 public:
  Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& Int(int64_t value);
  Statement& Real(double value);
  Statement& Text(std::string_view value);
  Statement& Null();

  // Moves to the next row; false at the end.
  Result<bool> Row();
  // Runs to the end, dropping rows, and makes the statement ready for new parameters.
  Result<void> Run();

  // Columns of the current row, from 0. The view is valid until the next Row.
  int64_t IntAt(int column) const;
  double RealAt(int column) const;
  std::string TextAt(int column) const;
  std::string_view ViewAt(int column) const;
  bool IsNull(int column) const;

 private:
  void Note(int code);

  sqlite3* db_;
  sqlite3_stmt* statement_;
  int next_ = 1;
  int failure_ = 0;
};

class Database {
 public:
  enum class Mode { kReadWrite, kReadOnly };

  static Result<std::unique_ptr<Database>> Open(const std::string& path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // One or more statements without parameters or rows.
  Result<void> Execute(const char* sql);
  // The prepared statement of a literal: prepared once, found again by the address of the literal.
  Statement Use(const char* sql);
  // The single number that a query yields (pragmas, counts).
  Result<int64_t> Number(const char* sql);

  int64_t last_insert_id() const;
  // Rows changed by the latest statement, and since the connection was opened.
  int64_t changes() const;
  int64_t total_changes() const;
  bool in_transaction() const;
  // Frames in the write-ahead log after the latest commit.
  int64_t wal_frames() const { return wal_frames_; }
  // Copies frames of the log into the database, as far as readers allow; kTruncate waits for them and empties the log.
  enum class Checkpoint { kPassive, kTruncate };
  Result<void> RunCheckpoint(Checkpoint kind);

 private:
  explicit Database(sqlite3* db);

  sqlite3* db_;
  int64_t wal_frames_ = 0;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
};

}  // namespace greenroom

#include "storage/outside_tracker_store.h"

#include <libpq-fe.h>

#include <cstdlib>

#include "base/files.h"
#include "base/text.h"
#include "storage/sqlite.h"

namespace greenroom {
namespace {

constexpr char kPostgres[] = "PostgreSQL";
constexpr const char* kEvents = "SELECT id, sender_id, data FROM events ORDER BY sender_id, timestamp, id";

Error Unreadable(const std::string& location, const std::string& why) {
  return {ErrorCode::kInvalidArgument, "tracker_store_unreadable",
          "`" + location + "` cannot be read as a tracker store: " + std::string(Trim(why)),
          "it needs the table `events` with id, sender_id, timestamp and data"};
}

class SqliteTrackerStore final : public OutsideTrackerStore {
 public:
  static Result<std::unique_ptr<OutsideTrackerStore>> Connect(const std::string& path) {
    if (!FileExists(path))
      return Error{ErrorCode::kNotFound, "tracker_store_missing", "there is no file `" + path + "`",
                   "write the location as sqlite:PATH"};
    auto db = Database::Open(path, Database::Mode::kReadOnly);
    if (!db) return Unreadable(path, db.error().message);
    return std::unique_ptr<OutsideTrackerStore>(new SqliteTrackerStore(path, std::move(*db)));
  }

  Result<bool> Next(OutsideEvent& event) override {
    auto more = rows_.Row();
    if (!more) return Unreadable(path_, more.error().message);
    if (!*more) return false;
    event = {rows_.IntAt(0), rows_.TextAt(1), rows_.TextAt(2)};
    return true;
  }

 private:
  SqliteTrackerStore(std::string path, std::unique_ptr<Database> db)
      : path_(std::move(path)), db_(std::move(db)), rows_(db_->Use(kEvents)) {}
  std::string path_;
  std::unique_ptr<Database> db_;
  Statement rows_;
};

class PostgresTrackerStore final : public OutsideTrackerStore {
 public:
  static Result<std::unique_ptr<OutsideTrackerStore>> Connect(const std::string& url) {
    std::unique_ptr<PostgresTrackerStore> store(new PostgresTrackerStore(PQconnectdb(url.c_str())));
    if (PQstatus(store->connection_.get()) != CONNECTION_OK)
      return Unreadable(kPostgres, PQerrorMessage(store->connection_.get()));
    GR_TRY(store->Ask("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    GR_TRY(store->Ask((std::string("DECLARE greenroom_events NO SCROLL CURSOR FOR ") + kEvents).c_str()));
    return std::unique_ptr<OutsideTrackerStore>(std::move(store));
  }

  Result<bool> Next(OutsideEvent& event) override {
    if (row_ == count_) {
      GR_TRY(Ask("FETCH 1000 FROM greenroom_events"));
      row_ = 0;
      count_ = PQntuples(rows_.get());
    }
    if (row_ == count_) return false;
    event = {std::strtoll(PQgetvalue(rows_.get(), row_, 0), nullptr, 10), Text(1), Text(2)};
    ++row_;
    return true;
  }

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  struct Clear {
    void operator()(PGresult* rows) const { PQclear(rows); }
  };

  explicit PostgresTrackerStore(PGconn* connection) : connection_(connection) {}

  std::string Text(int column) const {
    return {PQgetvalue(rows_.get(), row_, column), static_cast<size_t>(PQgetlength(rows_.get(), row_, column))};
  }

  Result<void> Ask(const char* sql) {
    rows_.reset(PQexec(connection_.get(), sql));
    ExecStatusType status = PQresultStatus(rows_.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return {};
    return Unreadable(kPostgres, PQerrorMessage(connection_.get()));
  }

  std::unique_ptr<PGconn, Finish> connection_;
  std::unique_ptr<PGresult, Clear> rows_;
  int row_ = 0, count_ = 0;
};

// SQLAlchemy's name of a driver means nothing to libpq.
std::string WithoutDriver(const std::string& location) {
  size_t plus = location.find('+'), scheme = location.find("://");
  return plus < scheme ? location.substr(0, plus) + location.substr(scheme) : location;
}

}  // namespace

Result<std::unique_ptr<OutsideTrackerStore>> OutsideTrackerStore::Open(const std::string& location) {
  if (location.starts_with("sqlite:///")) return SqliteTrackerStore::Connect(location.substr(10));
  if (location.starts_with("sqlite:")) return SqliteTrackerStore::Connect(location.substr(7));
  std::string url = WithoutDriver(location);
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) return PostgresTrackerStore::Connect(url);
  return Error{ErrorCode::kInvalidArgument, "tracker_store_unknown",
               "`" + location.substr(0, location.find(':')) + "` is no known kind of tracker store",
               "write sqlite:PATH or postgresql://USER@HOST/DATABASE"};
}

}  // namespace greenroom

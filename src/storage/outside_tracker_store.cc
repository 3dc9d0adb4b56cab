#include "storage/outside_tracker_store.h"

#include <optional>

#include "base/files.h"
#include "storage/sqlite.h"

namespace greenroom {
namespace {

constexpr const char* kEvents = "SELECT id, sender_id, data FROM events ORDER BY sender_id, timestamp, id";

Error Unreadable(const std::string& location, const std::string& why) {
  return {ErrorCode::kInvalidArgument, "tracker_store_unreadable",
          "`" + location + "` cannot be read as a tracker store: " + why,
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

}  // namespace

Result<std::unique_ptr<OutsideTrackerStore>> OutsideTrackerStore::Open(const std::string& location) {
  if (location.starts_with("sqlite:///")) return SqliteTrackerStore::Connect(location.substr(10));
  if (location.starts_with("sqlite:")) return SqliteTrackerStore::Connect(location.substr(7));
  return Error{ErrorCode::kInvalidArgument, "tracker_store_unknown", "`" + location + "` is no known location",
               "write sqlite:PATH"};
}

}  // namespace greenroom

#include "storage/sqlite_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"
#include "storage/committer.h"
#include "storage/migrations.h"
#include "storage/reader_pool.h"
#include "storage/sealed_text.h"
#include "storage/sqlite.h"
#include "storage/sqlite_accounts.h"
#include "storage/sqlite_conversation_index.h"
#include "storage/sqlite_jobs.h"
#include "storage/sqlite_outbox.h"
#include "storage/sqlite_registry.h"
#include "storage/sqlite_turn_store.h"

namespace greenroom {
namespace {

constexpr int64_t kQuickCheckBytes = 32 << 20;  // larger files are not read at every start

// Holds the lock of the store until the process ends or the object goes.
class LockFile {
 public:
  static Result<std::unique_ptr<LockFile>> Take(const std::string& path) {
    int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return FileError(path, errno, "opening the lock file");
    std::unique_ptr<LockFile> lock(new LockFile(file));
    if (flock(file, LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK) return FileError(path, errno, "locking");
    return Error{ErrorCode::kConflict, "store_in_use", "another process uses the store (" + path + " is locked)",
                 "stop the other process or choose another data directory"};
  }
  ~LockFile() { close(file_); }
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

 private:
  explicit LockFile(int file) : file_(file) {}
  int file_;
};

// What people say and the hashes of passwords are nobody else's business; the files beside it get the same rights. What
// fails here fails again, with its reason, when the file is opened.
void CreatePrivately(const std::string& path) {
  int file = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file >= 0) close(file);
}

Result<void> Prepare(Database& db, const SqliteStore::Options& options) {
  GR_TRY(
      db.Execute("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
                 "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864"));
  GR_TRY(db.Execute(options.durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF"));
  if (options.max_pages > 0) {
    std::string sql = "PRAGMA max_page_count = " + std::to_string(options.max_pages);
    GR_TRY(db.Execute(sql.c_str()));
  }
  GR_ASSIGN(int64_t pages, db.Number("PRAGMA page_count"));
  if (pages * 4096 > kQuickCheckBytes) return {};
  Statement check = db.Use("PRAGMA quick_check(1)");
  GR_ASSIGN(bool found, check.Row());
  if (found && check.ViewAt(0) != "ok") {
    return Error{ErrorCode::kDataLoss, "store_corrupt", "the store is damaged: " + check.TextAt(0),
                 "restore it from a backup"};
  }
  return {};
}

}  // namespace

// In order of construction; destroyed in reverse, the committing thread before the readers and the lock.
struct SqliteStore::Parts {
  Parts(std::unique_ptr<LockFile> held, std::unique_ptr<ReaderPool> pool, std::unique_ptr<Database> db,
        const Options& options)
      : lock(std::move(held)),
        readers(std::move(pool)),
        committer(std::move(db),
                  options.durable ? Committer::Durability::kFull : Committer::Durability::kAcknowledgeEarly),
        turns(committer, *readers, options.clock != nullptr ? *options.clock : SystemClock()),
        registry(committer, *readers, SealedText(options.box)),
        accounts(committer, *readers),
        jobs(committer, *readers),
        outbox(committer, *readers),
        conversations(committer, *readers, options.clock != nullptr ? *options.clock : SystemClock()) {}

  std::unique_ptr<LockFile> lock;
  std::unique_ptr<ReaderPool> readers;
  // Callbacks of the last writes still touch the ports, so that the thread must end before they go: see ~SqliteStore.
  Committer committer;
  SqliteTurnStore turns;
  SqliteRegistryStore registry;
  SqliteAccountStore accounts;
  SqliteJobStore jobs;
  SqliteOutboxStore outbox;
  SqliteConversationIndex conversations;
};

SqliteStore::SqliteStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SqliteStore::~SqliteStore() { parts_->committer.Stop(); }

Result<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::string& path, const Options& options) {
  GR_ASSIGN(auto lock, LockFile::Take(path + ".lock"));
  CreatePrivately(path);
  GR_ASSIGN(auto db, Database::Open(path, Database::Mode::kReadWrite));
  double now = (options.clock != nullptr ? *options.clock : SystemClock()).NowSeconds();
  Result<void> ready = Prepare(*db, options);
  if (ready) ready = Migrate(*db, now);
  if (ready && options.box) ready = SealTokens(*db, SealedText(options.box));
  if (!ready) return std::move(ready).error().With("opening " + path);
  GR_ASSIGN(auto readers, ReaderPool::Open(path, options.readers));
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(std::make_unique<Parts>(std::move(lock), std::move(readers), std::move(db), options)));
}

TurnStore& SqliteStore::turns() { return parts_->turns; }
RegistryStore& SqliteStore::registry() { return parts_->registry; }
AccountStore& SqliteStore::accounts() { return parts_->accounts; }
JobStore& SqliteStore::jobs() { return parts_->jobs; }
OutboxStore& SqliteStore::outbox() { return parts_->outbox; }
ConversationIndex& SqliteStore::conversations() { return parts_->conversations; }
bool SqliteStore::writable() const { return !parts_->committer.failed(); }

}  // namespace greenroom

#include "storage/reader_pool.h"

namespace greenroom {

Result<std::unique_ptr<ReaderPool>> ReaderPool::Open(const std::string& path, int connections) {
  auto pool = std::make_unique<ReaderPool>();
  for (int i = 0; i < connections; ++i) {
    GR_ASSIGN(std::unique_ptr<Database> db, Database::Open(path, Database::Mode::kReadOnly));
    GR_TRY(db->Execute("PRAGMA query_only = 1; PRAGMA cache_size = -8000"));
    pool->Return(std::move(db));
  }
  return pool;
}

ReaderPool::Lease ReaderPool::Take() {
  MutexLock lock(mutex_);
  returned_.Wait(mutex_, [this]() REQUIRES_LOCK(mutex_) { return !free_.empty(); });
  std::unique_ptr<Database> db = std::move(free_.back());
  free_.pop_back();
  return Lease(*this, std::move(db));
}

void ReaderPool::Return(std::unique_ptr<Database> db) {
  {
    MutexLock lock(mutex_);
    free_.push_back(std::move(db));
  }
  returned_.NotifyOne();
}

}  // namespace greenroom

#include "storage/reader_pool.h"

namespace greenroom {

Result<std::unique_ptr<ReaderPool>> ReaderPool::Open(const std::string& path, int connections) {
  auto pool = std::make_unique<ReaderPool>();
  for (int i = 0; i < connections; ++i) {
    GR_ASSIGN(std::unique_ptr<Database> db, Database::Open(path, Database::Mode::kReadOnly));
    GR_TRY(db->Execute("PRAGMA query_only = 1; PRAGMA cache_size = -8000"));
    pool->free_.push_back(std::move(db));
  }
  return pool;
}

ReaderPool::Lease ReaderPool::Take() {
  std::unique_lock<std::mutex> lock(mutex_);
  returned_.wait(lock, [this] { return !free_.empty(); });
  std::unique_ptr<Database> db = std::move(free_.back());
  free_.pop_back();
  return Lease(*this, std::move(db));
}

void ReaderPool::Return(std::unique_ptr<Database> db) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(db));
  }
  returned_.notify_one();
}

}  // namespace greenroom

// ReaderPool: a few read-only connections for the synchronous reads.
//
//   ReaderPool::Lease lease = pool.Take();          // waits while all are taken
//   Statement rows = lease->Use("SELECT ...");      // dies before the lease
//
// Each read sees what was committed when its statement began. Thread rules: Take from any thread; a lease has one
// owner.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "storage/sqlite.h"

namespace greenroom {

class ReaderPool {
 public:
  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<Database> db) : pool_(pool), db_(std::move(db)) {}
    ~Lease() { pool_.Return(std::move(db_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Database* operator->() { return db_.get(); }
    Database& operator*() { return *db_; }

   private:
    ReaderPool& pool_;
    std::unique_ptr<Database> db_;
  };

  // The store must exist already.
  static Result<std::unique_ptr<ReaderPool>> Open(const std::string& path, int connections);
  Lease Take();

 private:
  void Return(std::unique_ptr<Database> db);

  Mutex mutex_;
  ConditionVariable returned_;
  std::vector<std::unique_ptr<Database>> free_ GUARDED_BY(mutex_);
};

}  // namespace greenroom

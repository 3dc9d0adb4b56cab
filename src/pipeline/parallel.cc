#include "pipeline/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace greenroom {

ParallelFor OnThreads(size_t threads) {
  return [threads](size_t count, const std::function<void(size_t)>& task) {
    std::atomic<size_t> next = 0;
    auto work = [&] {
      for (size_t i = next++; i < count; i = next++) task(i);
    };
    std::vector<std::thread> helpers;
    for (size_t i = 1; i < std::min(threads, count); ++i) helpers.emplace_back(work);
    work();
    for (std::thread& helper : helpers) helper.join();
  };
}

}  // namespace greenroom

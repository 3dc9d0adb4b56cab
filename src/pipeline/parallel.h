// Independent tasks side by side: models and folds of a training.
//
//   ParallelFor parallel = OnThreads(2);
//   parallel(3, [&](size_t i) { models[i] = Learn(i); });     // returns when all three are done
//
// Results must not depend on the number of threads: never parallel inside one model.
#pragma once

#include <cstddef>
#include <functional>

namespace greenroom {

// Runs task(0) .. task(count - 1), in any order, and returns when all are done.
using ParallelFor = std::function<void(size_t count, const std::function<void(size_t)>& task)>;

// On up to `threads` threads, the caller's among them; the others end with the call.
ParallelFor OnThreads(size_t threads);

}  // namespace greenroom

// The one thread pool: OpenMP's, which oneDNN shares.
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <mutex>

namespace backlight::kernels {

// How many threads every kernel uses; at first, one a core. Results never depend on it.
void set_thread_count(int count);
int thread_count();

// Calls f(i) for i in [0, count), on all threads; returns when all are done. The first exception
// thrown by any call is thrown again here.
template <typename F>
void parallel_for(std::int64_t count, F&& f) {
  std::exception_ptr error;
  std::mutex mutex;
#pragma omp parallel for schedule(dynamic, 1) num_threads(thread_count()) if (count > 1)
  for (std::int64_t i = 0; i < count; ++i) {
    try {
      f(i);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

// Cuts [0, count) into pieces of `grain` elements and calls f(first, last) for each, on all
// threads.
template <typename F>
void parallel_ranges(std::int64_t count, std::int64_t grain, F&& f) {
  parallel_for((count + grain - 1) / grain,
               [&](std::int64_t piece) { f(piece * grain, std::min(count, (piece + 1) * grain)); });
}

}  // namespace backlight::kernels

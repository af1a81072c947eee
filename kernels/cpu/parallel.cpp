#include "kernels/parallel.h"

#include <atomic>
#include <thread>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "tensor/error.h"

namespace backlight::kernels {
namespace {
std::atomic<int> threads{0};
}

void set_thread_count(int count) {
  require(count >= 1, "the number of threads must be at least 1, not ", count);
  threads = count;
#ifdef _OPENMP
  omp_set_num_threads(count);
#endif
}

int thread_count() {
  if (threads == 0) {
#ifdef _OPENMP
    set_thread_count(omp_get_num_procs());
#else
    set_thread_count(1);
#endif
  }
  return threads;
}

}  // namespace backlight::kernels

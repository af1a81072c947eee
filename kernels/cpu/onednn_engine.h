// The oneDNN engine, and how many threads primitives are planned for. Used where oneDNN is there.
#pragma once

#include <omp.h>

#include <dnnl.hpp>

namespace backlight::kernels::onednn {

inline const dnnl::engine& engine() {
  static const dnnl::engine instance(dnnl::engine::kind::cpu, 0);
  return instance;
}

// While it lives, primitives are planned for this many threads.
class PlannedThreads {
 public:
  explicit PlannedThreads(int count) : before_(omp_get_max_threads()) {
    omp_set_num_threads(count);
  }
  ~PlannedThreads() { omp_set_num_threads(before_); }

 private:
  int before_;
};

}  // namespace backlight::kernels::onednn

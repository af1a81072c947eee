// The oneDNN engine, how many threads primitives are planned for, and the scratch memory they work
// in. Used where oneDNN is there.
#pragma once

#include <omp.h>

#include <dnnl.hpp>
#include <memory>

#include "tensor/device.h"

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

// At least `bytes` of scratch memory, the calling thread's own: one buffer for all primitives,
// which grows to the largest, for a thread runs one at a time and Winograd's take tens of
// megabytes. Errors: OutOfMemory.
inline std::byte* scratch(std::size_t bytes) {
  struct Release {
    void operator()(std::byte* block) const { memory_of(Device::cpu).release(block); }
  };
  thread_local std::unique_ptr<std::byte, Release> buffer;
  thread_local std::size_t size = 0;
  if (bytes > size) {
    buffer.reset();
    size = 0;
    buffer.reset(memory_of(Device::cpu).allocate(bytes));
    if (!buffer)
      throw OutOfMemory(str("out of memory on cpu: could not get ", bytes >> 20,
                            " MiB more for a convolution to work in; use fewer --threads"));
    size = bytes;
  }
  return buffer.get();
}

}  // namespace backlight::kernels::onednn

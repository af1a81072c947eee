#include "kernels/sim/limits.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "tensor/error.h"

namespace backlight::sim {

std::byte* reserve_memory(std::size_t bytes, std::size_t alignment) {
  void* region = mmap(nullptr, bytes + alignment, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  require(region != MAP_FAILED, "the simulator could not reserve ", bytes >> 20,
          " MiB of addresses (", std::strerror(errno), "); raise the limit on virtual memory");
  madvise(region, bytes + alignment, MADV_DONTDUMP);
  const auto address = reinterpret_cast<std::uintptr_t>(region);
  return reinterpret_cast<std::byte*>((address + alignment - 1) & ~(alignment - 1));
}

void discard_memory(void* from, std::size_t bytes) { madvise(from, bytes, MADV_DONTNEED); }

}  // namespace backlight::sim

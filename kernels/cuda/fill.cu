#include "kernels/cuda/fill.h"

#include <algorithm>
#include <cstring>

#include "tensor/error.h"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

// The pattern repeats every 8 bytes. Each thread writes 16 bytes at a time; the few after the last
// whole 16 go to the first threads.
__global__ void fill_kernel(std::byte* to, unsigned long long pattern, unsigned long long bytes) {
  const unsigned long long wide = bytes / sizeof(uint4);
  const unsigned long long step = static_cast<unsigned long long>(gridDim.x) * blockDim.x;
  const unsigned long long first =
      static_cast<unsigned long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  const auto low = static_cast<unsigned>(pattern), high = static_cast<unsigned>(pattern >> 32);
  for (unsigned long long i = first; i < wide; i += step)
    store_vector(reinterpret_cast<uint4*>(to) + i, make_uint4(low, high, low, high));
  const unsigned long long tail = wide * sizeof(uint4) + first;
  if (tail < bytes)
    reinterpret_cast<unsigned char*>(to)[tail] =
        static_cast<unsigned char>(pattern >> (tail % 8 * 8));
}

// The same walk with accesses as wide as the two addresses are aligned.
template <typename Unit>
__global__ void copy_kernel(std::byte* to, const std::byte* from, unsigned long long bytes) {
  const unsigned long long wide = bytes / sizeof(Unit);
  const unsigned long long step = static_cast<unsigned long long>(gridDim.x) * blockDim.x;
  const unsigned long long first =
      static_cast<unsigned long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  for (unsigned long long i = first; i < wide; i += step)
    store_vector(to + i * sizeof(Unit), load_vector<Unit>(from + i * sizeof(Unit)));
  const unsigned long long tail = wide * sizeof(Unit) + first;
  if (tail < bytes) to[tail] = from[tail];
}

// About 64 bytes a thread, and no more blocks than fill a GPU.
Launch launch_over(const char* kernel, std::size_t bytes, double moved) {
  const std::size_t blocks = std::clamp<std::size_t>(bytes / (256 * 64), 1, 2048);
  return {.kernel = kernel,
          .grid = dim3(static_cast<unsigned>(blocks)),
          .block = dim3(256),
          .shapes = str(bytes, " bytes"),
          .bytes = moved};
}

}  // namespace

void fill_elements(std::byte* to, const std::byte* element, std::size_t size, std::size_t count) {
  require(size == 1 || size == 2 || size == 4 || size == 8, "fill: elements of ", size, " bytes");
  const std::size_t bytes = size * count;
  if (bytes == 0) return;
  std::byte repeated[8];
  for (std::size_t i = 0; i < sizeof repeated; i += size) std::memcpy(repeated + i, element, size);
  unsigned long long pattern = 0;
  std::memcpy(&pattern, repeated, sizeof pattern);
  launch(launch_over("fill", bytes, static_cast<double>(bytes)), fill_kernel, to, pattern,
         static_cast<unsigned long long>(bytes));
}

void copy_bytes(std::byte* to, const std::byte* from, std::size_t bytes) {
  if (bytes == 0) return;
  const auto places = reinterpret_cast<std::uintptr_t>(to) | reinterpret_cast<std::uintptr_t>(from);
  const auto kernel = places % sizeof(uint4) == 0 ? copy_kernel<uint4> : copy_kernel<unsigned>;
  launch(launch_over("copy", bytes, 2.0 * static_cast<double>(bytes)), kernel, to, from,
         static_cast<unsigned long long>(bytes));
}

}  // namespace backlight::kernels::BACKLIGHT_GPU

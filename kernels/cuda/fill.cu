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

}  // namespace

void fill_elements(std::byte* to, const std::byte* element, std::size_t size, std::size_t count) {
  require(size == 1 || size == 2 || size == 4 || size == 8, "fill: elements of ", size, " bytes");
  const std::size_t bytes = size * count;
  if (bytes == 0) return;
  std::byte repeated[8];
  for (std::size_t i = 0; i < sizeof repeated; i += size) std::memcpy(repeated + i, element, size);
  unsigned long long pattern = 0;
  std::memcpy(&pattern, repeated, sizeof pattern);
  const std::size_t blocks = std::clamp<std::size_t>(bytes / (256 * 64), 1, 2048);
  launch({.kernel = "fill",
          .grid = dim3(static_cast<unsigned>(blocks)),
          .block = dim3(256),
          .shapes = str(bytes, " bytes"),
          .bytes = static_cast<double>(bytes)},
         fill_kernel, to, pattern, static_cast<unsigned long long>(bytes));
}

}  // namespace backlight::kernels::BACKLIGHT_GPU

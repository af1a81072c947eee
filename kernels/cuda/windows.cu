// Windows on a picture with patches. A thread has one element of the result.
#include "kernels/windows.h"

#include <cstring>

#include "kernels/cuda/backend.h"
#include "kernels/cuda/elements.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

struct Extents {
  std::int64_t height, width, channels;
};

// Element `index` of the windows: window n, pixel (p, q) of it, channel c.
template <typename Index>
struct Element {
  std::int64_t n, p, q, c;

  __device__ Element(Index index, const Extents& windows) {
    const auto channels = static_cast<Index>(windows.channels);
    const auto width = static_cast<Index>(windows.width);
    const auto height = static_cast<Index>(windows.height);
    const Index pixel = index / channels, line = pixel / width;
    c = index - pixel * channels;
    q = pixel - line * width;
    n = line / height;
    p = line - static_cast<Index>(n) * height;
  }
};

template <typename Index>
__global__ void __launch_bounds__(kThreads)
    windows_with_patches_kernel(const float* __restrict__ picture,
                                const float* __restrict__ patches,
                                const WindowPlace* __restrict__ places, float* __restrict__ y,
                                std::int64_t count, std::int64_t picture_width, Extents patch,
                                Extents window) {
  const std::int64_t index = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (index >= count) return;
  const Element<Index> at(static_cast<Index>(index), window);
  const WindowPlace place = places[at.n];
  const std::int64_t i = place.top + at.p, j = place.left + at.q;
  const bool changed = i >= place.first_row && i < place.last_row && j >= place.first_column &&
                       j < place.last_column;
  const std::int64_t line = at.n * patch.height + i - place.patch_top;
  const float* const pixel =
      changed ? patches + (line * patch.width + j - place.patch_left) * patch.channels
              : picture + (i * picture_width + j) * patch.channels;
  y[index] = pixel[at.c];
}

// The places as a tensor on the GPU, a row each.
Tensor to_device(const std::vector<WindowPlace>& places, Device device) {
  constexpr std::int64_t kNumbers = sizeof(WindowPlace) / sizeof(std::int64_t);
  Tensor rows({static_cast<std::int64_t>(places.size()), kNumbers}, DType::i64);
  std::memcpy(rows.mutable_bytes(), places.data(), places.size() * sizeof(WindowPlace));
  return rows.to(device);
}

Extents extents_of(const Tensor& x) { return {x.dim(1), x.dim(2), x.dim(3)}; }

}  // namespace

Tensor GpuBackend::windows_with_patches(const Tensor& picture, const Tensor& patches,
                                        const std::vector<WindowPlace>& places, std::int64_t height,
                                        std::int64_t width) const {
  require_float32("windows_with_patches", picture);
  Tensor y({patches.dim(0), height, width, picture.dim(3)}, DType::f32, picture.device());
  if (y.numel() == 0) return y;
  const Tensor rows = to_device(places, picture.device());
  with_index(y.numel(), [&](auto index) {
    launch({.kernel = "windows_with_patches",
            .grid = blocks_for(y.numel(), kThreads),
            .block = dim3(kThreads),
            .shapes = str(patches.shape(), " to ", y.shape()),
            .flop = 0,
            .bytes = 2 * bytes_of({&y})},
           windows_with_patches_kernel<decltype(index)>, picture.device_data<float>(),
           patches.device_data<float>(),
           reinterpret_cast<const WindowPlace*>(rows.device_data<std::int64_t>()),
           y.mutable_device_data<float>(), y.numel(), picture.dim(2), extents_of(patches),
           extents_of(y));
  });
  return y;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU

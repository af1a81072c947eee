// Windows on a picture with patches. A thread has one element of the result.
#include "kernels/windows.h"

#include <cstring>

#include "kernels/cuda/backend.h"
#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/pictures.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

template <typename Index>
__global__ void __launch_bounds__(kThreads)
    windows_with_patches_kernel(const float* __restrict__ x, const float* __restrict__ patches,
                                const WindowPlace* __restrict__ places, float* __restrict__ y,
                                std::int64_t count, Extents picture, Extents patch,
                                Extents window) {
  const std::int64_t index = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (index >= count) return;
  const Place<Index> at(static_cast<Index>(index), window);
  const WindowPlace place = places[at.n];
  const std::int64_t i = place.top + at.i, j = place.left + at.j;
  const bool changed = i >= place.first_row && i < place.last_row && j >= place.first_column &&
                       j < place.last_column;
  y[index] = changed ? patches[patch.index(at.n, i - place.patch_top, j - place.patch_left, at.c)]
                     : x[picture.index(0, i, j, at.c)];
}

// The places as a tensor on the GPU, a row each.
Tensor to_device(const std::vector<WindowPlace>& places, Device device) {
  constexpr std::int64_t kNumbers = sizeof(WindowPlace) / sizeof(std::int64_t);
  Tensor rows({static_cast<std::int64_t>(places.size()), kNumbers}, DType::i64);
  std::memcpy(rows.mutable_bytes(), places.data(), places.size() * sizeof(WindowPlace));
  return rows.to(device);
}

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
           y.mutable_device_data<float>(), y.numel(), extents_of(picture.shape()),
           extents_of(patches.shape()), extents_of(y.shape()));
  });
  return y;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU

#include "kernels/cuda/matrix/partial_sums.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

constexpr int kThreads = 256;

__global__ void add_parts_kernel(const float* parts, int count, std::int64_t size, float* product) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= size) return;
  float sum = parts[i];
  for (int part = 1; part < count; ++part) sum += parts[part * size + i];
  product[i] = sum;
}

}  // namespace

void add_parts(const Tensor& parts, const Split& split, Tensor& product) {
  if (split.parts == 1) return;
  const std::int64_t size = product.numel();
  launch({.kernel = "add_parts",
          .grid = dim3(static_cast<unsigned>((size + kThreads - 1) / kThreads)),
          .block = dim3(kThreads),
          .shapes = parts.shape().to_string(),
          .flop = static_cast<double>(size) * (split.parts - 1),
          .bytes = static_cast<double>(parts.nbytes() + product.nbytes())},
         add_parts_kernel, parts.device_data<float>(), split.parts, size,
         product.mutable_device_data<float>());
}

}  // namespace backlight::kernels::BACKLIGHT_GPU

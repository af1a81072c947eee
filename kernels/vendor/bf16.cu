#include "kernels/vendor/bf16.h"

#include "kernels/cuda/gpu.h"

namespace backlight::kernels::vendor {
namespace {

constexpr unsigned kThreads = 256;

__device__ std::int64_t thread_index() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

__global__ void narrow_kernel(const float* from, std::int64_t count, __nv_bfloat16* to,
                              std::int64_t padded) {
  const std::int64_t i = thread_index();
  if (i < padded) to[i] = __float2bfloat16_rn(i < count ? from[i] : 0.0f);
}

__global__ void widen_kernel(const __nv_bfloat16* from, std::int64_t count, float* to) {
  const std::int64_t i = thread_index();
  if (i < count) to[i] = __bfloat162float(from[i]);
}

cuda::Launch one_thread_each(const char* kernel, std::int64_t count) {
  return {kernel,
          dim3(static_cast<unsigned>((count + kThreads - 1) / kThreads)),
          dim3(kThreads),
          0,
          str(count, " elements"),
          0,
          6.0 * static_cast<double>(count)};
}

}  // namespace

void narrow_to_bf16(const float* from, std::int64_t count, void* to, std::int64_t padded) {
  cuda::launch(one_thread_each("narrow_to_bf16", padded), narrow_kernel, from, count,
               static_cast<__nv_bfloat16*>(to), padded);
}

void widen_from_bf16(const void* from, std::int64_t count, float* to) {
  cuda::launch(one_thread_each("widen_from_bf16", count), widen_kernel,
               static_cast<const __nv_bfloat16*>(from), count, to);
}

}  // namespace backlight::kernels::vendor

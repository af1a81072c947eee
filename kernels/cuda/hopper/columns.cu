#include "kernels/cuda/hopper/columns.cuh"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {
namespace {

constexpr int kThreads = 256;

__device__ std::int64_t thread_index() {
  return static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
}

__global__ void split_columns(const float* from, std::int64_t size, float* big, float* small) {
  const std::int64_t i = thread_index();
  if (i >= size) return;
  const Tf32Pair pair = split_tf32(from[i]);
  big[i] = pair.big;
  small[i] = pair.small;
}

__global__ void narrow_columns(const float* from, std::int64_t size, int depth, int padded,
                               __nv_bfloat16* to) {
  const std::int64_t i = thread_index();
  if (i >= size) return;
  const int place = static_cast<int>(i % padded);
  const int k = place / 8 * 8 + place % 2 * 4 + place % 8 / 2;
  to[i] = __float2bfloat16_rn(k < depth ? from[i / padded * depth + k] : 0.0f);
}

Launch one_thread_each(const char* kernel, std::int64_t size, double bytes_each) {
  return {.kernel = kernel,
          .grid = dim3(static_cast<unsigned>((size + kThreads - 1) / kThreads)),
          .block = dim3(kThreads),
          .shapes = str(size, " elements"),
          .bytes = bytes_each * static_cast<double>(size)};
}

}  // namespace

template <>
Columns make_columns<Tf32>(const Tensor& matrix, std::int64_t rows, std::int64_t depth) {
  return {matrix, rows, depth};
}

template <>
Columns make_columns<Tf32x3>(const Tensor& matrix, std::int64_t rows, std::int64_t depth) {
  const std::int64_t size = rows * depth;
  Tensor parts({2, size}, DType::f32, matrix.device());
  float* const big = parts.mutable_device_data<float>();
  launch(one_thread_each("split_columns", size, 3 * sizeof(float)), split_columns,
         matrix.device_data<float>(), size, big, big + size);
  return {parts, rows, depth};
}

template <>
Columns make_columns<Bf16>(const Tensor& matrix, std::int64_t rows, std::int64_t depth) {
  const std::int64_t padded = (depth + 15) / 16 * 16, size = rows * padded;
  Tensor narrow({size, 2}, DType::u8, matrix.device());
  launch(one_thread_each("narrow_columns", size, sizeof(float) + sizeof(__nv_bfloat16)),
         narrow_columns, matrix.device_data<float>(), size, static_cast<int>(depth),
         static_cast<int>(padded),
         reinterpret_cast<__nv_bfloat16*>(narrow.mutable_device_data<std::uint8_t>()));
  return {narrow, rows, padded};
}

template <typename Arithmetic>
Columns keep_columns(const Tensor& matrix, std::int64_t rows, std::int64_t depth) {
  if (std::is_same_v<Arithmetic, Tf32>) return make_columns<Arithmetic>(matrix, rows, depth);
  const std::string key = str("columns for Hopper, ", Arithmetic::kName, ", ", rows, " by ", depth,
                              " @", matrix.address() - matrix.storage().data());
  return *matrix.storage().attachment<Columns>(key, [&] {
    return std::make_shared<const Columns>(make_columns<Arithmetic>(matrix, rows, depth));
  });
}

template Columns keep_columns<Tf32>(const Tensor&, std::int64_t, std::int64_t);
template Columns keep_columns<Tf32x3>(const Tensor&, std::int64_t, std::int64_t);
template Columns keep_columns<Bf16>(const Tensor&, std::int64_t, std::int64_t);

}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper

// gpu.h under nvcc: CUDA itself, and what kernel files use beside it.
#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <string>
#include <tuple>
#include <type_traits>

#include "tensor/error.h"

#define BACKLIGHT_GPU cuda
// At a multiple of 16, so that arrays can be read in vectors.
#define SHARED(name, ...)                                                     \
  __shared__ alignas(16) alignas(                                             \
      ::std::type_identity_t<__VA_ARGS__>)::std::type_identity_t<__VA_ARGS__> \
      name
#define DYNAMIC_SHARED(name) extern __shared__ __align__(1024) unsigned char name[]

namespace backlight::kernels::cuda {

template <typename T, typename U>
__device__ __forceinline__ T load_vector(const U* pointer) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8 || sizeof(T) == 16);
  return *reinterpret_cast<const T*>(pointer);
}

template <typename T, typename U>
__device__ __forceinline__ void store_vector(U* pointer, const T& value) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8 || sizeof(T) == 16);
  *reinterpret_cast<T*>(pointer) = value;
}

// The stream on which the device's work goes, one after another.
cudaStream_t current_stream();

// `How` is Launch, which gpu.h declares after this.
template <typename How>
void check_launch(cudaError_t error, const How& how) {
  const auto triple = [](dim3 d) { return str("(", d.x, ",", d.y, ",", d.z, ")"); };
  require(error == cudaSuccess, "kernel ", how.kernel, ", grid ", triple(how.grid), ", block ",
          triple(how.block), ", ", how.shared_bytes, " bytes of dynamic shared memory",
          how.shapes.empty() ? "" : ", ", how.shapes, ": ", cudaGetErrorString(error));
}

template <typename How, typename... Parameters>
void launch_with(const How& how, void (*kernel)(Parameters...),
                 std::tuple<Parameters...>& parameters) {
  constexpr std::size_t kWithoutAsking = 48 << 10;
  const auto function = reinterpret_cast<const void*>(kernel);
  if (how.shared_bytes > kWithoutAsking)
    check_launch(cudaFuncSetAttribute(function, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                      static_cast<int>(how.shared_bytes)),
                 how);
  cudaLaunchConfig_t config{};
  config.gridDim = how.grid;
  config.blockDim = how.block;
  config.dynamicSmemBytes = how.shared_bytes;
  config.stream = current_stream();
  std::apply(
      [&](auto&... each) {
        void* pointers[] = {const_cast<void*>(static_cast<const void*>(&each))..., nullptr};
        check_launch(cudaLaunchKernelExC(&config, function, pointers), how);
      },
      parameters);
}

}  // namespace backlight::kernels::cuda

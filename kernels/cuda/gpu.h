// The CUDA language for the kernel files: CUDA itself under nvcc, the simulator's twins elsewhere.
// A kernel file includes this header first and never asks which of the two it got.
//
// Both give CUDA's qualifiers, threadIdx and its kin, __syncthreads, the warp intrinsics, atomics,
// float math, vector types and bfloat16, and what is declared below, in the namespace
// backlight::kernels::BACKLIGHT_GPU, which is `cuda` or `sim`.
//
//   SHARED(name, type);      a variable of the block, uninitialised: SHARED(tile, float[32][33]);
//   DYNAMIC_SHARED(name);    the launch's shared_bytes as an array of unsigned char, at a multiple
//                            of 1024
//   load_vector<T>(pointer)  one load of a T of 4, 8 or 16 bytes, such as float4, from shared or
//   store_vector(pointer, v) global memory, and one store; the pointer must be aligned to it
//   launch(how, kernel, arguments...)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tensor/error.h"

#ifdef __CUDACC__
#include "kernels/cuda/gpu_cuda.h"
#else
#include "kernels/sim/language/language.h"
#endif

namespace backlight::kernels::BACKLIGHT_GPU {

// How to launch a kernel, and what a report or a profile says of it. `flop` and `bytes` are the
// work that the kernel is asked to do: floating-point operations, and global memory it must move.
struct Launch {
  const char* kernel = "";
  dim3 grid = dim3(1);
  dim3 block = dim3(1);
  std::size_t shared_bytes = 0;  // dynamic
  std::string shapes = {};
  double flop = 0, bytes = 0;
};

// Watches every launch: a profiler's door. Null when nobody does.
class LaunchObserver {
 public:
  virtual ~LaunchObserver() = default;
  virtual void before(const Launch& launch, const void* kernel) = 0;
  virtual void after(const Launch& launch) = 0;
};
inline LaunchObserver* launch_observer = nullptr;

// Runs kernel(arguments...) on the device's one stream; the arguments are converted to the kernel's
// parameters. On a GPU it returns before the kernel has run, in the simulator afterwards.
// Errors: names the kernel, its launch and shapes, and what is wrong: a launch that the device
// refuses, an earlier kernel's failure, or in the simulator whatever its checks find.
template <typename... Parameters, typename... Arguments>
void launch(const Launch& how, void (*kernel)(Parameters...), Arguments&&... arguments) {
  static_assert((std::is_trivially_copyable_v<Parameters> && ...), "kernels take plain values");
  std::tuple<Parameters...> parameters(std::forward<Arguments>(arguments)...);
  if (launch_observer) launch_observer->before(how, reinterpret_cast<const void*>(kernel));
  launch_with(how, kernel, parameters);
  if (launch_observer) launch_observer->after(how);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU

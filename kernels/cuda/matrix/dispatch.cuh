// From what is known when a function is called to the types its kernels are made of.
#pragma once

#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/matrix/arithmetic.cuh"
#include "kernels/precision.h"
#include "tensor/tensor.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// Calls f with an arithmetic of the precision that is asked for now.
template <typename F>
void with_arithmetic(F&& f) {
  switch (precision()) {
    case Precision::fp32: return f(Tf32x3{});
    case Precision::tf32: return f(Tf32{});
    case Precision::bf16: return f(Bf16{});
  }
}

// An extent as the kernels count it; tiles may reach a little beyond it.
inline int extent_of(std::int64_t extent) {
  require(extent < (std::int64_t{1} << 31) - 65536, "an extent of ", extent,
          " is more than the GPU's kernels count; split the batch");
  return static_cast<int>(extent);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU

// The libraries as their own users would call them, beyond what our headers ask of them.
#pragma once

#include <functional>

#include "kernels/conv2d.h"

namespace backlight::bench {

using LibraryCall = std::function<void(std::int64_t round)>;

enum class Gradient { none, data, weight };

// cuDNN's convolution, or its gradient, with bfloat16 activations and weights in memory, as a
// network that is bfloat16 throughout has them; x is [N,H,W,I], weight [O,KH,KW,I]. Not callable
// where cuDNN was not built in or has no engine for it.
LibraryCall cudnn_in_bf16(Gradient gradient, const Shape& x, const Shape& weight,
                          kernels::Conv2dGeometry geometry);

// cuBLAS on whole matrices: C = A op(B) in the precision of the kernels, A of [m,k]. Not callable
// where cuBLAS was not built in.
LibraryCall whole_gemm(const std::function<const Tensor&(std::int64_t round)>& a, const Tensor& b,
                       bool transpose_b);

}  // namespace backlight::bench

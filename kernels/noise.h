// Random numbers for methods and training.
#pragma once

#include "tensor/tensor.h"

namespace backlight::kernels {

// Row n of the result is x + sigma e, where e[i] is the standard normal number of
// (seed, first_sample + n, i): a sample has the same bytes whatever the others in its batch are.
// x is [1,...]; the result [count,...].
Tensor add_noise(const Tensor& x, double sigma, std::uint64_t seed, std::uint64_t first_sample,
                 std::int64_t count);

// For dropout: 1/(1-p) with probability 1-p, else 0, for each element of `shape`, from
// (seed, stream).
Tensor dropout_mask(const Shape& shape, double p, std::uint64_t seed, std::uint64_t stream,
                    DType dtype, Device device = Device::cpu);

}  // namespace backlight::kernels

// Sensitivity-max: how far a map moves when the input hardly does.
#pragma once

#include <functional>

#include "tensor/tensor.h"

namespace backlight {

// An explanation of an input.
using Explain = std::function<Tensor(const Tensor& x)>;

struct SensitivityOptions {
  double radius = 0.02;  // of each value
  std::int64_t samples = 10;
  std::uint64_t seed = 0;
};

// max_k |phi(x + d_k) - phi(x)| / |phi(x)|, as L2 norms, with d_k[i] = radius (2 u - 1), u the
// uniform number i of Philox(seed, k); the lower, the better. A method that draws must draw the
// same at every input, or its own noise counts too. Errors: a negative radius; no sample; a map of
// zeros, which nothing can be compared with.
// Source: Yeh et al. (xai/metrics/infidelity.h), definition 3.1; the norm is taken relative to
// that of the map, as Captum and Quantus do.
double sensitivity_max(const Explain& explain, const Tensor& x,
                       const SensitivityOptions& options = {});

}  // namespace backlight

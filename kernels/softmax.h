// Softmax over the last axis, and picking one class a row.
#pragma once

#include "tensor/tensor.h"

namespace backlight::kernels {

// y_i = exp(x_i - max x) / sum_j exp(x_j - max x), over the last axis.
Tensor softmax(const Tensor& x);

// y_i = x_i - max x - log sum_j exp(x_j - max x), over the last axis.
Tensor log_softmax(const Tensor& x);

// y[n] = x[n, index[n]] for x of [N,C] and int64 index of [N]. Errors: an index outside [0, C)
// (not looked for in an index that lives on a GPU).
Tensor pick(const Tensor& x, const Tensor& index);

// The transpose of pick: an [N,classes] tensor of zeros with g[n] at (n, index[n]).
Tensor place(const Tensor& g, const Tensor& index, std::int64_t classes);

}  // namespace backlight::kernels

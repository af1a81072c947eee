// The operations of the graph. Each computes its value with a kernel and, inside a recording whose
// inputs it depends on, leaves a node behind. The formulas are in the headers of kernels/.
#pragma once

#include <cstdint>

#include "autograd/var.h"
#include "kernels/conv2d.h"
#include "kernels/pooling.h"
#include "kernels/sampling.h"

namespace backlight {

using kernels::AffineMap;
using kernels::Conv2dGeometry;
using kernels::PoolGeometry;

// Elementwise, with NumPy's broadcasting.
Var add(const Var& a, const Var& b);
Var subtract(const Var& a, const Var& b);
Var multiply(const Var& a, const Var& b);
Var divide(const Var& a, const Var& b);
Var affine(const Var& x, double scale, double shift);  // scale x + shift
Var power(const Var& x, double p);
Var exp(const Var& x);
Var log(const Var& x);
Var tanh(const Var& x);
Var sigmoid(const Var& x);

// Shapes and sums.
Var broadcast_to(const Var& x, const Shape& shape);
Var sum_to(const Var& x, const Shape& shape);
Var sum(const Var& x);   // of all elements, to a scalar
Var mean(const Var& x);  // of all elements, to a scalar
Var reshape(const Var& x, const Shape& shape);
Var flatten(const Var& x);  // [N,...] to [N, everything else], in H,W,C order

// Matrices: [M,K] times [K,N], either one transposed if asked.
Var matmul(const Var& a, bool transpose_a, const Var& b, bool transpose_b);
// y = x weight^T + bias: x [N,in], weight [out,in], bias [out] or undefined.
Var linear(const Var& x, const Var& weight, const Var& bias);

// Convolution of [N,H,W,I] with [O,KH,KW,I]; bias [O] or undefined.
Var conv2d(const Var& x, const Var& weight, const Var& bias, Conv2dGeometry geometry);
Var conv2d_data_gradient(const Var& g, const Var& weight, const Shape& input_shape,
                         Conv2dGeometry geometry);
Var conv2d_weight_gradient(const Var& x, const Var& g, const Shape& weight_shape,
                           Conv2dGeometry geometry);
// relu(conv2d(x, weight, bias)), and then max pooling if `pool` is not null, in one node that keeps
// one bit per ReLU, or one index per pooled element. Only x may be tracked. In a recording that
// takes gradients of gradients it is the composition.
Var conv2d_block(const Var& x, const Tensor& weight, const Tensor& bias, Conv2dGeometry geometry,
                 const PoolGeometry* pool);

// Batch normalisation over the last axis with given statistics (evaluation).
Var batch_norm(const Var& x, const Tensor& mean, const Tensor& variance, const Var& gamma,
               const Var& beta, double epsilon);
// The same with the statistics of the batch itself (training); they are returned as well.
struct BatchNormResult {
  Var output;
  Tensor mean, variance;  // [C]; the variance is the biased one
};
BatchNormResult batch_norm_training(const Var& x, const Var& gamma, const Var& beta,
                                    double epsilon);

// Activations and pooling. The derivative of relu at 0 is 0, as in PyTorch.
Var relu(const Var& x);
Var prelu(const Var& x, const Var& slope);
Var max_pool2d(const Var& x, PoolGeometry geometry);

// Pictures [N,H,W,C] turned, scaled and moved to [N,height,width,C], by bilinear interpolation.
Var sample_affine(const Var& x, const AffineMap& map, std::int64_t height, std::int64_t width);

// Classes: over the last axis; picking one class a row of [N,C] with an int64 index of [N].
Var softmax(const Var& x);
Var log_softmax(const Var& x);
Var pick(const Var& x, const Tensor& index);
// -mean_n log_softmax(logits)[n, label[n]]
Var cross_entropy(const Var& logits, const Tensor& labels);

}  // namespace backlight

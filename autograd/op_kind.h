// The kinds of operations a graph is made of. A rule names one of them.
#pragma once

#include <cstdint>

namespace backlight {

enum class OpKind : std::uint8_t {
  input,  // a leaf: what to differentiate with respect to
  named,  // a value that was asked for by its name; passes its cotangent on
  add,
  subtract,
  multiply,
  divide,
  affine,
  power,
  exp,
  log,
  tanh,
  sigmoid,
  broadcast_to,
  sum_to,
  reshape,
  matmul,
  linear,
  conv2d,
  conv2d_data_gradient,
  conv2d_weight_gradient,
  conv2d_block,  // convolution, ReLU and perhaps pooling in one; only where nobody looks between
  batch_norm,
  relu,
  apply_mask,
  prelu,
  max_pool2d,
  unpool2d,
  pick_pooled,
  sample_affine,
  sample_affine_gradient,
  softmax,
  log_softmax,
  pick,
  place,
};

const char* name_of(OpKind kind);

}  // namespace backlight

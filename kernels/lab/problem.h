// The three problems of the ladder, as every rung gets them: shapes, and addresses on the device.
#pragma once

#include <cstdint>
#include <string>

#include "tensor/error.h"

namespace backlight::kernels::lab {

// C = A B, in float32.
struct Gemm {
  int m = 0, n = 0, k = 0;
  const float* a = nullptr;             // [M,K]
  const float* b = nullptr;             // [K,N]
  const float* b_transposed = nullptr;  // [N,K], the same matrix: what tensor cores want
  float* c = nullptr;                   // [M,N]

  double flop() const { return 2.0 * m * n * k; }
  // What must be moved at least: every matrix once.
  double bytes() const { return 4.0 * (1.0 * m * k + 1.0 * k * n + 1.0 * m * n); }
  std::string shapes() const { return str("[", m, ", ", k, "] x [", k, ", ", n, "]"); }
};

// One block of a CNN: y = maxpool(relu(conv(x, weight) + bias)), a 3x3 convolution with stride 1
// and padding 1, then 2x2 pooling; channels last.
struct Conv2d {
  int n = 0, h = 0, w = 0, c = 0, o = 0;  // images, height, width, channels in and out
  const float* x = nullptr;               // [N,H,W,C]
  const float* weight = nullptr;          // [O,3,3,C]
  const float* packed = nullptr;          // [3,3,C,O], the same weights, output channels last
  const float* bias = nullptr;            // [O]
  float* z = nullptr;                     // [N,H,W,O]: room for the convolution itself
  float* y = nullptr;                     // [N,H/2,W/2,O]
  std::uint8_t* index = nullptr;          // the shape of y: 2 row + column of each maximum in its
                                          // window, kNowhere where the ReLU was closed

  int pixels() const { return n * h * w; }
  double flop() const { return 2.0 * pixels() * o * 9 * c; }
  // What must be moved at least: x, the weights and y once, a byte for each index.
  double bytes() const { return 4.0 * (1.0 * pixels() * c + 9.0 * c * o) + 5.0 * pixels() / 4 * o; }
  std::string shapes() const {
    return str("[", n, ", ", h, ", ", w, ", ", c, "] * [", o, ", 3, 3, ", c, "]");
  }
};

// y_i = exp(x_i - max x) / sum_j exp(x_j - max x), for each row.
struct Softmax {
  int rows = 0, columns = 0;
  const float* x = nullptr;  // [rows, columns]
  float* y = nullptr;

  // A subtraction, an exponential, an addition and a division each, as the usual count goes.
  double flop() const { return 4.0 * rows * columns; }
  double bytes() const { return 8.0 * rows * columns; }
  std::string shapes() const { return str("[", rows, ", ", columns, "]"); }
};

}  // namespace backlight::kernels::lab
